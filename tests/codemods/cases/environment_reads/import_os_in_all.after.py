import os

from hushflake.config import get_config_value

__all__ = ["os"]
A = get_config_value("A")
