import ｏｓ

from hushflake.config import get_config_value, require_config_value

A = get_config_value("A")
B = get_config_value("B") or require_config_value("B")
C = ｏｓ.sep
