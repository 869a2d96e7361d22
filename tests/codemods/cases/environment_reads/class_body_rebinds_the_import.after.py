import os
from os import environ

from hushflake.config import get_config_value, require_config_value

A = get_config_value("A")
B = get_config_value("B")


class Info:
    environ = dict(environ)
    os = os.name


class Later:
    o = object()
    c = o.getenv("C")


D = require_config_value("D")
