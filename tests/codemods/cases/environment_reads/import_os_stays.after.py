import os
import os as os2
import os.path

from hushflake.config import get_config_value

__all__ = ["os2"]

A = get_config_value("A")


def f():
    """Do it.

    >>> os.getcwd()
    """
    return get_config_value("B")
