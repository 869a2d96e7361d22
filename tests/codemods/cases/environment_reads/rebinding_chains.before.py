import os


def chain():
    env = os.environ

    def inner():
        return env["A"]

    other = env
    return inner(), other["B"]


def third():
    one = os.environ
    two = one
    three = two
    return one.get("A"), two.get("B"), three.get("C")


def broken():
    one = os.environ
    two = one
    print(two)
    return one.get("A"), two.get("B")


def half():
    one = os.environ
    two = one
    three = one
    print(one)
    return two.get("A"), three.get("B")


module = os.environ
again = module
A = module["A"], again["B"]


def one_line():
    env = os.environ; other = env
    return other["A"]


def all_of_it():
    env = os.environ; other = env; return other["A"]
