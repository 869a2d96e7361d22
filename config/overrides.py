"""Other values for a while: `config_overrides` for a block, `set_config_override` until it ends.

Overrides are held per block, and below all blocks for what is set outside of any. While one is
active anywhere, a layer lies over the table that answers; reads then look into it first. Without
overrides there is no layer, and reads pay nothing for them.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType, MappingProxyType
from typing import Any, Final

from .reading import access
from .reading.cells import ABSENT, Cell, Table
from .reading.counters import HIT

SOURCE: Final = "override"
_UNTOUCHED: Final = object()
_Values = Mapping[str, str | None]


class _Layer(dict[str, str | None]):
    """What one block overrides. A block that has ended holds nothing, whoever still refers to it.

    A fixture or dependency that is a generator may be set up in one task or thread and torn down
    in another: the context in which the block began is then out of reach.
    """

    __slots__ = ("ended",)

    def __init__(self, values: _Values = MappingProxyType({})) -> None:
        super().__init__(values)
        self.ended = False

    def end(self) -> None:
        self.ended = True
        self.clear()


_mine: ContextVar[tuple[_Layer, ...]] = ContextVar("hushflake_overrides", default=())
_everyone: tuple[_Layer, ...] = ()
# What was set outside of any block. Replaced as a whole, so that no reader sees half of a change.
_standing: _Layer = _Layer()
_active = 0
_lock = threading.RLock()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def overridden(key: str) -> Any:
    """The override of a key: a value, ABSENT when it is hidden, _UNTOUCHED when there is none."""
    for layer in (*reversed(_mine.get()), *reversed(_everyone), _standing):
        value = layer.get(key, _UNTOUCHED)
        if value is not _UNTOUCHED:
            return ABSENT if value is None else value
    return _UNTOUCHED


def overridden_names() -> set[str]:
    """The keys that an override gives a value here and now."""
    names = {key for layer in (*_mine.get(), *_everyone, _standing) for key in tuple(layer)}
    return {key for key in names if isinstance(overridden(key), str)}


class OverrideCell(Cell):
    """Looks for an override at each read: two contexts may differ."""

    __slots__ = ("below", "names")

    def __init__(self, key: str, below: Table) -> None:
        super().__init__(key, below.counters)
        self.below = below
        self.names = below.names(key)

    def _override(self) -> Any:
        for name in self.names:
            value = overridden(name)
            if value is not _UNTOUCHED:
                return value
        return _UNTOUCHED

    def find(self) -> tuple[Any, str]:
        value = self._override()
        return (value, SOURCE) if value is not _UNTOUCHED else self.below[self.key].find()

    def read(self, default: Any, frame: FrameType) -> Any:
        value = self._override()
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

    def names(self, key: str) -> tuple[str, ...]:
        return self.below.names(key)

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

    In a generator (a fixture or a dependency with `yield`) the block may end in another task or
    thread than it began in: it ends for all who saw it. What a generator is run in decides who
    that is; where frameworks run them in a thread of their own, `all_threads=True` reaches all.

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
            _mine.set((*_running(), layer))
            try:
                yield
            finally:
                layer.end()
                # In the context it began in, or in another one that never knew of it.
                _mine.set(_running())
    finally:
        _change_layers(-1)


def set_config_override(key: str, value: str | None) -> None:
    """Let a key have this value from now on, as `os.environ[key] = value` does; None hides it.

    Inside a block of `config_overrides` it belongs to that block: who sees the block sees it, and
    it ends with the block. Outside of any, every thread and task of the process sees it, below
    the blocks of its own, until `remove_config_override` or `reset_config_overrides`; the pytest
    plugin takes away after each test what the test has set. Neither libraries that read the
    environment themselves nor child processes see it.

    Args:
        key: The key.
        value: Its value, or None.

    Raises:
        TypeError: A key or value that is not a string.
    """
    layer = _checked({key: value})
    _change_innermost(lambda held: _Layer({**held, **layer}))
    _note(layer)


def remove_config_override(key: str) -> None:
    """Take an override of the innermost block, or outside of any, away: what is below shows again.

    Nothing happens if there is none.

    Args:
        key: The key.
    """

    def without(held: _Layer) -> _Layer:
        return _Layer({name: value for name, value in held.items() if name != key})

    if _change_innermost(without):
        access.base().counters.event("override", key, SOURCE, removed=True)


def reset_config_overrides() -> None:
    """Take away all that `set_config_override` set outside of a block."""
    restore_standing({})


def standing() -> _Values:
    """What is set outside of any block."""
    return _standing


def restore_standing(values: _Values) -> None:
    """Let exactly these be the overrides outside of any block."""
    with _lock:
        gone = [key for key in _standing if key not in values]
        _put_standing(_Layer(values))
    for key in gone:
        access.base().counters.event("override", key, SOURCE, removed=True)


def _change_innermost(changed: Callable[[_Layer], _Layer]) -> bool:
    """Change the layer of the innermost block, or the standing one; say whether it differs now."""
    with _lock:
        block = (_running() or _everyone)[-1:]
        held = block[0] if block else _standing
        new = changed(held)
        if new == held:
            return False
        if not block:
            _put_standing(new)
            return True
        for key in held.keys() - new.keys():
            del block[0][key]
        block[0].update(new)
        return True


def _put_standing(layer: _Layer) -> None:
    global _standing  # noqa: PLW0603 - process-wide by its meaning
    change = bool(layer) - bool(_standing)
    _standing = layer
    if change:
        _change_layers(change)


def _checked(values: _Values) -> _Layer:
    for key, value in values.items():
        if not isinstance(key, str):
            raise TypeError(f"str expected as key, not {type(key).__name__}")
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{key}: str or None expected, not {type(value).__name__}")
    return _Layer(values)


def _running() -> tuple[_Layer, ...]:
    """The blocks of this context that have not ended."""
    return tuple(layer for layer in _mine.get() if not layer.ended)


def _note(layer: _Values) -> None:
    for key in layer:
        access.base().counters.event("override", key, SOURCE)


def _change_layers(change: int) -> None:
    global _active  # noqa: PLW0603 - counts the blocks of the whole process
    with _lock:
        _active += change
        access.put_layer(OverrideTable if _active else None)
