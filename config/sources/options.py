"""Options of sources of other packages: `source_options`, and what of them is ours.

`{"op": {"vault": "Shop", "timeout": 30}}`: an entry belongs to every source of that package, or to
one that is spelled alike (`op:Shop`), which wins. `timeout` and `refresh_seconds` are carried out
here, whatever the package makes of its own.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ConfigError
from .base import HiddenOptions

OURS = ("timeout", "refresh_seconds")
VARIABLE = "HUSHFLAKE_SOURCE_OPTIONS"


class Options(NamedTuple):
    """Of one source: what its package gets, and seconds; None where nothing is said."""

    own: Mapping[str, Any]
    timeout: float | None
    refresh_seconds: float | None

    def __repr__(self) -> str:
        return f"Options({', '.join(self.own)})"


def parsed(text: str) -> dict[str, Any]:
    """Read the environment variable.

    Raises:
        ConfigError: It is no JSON object of objects. The text does not quote it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigError(
            f'{VARIABLE}: must be a JSON object, such as {{"NAME": {{"OPTION": "value"}}}}'
        )
    return checked(found)


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that are of the right shape.

    Raises:
        ConfigError: They are not.
    """
    for name, options in given.items():
        if not isinstance(name, str) or not isinstance(options, Mapping):
            raise ConfigError(
                'source_options: must be {"NAME": {"option": value}}; NAME is that of a source'
            )
        if not all(isinstance(option, str) for option in options):
            raise ConfigError(f"source_options: {name}: the names of options must be strings")
        for option in OURS:
            seconds = options.get(option)
            if seconds is not None and (
                isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0
            ):
                raise ConfigError(
                    f"source_options: {name}: {option} must be a number of seconds above 0"
                )
    return HiddenOptions(given)


def of(given: Mapping[str, Mapping[str, Any]], entry: str, text: str) -> Options:
    """The options of the source `text`, which the package registers as `entry`."""
    both = HiddenOptions({**given.get(entry, {}), **given.get(text, {})})
    ours = [both.pop(option, None) for option in OURS]
    return Options(both, *ours)
