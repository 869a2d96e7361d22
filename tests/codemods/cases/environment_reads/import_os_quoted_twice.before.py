import os
import typing

A = os.getenv("A")


def f(x: "typing.Optional['os.PathLike']"): ...
