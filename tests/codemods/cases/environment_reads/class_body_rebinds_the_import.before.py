import os
import os as o
from os import environ

A = os.getenv("A")
B = o.getenv("B")


class Info:
    environ = dict(environ)
    os = os.name


class Later:
    o = object()
    c = o.getenv("C")


D = environ["D"]
