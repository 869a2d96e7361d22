import os

from hushflake.config import get_config_value, require_config_value


def device():
    return get_config_value("DEVICE")


os.environ["MODE"] = "x"

MODE = require_config_value("MODE")
