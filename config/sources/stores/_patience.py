"""Repeats a read of a store that asks to come back, for as long as there is time.

The clients' own repeats are switched off: one waits as long as an answer tells it to, another for
minutes, a third not at all.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

ATTEMPTS = 4
FIRST_PAUSE = 0.2  # seconds; doubled after each try, a random share of it is waited


def patiently(
    call: Callable[[], T], wait: Callable[[Exception], float | None], seconds: float
) -> T:
    """Return what a call returns that is safe to repeat, or raise its last error.

    Args:
        call: Made up to `ATTEMPTS` times.
        wait: The seconds that an error asks to wait, 0 if it names none; None if no repeat helps.
        seconds: The time for everything.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return call()
        except Exception as error:
            asked = wait(error)
            if asked is None:
                raise
            pause_now = max(asked, random.uniform(0, pause))  # noqa: S311 - jitter, no secret
            if time.monotonic() + pause_now >= deadline:
                raise
        time.sleep(pause_now)
        pause *= 2
    return call()


def retry_after(headers: object) -> float:
    """The seconds of a Retry-After header; 0 where there is none, or a date, which none sends."""
    get = getattr(headers, "get", None)
    text = str(get("Retry-After", "")) if get is not None else ""
    return float(text) if text.isdecimal() else 0.0
