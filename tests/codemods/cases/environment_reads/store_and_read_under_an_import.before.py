import os


def f():
    return os.getenv("A")


if __name__ == "__main__":
    os.environ["A"] = "a"
    print(os.getenv("B"), f())
