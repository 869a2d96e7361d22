"""The first read of a process: one thread finds out what it goes by, and the others wait.

A fork waits, too. Its child would find modules half imported, by a thread that it does not have,
and wait for them for ever.
"""

import os
import threading
from collections.abc import Callable

from .cells import Cell, Table

_PATIENCE = 10.0  # seconds that a fork waits at most; a source that is made may hang

_lock = threading.RLock()
_forking = threading.local()  # holds: whether a fork of this thread holds the others up


class FirstTable(Table):
    """Nobody has configured anything yet: the first read finds out what the process goes by."""

    def make(self, key: str) -> Cell:
        return begun()[key]

    def __getitem__(self, key: str) -> Cell:
        return self.make(key)

    def renewed(self) -> Table:
        return FirstTable(self.counters)


def _unknown() -> Table:
    raise NotImplementedError  # the package says how before anything of it can be called


_find: Callable[[], Table] = _unknown


def found_by(find: Callable[[], Table]) -> None:
    """Let `find` find out what the process goes by: it may start what knows this module."""
    global _find  # noqa: PLW0603 - said once, by the package
    _find = find


def begun() -> Table:
    """The table that answers from now on; see `beginning`."""
    with _lock:
        return _find()


def _before_fork() -> None:
    _forking.holds = _lock.acquire(timeout=_PATIENCE)


def _go_on() -> None:
    if getattr(_forking, "holds", False):
        _forking.holds = False
        _lock.release()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _forking.holds = False
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_go_on, after_in_child=_after_fork)
