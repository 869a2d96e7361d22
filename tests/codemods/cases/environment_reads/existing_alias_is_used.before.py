import os
from hushflake.config import get_config_value as cfg

A = os.getenv("A")


def f(cfg):
    return os.getenv("B")
