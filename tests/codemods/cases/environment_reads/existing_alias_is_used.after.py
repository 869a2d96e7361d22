from hushflake.config import get_config_value as cfg, get_config_value

A = get_config_value("A")


def f(cfg):
    return get_config_value("B")
