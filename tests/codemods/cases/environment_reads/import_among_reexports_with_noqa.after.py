import os  # noqa

from flask import Flask  # noqa
from hushflake.config import get_config_value
from whitenoise import WhiteNoise  # noqa

NAME = get_config_value("NAME"), os.sep
