import os as os
import sys

from hushflake.config import get_config_value

A = get_config_value("A")
B = get_config_value("B")
