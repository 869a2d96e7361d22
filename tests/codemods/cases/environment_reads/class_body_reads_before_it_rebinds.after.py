import os

from hushflake.config import get_config_value


class Plain:
    x = get_config_value("A")
    os = None


class Own:
    os = get_config_value("A")
    y = os.getenv("left: this is a string's attribute")


class Disputed:
    if __debug__:
        os = None
    z = os.getenv("B")


class Looped:
    for _ in range(2):
        z = os.getenv("C")
        os = None


class Walrus:
    z = (os := None), os.getenv("D")


def outer():
    os = None

    class Inner:
        w = get_config_value("E")
        os = 1

    return Inner, os
