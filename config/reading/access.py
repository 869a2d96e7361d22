"""The three accessors. They cost about as much as `os.getenv`, counting included.

The first lines of all reads are the same on purpose: a shared helper would cost each read a
Python call, a third of its time. `_cells` is replaced as a whole; a key
that is not in it yet gets its cell from `_table`.
"""

import os as _os
from collections.abc import Callable
from sys import _getframe
from threading import RLock
from types import FrameType
from typing import Any, TypeVar, overload

from .cells import ABSENT, REAL_ENVIRON, REQUIRED, Table, held_raw
from .counters import Counters
from .first import FirstTable

T = TypeVar("T")

_table: Table = FirstTable(Counters())
_cells = _table.cells
_base = _table
_layer: Callable[[Table], Table] | None = None
_lock = RLock()  # a signal handler may configure, too


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
    try:
        cell = _cells[key]
        value = cell.value
        if value is not None:
            cell.counts[id(_getframe(1).f_code)] += 1
            return value
        live = cell.live
        if live is not None and _os.environ is REAL_ENVIRON:
            raw, held, text = live
            if held_raw(raw) is held:
                cell.counts[id(_getframe(1).f_code)] += 1
                return text
    except KeyError:
        pass  # the first read of this key, or of this key from here
    return _table[key].read(default, _getframe(1))


def require_config_value(key: str) -> str:
    """What `os.environ[key]` returns.

    Raises:
        MissingConfigError: No source holds the key. It is a `KeyError` with `args == (key,)`.
        TypeError, ConfigSourceError, PolicyError: As `get_config_value`.
    """
    try:
        cell = _cells[key]
        value: str | None = cell.value
        if value is not None:
            cell.counts[id(_getframe(1).f_code)] += 1
            return value
        live = cell.live
        if live is not None and _os.environ is REAL_ENVIRON:
            text: str
            raw, held, text = live
            if held_raw(raw) is held:
                cell.counts[id(_getframe(1).f_code)] += 1
                return text
    except KeyError:
        pass  # the first read of this key, or of this key from here
    required: str = _table[key].read(REQUIRED, _getframe(1))
    return required


def has_config_value(key: str) -> bool:
    """What `key in os.environ` says: whether any source holds the key. Counted as a read.

    Raises:
        TypeError, ConfigSourceError, PolicyError: As `get_config_value`.
    """
    try:
        cell = _cells[key]
        if cell.value is not None:
            cell.counts[id(_getframe(1).f_code)] += 1
            return True
        live = cell.live
        if live is not None and _os.environ is REAL_ENVIRON:
            raw, held, _ = live
            if held_raw(raw) is held:
                cell.counts[id(_getframe(1).f_code)] += 1
                return True
    except KeyError:
        pass  # the first read of this key, or of this key from here
    return _table[key].read(ABSENT, _getframe(1)) is not ABSENT


def read_from(frame: FrameType, key: str, default: Any) -> Any:
    """Read a key on behalf of `frame`, which is what gets counted; as `Cell.read`."""
    try:
        cell = _cells[key]
        value = cell.value
        if value is not None:
            cell.counts[id(frame.f_code)] += 1
            return value
        live = cell.live
        if live is not None and _os.environ is REAL_ENVIRON:
            raw, held, text = live
            if held_raw(raw) is held:
                cell.counts[id(frame.f_code)] += 1
                return text
    except KeyError:
        pass  # the first read of this key, or of this key from here
    return _table[key].read(default, frame)


def base() -> Table:
    """The table that answers where nothing is overridden."""
    return _base


def install(table: Table, *, over: Table | None = None) -> bool:
    """Let `table` answer from now on. A read takes its one cell from the old or the new.

    Args:
        table: What answers.
        over: Only while this one still answers: another thread may have decided otherwise.

    Returns:
        Whether it answers now.
    """
    global _base, _cells, _table  # noqa: PLW0603 - module globals are the cheapest to read
    with _lock:
        if over is not None and _base is not over:
            return False
        _base = table
        _table = table if _layer is None else _layer(table)
        _cells = _table.cells
        return True


def put_layer(layer: Callable[[Table], Table] | None) -> None:
    """Lay something over whatever table answers, now and later; None takes it away."""
    global _layer  # noqa: PLW0603 - see `install`
    with _lock:
        _layer = layer
        install(_base)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _lock = RLock()
    _base.counters.after_fork()
    install(_base.renewed())


if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_after_fork)
