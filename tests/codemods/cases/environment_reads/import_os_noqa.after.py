import os  # noqa: F401

from hushflake.config import get_config_value

A = get_config_value("A")
