import os

from hushflake.config import (
    get_config_value,
    require_config_value,  # why
)

A = os.getenv("A")
B = "B" in os.environ
