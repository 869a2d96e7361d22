"""Time as the shell needs it: to wait, and to measure a wait. Never to order edits."""

import time
from typing import Protocol


class Clock(Protocol):
    """What waits. Tests and benchmarks pass one that only counts."""

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
