import os


def run(code):
    names = {}
    exec(code, names)
    return names, eval("1 + x", {"x": os.getenv("A")})
