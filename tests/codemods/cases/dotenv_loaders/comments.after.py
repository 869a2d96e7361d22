import os

# local settings win

# Above it.
# of the team
# Below it.

# Not installed in production.
# as before


def f():
    pass  # once more


def g():
    x = 1  # both
    return x, os
