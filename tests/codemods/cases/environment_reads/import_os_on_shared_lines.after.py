import sys; import json

from hushflake.config import get_config_value, require_config_value

x = 1
print(get_config_value("A"), require_config_value("B"), sys, json)
