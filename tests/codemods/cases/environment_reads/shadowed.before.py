import os


def parameter(os):
    return os.getenv("A")


def local():
    os = object()
    return os.getenv("A")


def loop():
    for os in []:
        os.getenv("A")


def with_():
    with open("x") as os:
        os.getenv("A")


def except_():
    try:
        pass
    except Exception as os:
        os.getenv("A")


def match_(x):
    match x:
        case {"a": os}:
            os.getenv("A")


class C:
    os = 1
    a = os.getenv("A")

    def method(self):
        return os.getenv("REAL")


def global_():
    global environ
    environ = {}


environ["A"]
[os.getenv("A") for os in []]
