"""Ends of a process that `atexit` does not see: workers of `multiprocessing`, and SIGTERM.

What the audit trail holds back for its next flush would be lost there, each time.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

# Before finalizers of priority 0 and below: pools close with those.
_PRIORITY = 100
_MARK = "_hushflake_ending"  # on a handler of ours
_INTERVAL = 0.05  # seconds between flushes of a process that is about to end
_FIRST_FLUSH = 1.0  # seconds that a signal waits at most for the first


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


def watch_signals(end: Callable[[], None], flush: Callable[[], None]) -> None:
    """Call `end` before SIGTERM ends this process, or `flush` where the program handles SIGTERM.

    The process still ends by the signal, so whoever started it sees the same status. A handler of
    the program is called as before: it may only begin an end that no `atexit` sees, as uvicorn's
    does in its workers, so from then on `flush` is called in short intervals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    own = signal.getsignal(signal.SIGTERM)

    def ended(number: int, _frame: FrameType | None) -> None:
        end()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def passed(number: int, frame: FrameType | None) -> Any:
        _flush_often(flush)
        return own(number, frame) if callable(own) else None

    handler: Callable[[int, FrameType | None], Any]
    if own is signal.SIG_DFL:
        handler = ended
    elif callable(own) and not hasattr(own, _MARK):
        handler = passed
    else:
        return
    setattr(handler, _MARK, True)
    # Of a subinterpreter the main thread may not, and Python does not say which interpreter it is.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, handler)


def _flush_often(flush: Callable[[], None]) -> None:
    """Flush now, and again until the process is gone; the signal may have interrupted a flush."""
    first = threading.Event()

    def often() -> None:
        while True:
            flush()
            first.set()
            time.sleep(_INTERVAL)

    # The interpreter may be on its way out already, and starts no thread then.
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=often, name="hushflake-end", daemon=True).start()
        first.wait(_FIRST_FLUSH)
