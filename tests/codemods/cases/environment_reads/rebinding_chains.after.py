import os

from hushflake.config import get_config_value, require_config_value


def chain():
    def inner():
        return require_config_value("A")

    return inner(), require_config_value("B")


def third():
    return get_config_value("A"), get_config_value("B"), get_config_value("C")


def broken():
    one = os.environ
    two = one
    print(two)
    return one.get("A"), two.get("B")


def half():
    one = os.environ
    print(one)
    return get_config_value("A"), get_config_value("B")


module = os.environ
again = module
A = require_config_value("A"), require_config_value("B")


def one_line():
    return require_config_value("A")


def all_of_it():
    return require_config_value("A")
