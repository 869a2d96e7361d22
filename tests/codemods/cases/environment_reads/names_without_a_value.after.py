import os
import os as sys_os

from hushflake.config import get_config_value, require_config_value


def before_binding():
    print(env["A"])
    env = os.environ


def after_deletion():
    env = os.environ
    print(env["A"])
    del env
    print(env["B"])


def deleted_at_the_end():
    env = os.environ
    print(require_config_value("A"))
    del env


def perhaps_imported(wanted):
    if wanted:
        import os
    return os.getenv("A")


def surely_imported(wanted):
    if wanted:
        import os
    else:
        import os
    try:
        import os as o
    except ImportError:
        raise
    return get_config_value("A"), get_config_value("A")


first = get_config_value("A")
if first:
    del sys_os
second = sys_os.getenv("A")
