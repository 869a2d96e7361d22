import os

from hushflake.config import get_config_value, has_config_value, require_config_value


def read():
    return require_config_value("A"), get_config_value("B"), has_config_value("C")


def written():
    env = os.environ
    env["D"] = "d"
    return env["E"]
