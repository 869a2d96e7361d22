from hushflake.config import get_config_value, require_config_value


def f():
    return get_config_value("A")


def g():
    import os

    return get_config_value("B"), os.sep


class C:
    import os

    a = require_config_value("A")
