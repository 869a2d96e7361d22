"""Earlier names of a key: answered with a warning until their last day, and refused after it.

A value that is set under a name whose time is over is never passed over in silence: the program
would run on its default. It is an error that names both.
"""

import logging
from datetime import UTC, date, datetime
from functools import cache
from types import FrameType
from typing import Any

from ..errors import PolicyError
from ..reading import access
from ..reading.cells import ABSENT
from .key import Alias, DeclaredKey

log = logging.getLogger("hushflake.config")
_noted: set[tuple[str, str]] = set()


@cache
def today() -> date:
    """The day, in UTC, on which this process first asked: what works at its start goes on."""
    return datetime.now(UTC).date()


def text_of(key: DeclaredKey, frame: FrameType) -> Any:
    """The text of a declared key under its name or an earlier one, or ABSENT.

    Args:
        key: Not a pattern.
        frame: Whose read it is.

    Raises:
        PolicyError: Only a name whose time is over has a value.
        ConfigSourceError: As reading a key.
    """
    text, alias = lookup(key, frame)
    if alias is not None:
        if alias.has_ended(today()):
            del text  # a traceback shows the variables of this frame
            raise refusal(alias, key.name)
        note(alias, key.name)
    return text


def lookup(key: DeclaredKey, frame: FrameType) -> tuple[Any, Alias | None]:
    """The text of a key or ABSENT, and the earlier name that it is set under, if it is one.

    A name whose time is over is the last to be taken; what becomes of it is the caller's affair.
    """
    text = access.read_from(frame, key.name, ABSENT)
    if text is not ABSENT:
        return text, None
    ended: tuple[Any, Alias | None] = (ABSENT, None)
    for alias in key.deprecated_aliases:
        text = access.read_from(frame, alias.name, ABSENT)
        if text is not ABSENT:
            if not alias.has_ended(today()):
                return text, alias
            ended = ended if ended[1] else (text, alias)
    return ended


def refusal(alias: Alias, key: str) -> PolicyError:
    """The error for a value that is set under a name whose time is over."""
    return PolicyError(f"{key}: {told(alias, key)}")


def told(alias: Alias, key: str) -> str:
    """What is wrong with a value under an earlier name."""
    if alias.has_ended(today()):
        return f"is set as {alias.name}, a name that ended on {alias.until}: set it as {key}"
    until = f", until {alias.until}" if alias.until is not None else ""
    return f"is set as {alias.name}, a deprecated name{until}: set it as {key}"


def refused_read(alias: Alias, key: str) -> PolicyError:
    """The error for a read by a name whose time is over."""
    return PolicyError(f"{alias.name}: ended as a name of {key} on {alias.until}: read {key}")


def note(alias: Alias, key: str) -> None:
    """Warn once for each process that a value came from an earlier name."""
    _warn(alias, key, f"{key} {told(alias, key)}")


def note_read(alias: Alias, key: str) -> None:
    """Warn once for each process that the code reads an earlier name."""
    _warn(alias, key, alias.told(key), "read")


def _warn(alias: Alias, key: str, words: str, kind: str = "set") -> None:
    if (alias.name, kind) in _noted:
        return
    _noted.add((alias.name, kind))
    log.warning("%s", words)
    access.base().counters.event("alias", key, alias=alias.name)
