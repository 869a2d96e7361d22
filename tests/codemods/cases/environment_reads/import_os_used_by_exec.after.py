import os

from hushflake.config import get_config_value

A = get_config_value("A")
exec("x = os.sep")
