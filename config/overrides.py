"""`config_overrides`: other values for a while, in this context or in the whole process.

While an override is active anywhere, a layer lies over the table that answers; reads then look
into it first. Without overrides there is no layer, and reads pay nothing for them.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, Final

from . import access
from .cells import ABSENT, Cell, Table
from .counters import HIT

SOURCE: Final = "override"
_UNTOUCHED: Final = object()
_Values = Mapping[str, str | None]

_mine: ContextVar[tuple[_Values, ...]] = ContextVar("hushflake_overrides", default=())
_everyone: tuple[_Values, ...] = ()
_active = 0
_lock = threading.RLock()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def overridden(key: str) -> Any:
    """The override of a key: a value, ABSENT when it is hidden, _UNTOUCHED when there is none."""
    for layer in (*reversed(_mine.get()), *reversed(_everyone)):
        if key in layer:
            value = layer[key]
            return ABSENT if value is None else value
    return _UNTOUCHED


def overridden_names() -> set[str]:
    """The keys that an override gives a value here and now."""
    names = {key for layer in (*_mine.get(), *_everyone) for key in layer}
    return {key for key in names if isinstance(overridden(key), str)}


class OverrideCell(Cell):
    """Looks for an override at each read: two contexts may differ."""

    __slots__ = ("below",)

    def __init__(self, key: str, below: Table) -> None:
        super().__init__(key, below.counters)
        self.below = below

    def find(self) -> tuple[Any, str]:
        value = overridden(self.key)
        return (value, SOURCE) if value is not _UNTOUCHED else self.below[self.key].find()

    def read(self, default: Any, frame: FrameType) -> Any:
        value = overridden(self.key)
        if value is _UNTOUCHED:
            return self.below[self.key].read(default, frame)
        if value is ABSENT:
            return self.absent(SOURCE, default, frame)
        self.tally(SOURCE, HIT, frame)
        return value


class OverrideTable(Table):
    """The layer over a table."""

    def __init__(self, below: Table) -> None:
        super().__init__(below.counters)
        self.below = below

    def make(self, key: str) -> Cell:
        return OverrideCell(key, self.below)

    def renewed(self) -> Table:
        return OverrideTable(self.below.renewed())


@contextmanager
def config_overrides(values: _Values, *, all_threads: bool = False) -> Iterator[None]:
    """Let keys have these values inside the `with` block; None hides a key.

    It nests; the innermost block that names a key wins. Blocks are seen by the code they enclose:
    the same thread, the asyncio tasks created inside and what they call, `asyncio.to_thread`.
    Two tasks or threads with blocks of their own do not see each other's. A thread started inside
    (`threading.Thread`, `ThreadPoolExecutor`) has a context of its own and sees the block only
    with `all_threads=True`, which is for tests that have the process to themselves.

    Args:
        values: key -> value or None.
        all_threads: Let every thread of the process see it, below its own blocks.

    Raises:
        TypeError: A key or value is not a string.
    """
    global _everyone  # noqa: PLW0603 - process-wide by its meaning
    layer = _checked(values)
    _change_layers(+1)
    try:
        _note(layer)
        if all_threads:
            with _lock:
                _everyone = (*_everyone, layer)
            try:
                yield
            finally:
                with _lock:
                    _everyone = tuple(other for other in _everyone if other is not layer)
        else:
            token = _mine.set((*_mine.get(), layer))
            try:
                yield
            finally:
                _mine.reset(token)
    finally:
        _change_layers(-1)


def _checked(values: _Values) -> _Values:
    for key, value in values.items():
        if not isinstance(key, str):
            raise TypeError(f"str expected as key, not {type(key).__name__}")
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{key}: str or None expected, not {type(value).__name__}")
    return dict(values)


def _note(layer: _Values) -> None:
    for key in layer:
        access.base().counters.event("override", key, SOURCE)


def _change_layers(change: int) -> None:
    global _active  # noqa: PLW0603 - counts the blocks of the whole process
    with _lock:
        _active += change
        access.put_layer(OverrideTable if _active else None)
