"""The three accessors. They cost about as much as `os.getenv`, counting included.

The first lines of the three are the same on purpose: a shared helper would cost each read a
Python call, a third of its time. `_cells` is replaced as a whole, never changed in place.
"""

import os as _os
from sys import _getframe
from typing import Any, TypeVar, overload

from .cells import ABSENT, REAL_ENVIRON, REQUIRED, LiveTable, Table, held_raw
from .counters import Counters, gil_enabled

T = TypeVar("T")

_cells: Table = LiveTable(Counters(), fast=gil_enabled())


@overload
def get_config_value(key: str) -> str | None: ...
@overload
def get_config_value(key: str, default: T) -> str | T: ...
def get_config_value(key: str, default: Any = None) -> Any:
    """What `os.getenv` returns: the string, or the default as it is.

    Args:
        key: Looked up exactly as it is spelled. An empty string is a value like any other.
        default: Returned untouched, of whatever type, when no source holds the key.

    Raises:
        TypeError: The key is not a string.
        ConfigSourceError: A source that might hold the key cannot be read.
        PolicyError: The configured mode forbids this read.
    """
    cell = _cells[key]
    value = cell.value
    if value is None:
        raw = cell.raw
        if raw is not None and _os.environ is REAL_ENVIRON:
            pair = cell.pair
            if held_raw(raw) is pair[0]:  # type: ignore[misc]
                try:
                    cell.counts[id(_getframe(1).f_code)] += 1
                except KeyError:
                    cell.first(_getframe(1))
                return pair[1]
        return cell.read(default, _getframe(1))
    try:
        cell.counts[id(_getframe(1).f_code)] += 1
    except KeyError:
        cell.first(_getframe(1))
    return value


def require_config_value(key: str) -> str:
    """What `os.environ[key]` returns.

    Raises:
        MissingConfigError: No source holds the key. It is a `KeyError` with `args == (key,)`.
        TypeError, ConfigSourceError, PolicyError: As `get_config_value`.
    """
    cell = _cells[key]
    value = cell.value
    if value is None:
        raw = cell.raw
        if raw is not None and _os.environ is REAL_ENVIRON:
            pair = cell.pair
            if held_raw(raw) is pair[0]:  # type: ignore[misc]
                try:
                    cell.counts[id(_getframe(1).f_code)] += 1
                except KeyError:
                    cell.first(_getframe(1))
                return pair[1]  # type: ignore[no-any-return]
        return cell.read(REQUIRED, _getframe(1))  # type: ignore[no-any-return]
    try:
        cell.counts[id(_getframe(1).f_code)] += 1
    except KeyError:
        cell.first(_getframe(1))
    return value  # type: ignore[no-any-return]


def has_config_value(key: str) -> bool:
    """What `key in os.environ` says: whether any source holds the key. Counted as a read.

    Raises:
        TypeError, ConfigSourceError, PolicyError: As `get_config_value`.
    """
    cell = _cells[key]
    if cell.value is None:
        return cell.read(ABSENT, _getframe(1)) is not ABSENT
    try:
        cell.counts[id(_getframe(1).f_code)] += 1
    except KeyError:
        cell.first(_getframe(1))
    return True


def table() -> Table:
    """The table that answers now."""
    return _cells


def install(cells: Table) -> None:
    """Let `cells` answer from now on. One assignment: no reader sees a mixture."""
    global _cells  # noqa: PLW0603 - a module global is the cheapest thing to read
    _cells = cells
