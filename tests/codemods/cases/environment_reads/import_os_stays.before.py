import os
import os as os2
import os.path

__all__ = ["os2"]

A = os2.getenv("A")


def f():
    """Do it.

    >>> os.getcwd()
    """
    return os.getenv("B")
