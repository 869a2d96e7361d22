"""Which configuration is at work in this process, from `configure` on, over forks, to its exit."""

import atexit
import os
import threading

from ..settings import MODES, Settings
from . import access, endings, projected
from .cells import LiveTable, Table
from .counters import Counters
from .first import FirstTable, begun
from .running import quietly
from .runtime import PendingTable, Runtime

_current: Runtime | None = None
_forking = threading.local()  # holds: the runtime whose loads a fork of this thread holds up
_hooked = False
_starting = threading.RLock()


def current() -> Runtime | None:
    """The runtime of this process; None while unconfigured."""
    if isinstance(access.base(), FirstTable):
        begun()
    return _current


def mode() -> str:
    """The mode of this process: what was configured, else the variable, else production."""
    active = current()
    if active is not None:
        return active.settings.mode
    named = os.environ.get("HUSHFLAKE_MODE", "")
    return named if named in MODES else MODES[0]


def start(settings: Settings, *, place: str = "", over: Table | None = None) -> None:
    """Take these settings from now on, in place of any before.

    Args:
        settings: What to go by.
        place: The file that holds them, where no code has given them.
        over: Only while this table still answers: what code says in the meantime wins.
    """
    global _current, _hooked  # noqa: PLW0603 - the state of the process
    counters = access.base().counters
    by_line, enabled = settings.audit == "sites", settings.audit != "off"
    if (counters.by_line, counters.enabled) != (by_line, enabled):
        counters = Counters(by_line=by_line, enabled=enabled)
    runtime = Runtime(settings, counters, place)
    if not _hooked:
        _hooked = True
        atexit.register(_at_end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_go_on, after_in_child=_after_fork
            )
    with _starting:
        if over is not None and access.base() is not over:
            return
        old, _current = _current, runtime
        access.install(PendingTable(runtime))
    if old is not None:
        quietly(old.close)
    if settings.audit_dir:
        endings.watch_signals(_at_end, _flush)
    endings.watch_multiprocessing(_at_end)


def stop() -> None:
    """Be unconfigured again: the live process environment and nothing else."""
    global _current
    with _starting:
        old, _current = _current, None
        access.install(LiveTable(Counters()))
    if old is not None:
        quietly(old.close)
    projected.remove()


def _at_end() -> None:
    if _current is not None and _current.pid == os.getpid():
        quietly(_current.close)
    projected.remove()


def _watch_ends() -> None:
    """Files of this process are about to be written: no end of it may leave them."""
    endings.watch_signals(_at_end, _flush)
    endings.watch_multiprocessing(_at_end)


projected.on_first(_watch_ends)


def _flush() -> None:
    if _current is not None and _current.pid == os.getpid():
        quietly(_current.flush)


def _before_fork() -> None:
    if _current is not None:
        quietly(_current.flush)
        # This thread's own: others may fork, or configure anew, at the same time.
        _forking.holds = _current if _current.hold_loads() else None


def _go_on() -> None:
    held: Runtime | None = getattr(_forking, "holds", None)
    _forking.holds = None
    if held is not None:
        held.let_load()


def _after_fork() -> None:
    global _starting  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _starting = threading.RLock()
    _forking.holds = None
    if _current is not None:
        _current.after_fork()
        endings.watch_multiprocessing(_at_end)
