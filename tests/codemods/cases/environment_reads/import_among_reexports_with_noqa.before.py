import os  # noqa

from flask import Flask  # noqa
from whitenoise import WhiteNoise  # noqa

NAME = os.getenv("NAME"), os.sep
