import os  # patched by the tests

A = os.getenv("A")


def f():
    env = os.environ  # read once
    return env["A"]


def g():
    from os import environ  # type: ignore

    return environ["A"]
