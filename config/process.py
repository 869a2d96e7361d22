"""Which configuration is at work in this process, from `configure` on, over forks, to its exit."""

import atexit
import os
import threading

from . import access, endings
from .cells import LiveTable
from .counters import Counters
from .runtime import PendingTable, Runtime, quietly
from .settings import Settings

_current: Runtime | None = None
_forking = threading.local()  # holds: the runtime whose loads a fork of this thread holds up
_hooked = False


def current() -> Runtime | None:
    """The runtime of this process; None while unconfigured."""
    return _current


def start(settings: Settings) -> Runtime:
    """Take these settings from now on, in place of any before."""
    global _current, _hooked  # noqa: PLW0603 - the state of the process
    old = _current
    counters = access.base().counters
    by_line, enabled = settings.audit == "sites", settings.audit != "off"
    if (counters.by_line, counters.enabled) != (by_line, enabled):
        counters = Counters(by_line=by_line, enabled=enabled)
    runtime = Runtime(settings, counters)
    if old is not None:
        quietly(old.close)
    _current = runtime
    access.install(PendingTable(runtime))
    if settings.audit_dir:
        endings.watch_signals(_at_end)
    endings.watch_multiprocessing(_at_end)
    if not _hooked:
        _hooked = True
        atexit.register(_at_end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_go_on, after_in_child=_after_fork
            )
    return runtime


def stop() -> None:
    """Be unconfigured again: the live process environment and nothing else."""
    global _current  # noqa: PLW0603 - the state of the process
    if _current is not None:
        quietly(_current.close)
    _current = None
    access.install(LiveTable(Counters()))


def _at_end() -> None:
    if _current is not None and _current.pid == os.getpid():
        quietly(_current.close)


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
    _forking.holds = None
    if _current is not None:
        _current.after_fork()
        endings.watch_multiprocessing(_at_end)
