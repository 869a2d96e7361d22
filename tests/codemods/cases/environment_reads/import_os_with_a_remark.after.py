import os  # patched by the tests

from hushflake.config import get_config_value, require_config_value

A = get_config_value("A")


def f():
    env = os.environ  # read once
    return require_config_value("A")


def g():
    return require_config_value("A")
