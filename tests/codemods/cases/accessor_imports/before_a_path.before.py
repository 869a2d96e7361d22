import sys

from hushflake.config import get_config_value

sys.path.insert(0, "lib")

from hushflake.config import require_config_value

A = get_config_value("A"), require_config_value("B")
