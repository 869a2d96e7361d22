import os
import os as sys_os


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
    print(env["A"])
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
    return os.getenv("A"), o.getenv("A")


first = sys_os.getenv("A")
if first:
    del sys_os
second = sys_os.getenv("A")
