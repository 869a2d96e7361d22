"""The process environment, as it is at this moment."""

import os

from ..reading import exported
from ..reading.cells import ENVIRONMENT
from ..secret_names import looks_secret
from .base import Hidden, Loaded


class EnvironmentSource:
    """`os.environ`, copied."""

    name = ENVIRONMENT
    remote = False

    def load(self) -> Loaded:
        """Everything in `os.environ` that this process did not copy there itself."""
        values = Hidden(os.environ)
        for key in list(values):
            if exported.is_copy(key):
                del values[key]
        return Loaded(values, frozenset(filter(looks_secret, values)))
