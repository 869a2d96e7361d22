import os


def run(code):
    names = globals()
    exec(code, names)
    return os.getenv("A")
