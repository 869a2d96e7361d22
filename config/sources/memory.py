"""Values that a program or a test gives itself."""

from collections.abc import Mapping

from ..errors import ConfigError
from ..secret_names import looks_secret
from .base import Hidden, Loaded


class MemorySource:
    """A map of values, above every other source."""

    name = "override"
    remote = False

    def __init__(self, values: Mapping[str, str]) -> None:
        wrong = [key for key in values if not isinstance(values[key], str)]
        if wrong or not all(isinstance(key, str) for key in values):
            raise ConfigError(f"overrides: keys and values must be strings: {wrong}")
        self._values = Hidden(values)

    def load(self) -> Loaded:
        """The values it was made with."""
        return Loaded(self._values, frozenset(filter(looks_secret, self._values)))
