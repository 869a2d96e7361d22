import os

from hushflake.config import get_config_value


def run(code):
    names = globals()
    exec(code, names)
    return get_config_value("A")
