import warnings

warnings.filterwarnings("ignore")

import os  # noqa: E402

from flask import Flask  # noqa: E402, F401
from hushflake.config import get_config_value
from whitenoise import WhiteNoise  # for static files

application = WhiteNoise(get_config_value("NAME"), os.sep)
