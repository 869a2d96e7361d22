"""Ends of a process that `atexit` does not see: workers of `multiprocessing`, and SIGTERM.

What the audit trail holds back for its next flush would be lost there, each time.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

# Before finalizers of priority 0 and below: pools close with those.
_PRIORITY = 100


class _Anchor:
    """What `multiprocessing` holds on to; it keeps only a weak reference."""


_anchor = _Anchor()


def watch_multiprocessing(end: Callable[[], None]) -> None:
    """Call `end`, perhaps more than once, when a worker of `multiprocessing` ends.

    Such a process leaves with `os._exit` after it has run the finalizers of `multiprocessing.util`.
    It forgets all finalizers when it starts, and then calls what is registered for after a fork.
    To be called where the program is configured, and in each child after its fork.
    """
    # Whoever starts such a process has imported the module; nobody else pays for it.
    util: Any = sys.modules.get("multiprocessing.util")
    if util is None:
        return

    def register(_: object = None) -> None:
        util.Finalize(None, end, exitpriority=_PRIORITY)

    util.register_after_fork(_anchor, register)
    if sys.modules["multiprocessing.process"].parent_process() is not None:
        register()


def watch_signals(end: Callable[[], None]) -> None:
    """Call `end` before SIGTERM ends this process, unless the program handles SIGTERM itself.

    The process still ends by the signal, so whoever started it sees the same status.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return

    def ended(number: int, _frame: FrameType | None) -> None:
        end()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    # Of a subinterpreter the main thread may not, and Python does not say which interpreter it is.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, ended)
