import warnings

warnings.filterwarnings("ignore")

import os  # noqa

from flask import Flask  # noqa
from hushflake.config import get_config_value  # noqa
from whitenoise import WhiteNoise  # noqa

application = WhiteNoise(Flask(get_config_value("NAME")), os.sep)
