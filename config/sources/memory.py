"""Values that a program or a test gives itself."""

from collections.abc import Mapping

from ..errors import ConfigError
from ..secret_names import looks_secret
from .base import Loaded


class MemorySource:
    """A map of values, above every other source."""

    name = "override"
    remote = False

    def __init__(self, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise ConfigError(f"overrides: {key!r}: keys and values must be strings")
        self._values = dict(values)

    def load(self) -> Loaded:
        """The values it was made with."""
        return Loaded(dict(self._values), frozenset(filter(looks_secret, self._values)))
