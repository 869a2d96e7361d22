"""The process environment, as it is at this moment."""

import os

from ..cells import ENVIRONMENT
from ..secret_names import looks_secret
from .base import Hidden, Loaded


class EnvironmentSource:
    """`os.environ`, copied."""

    name = ENVIRONMENT
    remote = False

    def load(self) -> Loaded:
        """Everything in `os.environ`."""
        values = Hidden(os.environ)
        return Loaded(values, frozenset(filter(looks_secret, values)))
