import os


def get_config_value(key):
    return os.getenv(key)


class C:
    has_config_value = "A" in os.environ
    b = os.environ["B"]
