import os


def device():
    return os.getenv("DEVICE")


os.environ["MODE"] = "x"

MODE = os.environ["MODE"]
