from hushflake.config import (
    get_config_value,
    has_config_value,
    require_config_value,  # why
)

A = get_config_value("A")
B = has_config_value("B")
