import os as o
from os import environ, getenv as g

A = o.getenv("A")
B = environ.get("B")
C = g("C")


def application(environ, start_response):
    return environ["PATH_INFO"], environ.get("HTTP_X")


def shadowed(o):
    return o.getenv("NO")


def local():
    import os

    return os.environ["LOCAL"]
