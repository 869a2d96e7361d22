import os


class Plain:
    x = os.getenv("A")
    os = None


class Own:
    os = os.getenv("A")
    y = os.getenv("left: this is a string's attribute")


class Disputed:
    if __debug__:
        os = None
    z = os.getenv("B")


class Looped:
    for _ in range(2):
        z = os.getenv("C")
        os = None


class Walrus:
    z = (os := None), os.getenv("D")


def outer():
    os = None

    class Inner:
        w = os.getenv("E")
        os = 1

    return Inner, os
