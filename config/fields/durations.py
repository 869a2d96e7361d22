"""Durations: a number of seconds, units such as `1h30m`, or ISO 8601 such as `PT1H30M`."""

import re
from datetime import timedelta

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_NUMBER = r"\d+(?:\.\d+)?"
_WITH_UNITS = re.compile(rf"(?:({_NUMBER})w)?(?:({_NUMBER})d)?(?:({_NUMBER})h)?(?:({_NUMBER})m)?"
                         rf"(?:({_NUMBER})s)?(?:({_NUMBER})ms)?")  # fmt: skip
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
)


def duration(text: str) -> timedelta:
    """Return the duration that a text stands for.

    Raises:
        ValueError, OverflowError: It is none.
    """
    word = text.strip()
    found = _WITH_UNITS.fullmatch(word.replace(" ", "").lower()) or _ISO.fullmatch(word.upper())
    if found is None or not any(found.groups()):
        return timedelta(seconds=float(word))
    seconds = 0.0
    for number, unit in zip(found.groups(), ("w", "d", "h", "m", "s", "ms"), strict=False):
        seconds += float(number or 0) * _UNITS[unit]
    return timedelta(seconds=seconds)
