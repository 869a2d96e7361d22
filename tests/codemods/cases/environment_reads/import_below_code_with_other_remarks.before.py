import warnings

warnings.filterwarnings("ignore")

import os  # noqa: E402

from flask import Flask  # noqa: E402, F401
from whitenoise import WhiteNoise  # for static files

application = WhiteNoise(os.getenv("NAME"), os.sep)
