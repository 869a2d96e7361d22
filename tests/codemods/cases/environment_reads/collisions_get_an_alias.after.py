from hushflake.config import (
    get_config_value as config_get_config_value,
    has_config_value as config_has_config_value,
    require_config_value,
)


def get_config_value(key):
    return config_get_config_value(key)


class C:
    has_config_value = config_has_config_value("A")
    b = require_config_value("B")
