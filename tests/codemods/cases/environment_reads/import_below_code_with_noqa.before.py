import warnings

warnings.filterwarnings("ignore")

import os  # noqa

from flask import Flask  # noqa
from whitenoise import WhiteNoise  # noqa

application = WhiteNoise(Flask(os.getenv("NAME")), os.sep)
