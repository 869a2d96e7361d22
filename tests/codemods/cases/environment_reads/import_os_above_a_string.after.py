from hushflake.config import get_config_value


def f():
    import os
    "No docstring."
    return get_config_value("A")
