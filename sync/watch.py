"""`--watch`: one cycle after the other, until somebody says stop."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from hushflake.deploy.errors import ConnectError, StatementError

from .clock import Clock, SystemClock
from .cycle import Sync
from .errors import BusyError
from .lag import note
from .report import CycleReport

_AFTER_A_WAKE = 5.0  # seconds: a burst of events is one cycle


def noted_cycle(sync: Sync, path: Path) -> CycleReport:
    """Run one cycle, and note which entities it left in step."""
    began = datetime.now(UTC)
    report = sync.cycle()
    done: Iterable[str] = [item.entity for item in report.entities if item.complete]
    if done and not report.dry_run:
        note(path, done, began)
    return report


def watch(
    sync: Sync,
    path: Path,
    interval: float,
    *,
    told: Callable[[CycleReport | Exception], None],
    woken: threading.Event | None = None,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run cycles until `stop` is set.

    What passes by itself (the network, another sync at work) is told, and the next cycle tries
    again; a mistake of the caller ends it.

    Args:
        interval: Seconds between the beginnings of two cycles.
        woken: Set by a webhook: the next cycle begins at once.
    """
    bell = woken or threading.Event()
    end = stop or threading.Event()
    clock = clock or SystemClock()
    while not end.is_set():
        began = clock.monotonic()
        bell.clear()
        try:
            told(noted_cycle(sync, path))
        except (BusyError, ConnectError) as error:
            told(error)
        except StatementError as error:
            if not (error.transient or error.unknown):
                raise
            told(error)
        rest = interval - (clock.monotonic() - began)
        if rest > 0 and bell.wait(rest) and not end.is_set():
            end.wait(_AFTER_A_WAKE)
