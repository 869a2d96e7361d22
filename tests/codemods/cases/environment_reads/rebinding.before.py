import os


def read():
    env = os.environ
    return env["A"], env.get("B"), "C" in env


def written():
    env = os.environ
    env["D"] = "d"
    return env["E"]
