import os


def device():
    return get_config_value("DEVICE")


os.environ["MODE"] = "x"

from hushflake.config import get_config_value, require_config_value

MODE = require_config_value("MODE")
