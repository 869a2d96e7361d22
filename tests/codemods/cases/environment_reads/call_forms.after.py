"""Module."""

import sys

from hushflake.config import get_config_value

A = get_config_value("A")
B = get_config_value("B", "b")
C = get_config_value("C", default=None)
D = get_config_value(key="D", default=8080)
E = get_config_value("E")
F = get_config_value("F", default=[])
G = int(get_config_value("G", 1)) or sys.argv
