def f():
    import os

    return os.getenv("A")


def g():
    import os
    from os import getenv

    return getenv("B"), os.sep


class C:
    import os

    a = os.environ["A"]
