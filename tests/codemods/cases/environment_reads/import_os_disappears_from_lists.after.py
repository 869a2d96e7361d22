import json, sys
from os import path

from hushflake.config import get_config_value, require_config_value

A = get_config_value("A")
B = require_config_value("B")
print(json, sys, path)
