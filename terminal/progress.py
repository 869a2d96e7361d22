"""How far work is: one line on standard error, on a terminal only, gone at the end.

    with progress("Checking files") as bar:
        bar.update(250, 3021)

It appears after a moment, so that quick work shows nothing, and changes at most ten times a
second. What is printed meanwhile takes its place. `update` may be called from any thread.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import write
from .layout import shortened
from .stream import can_move, width
from .text import Text, joined, styled

_FIRST, _NEXT, _GUESS = 0.3, 0.1, 3.0  # seconds
_BAR = 24  # columns; a terminal narrower than _WITH_BAR has none
_WITH_BAR = 60


class Progress:
    """A line that says how far work is."""

    def __init__(self, label: str, *, shown: bool) -> None:
        self._label = label
        self._shown = shown
        self._begun = time.monotonic()
        self._due = self._begun + _FIRST

    def update(self, done: int, total: int = 0, note: str = "") -> None:
        """Say that `done` of `total` (0: nobody knows) is behind us, and what goes on."""
        now = time.monotonic()
        if self._shown and now >= self._due:
            self._due = now + _NEXT
            write.status(self._line(done, total, note, now - self._begun))

    def step(self, note: str) -> None:
        """Say at once what is done now, where nothing is counted."""
        if self._shown:
            write.status(self._line(0, 0, note, 0))

    def _line(self, done: int, total: int, note: str, elapsed: float) -> Text:
        columns = (width(sys.stderr) or 80) - 1
        parts: list[str | Text] = [self._label]
        if total:
            filled = min(_BAR, _BAR * done // total)
            if columns >= _WITH_BAR:
                bar = styled("━" * filled, fg="green") + styled("─" * (_BAR - filled), dim=True)
                parts.append(bar)
            parts.append(f"{done:,} of {total:,}")
            if elapsed > _GUESS and 0 < done < total:
                left = int(elapsed / done * (total - done))
                parts.append(f"{left // 60}:{left % 60:02} left")
        elif done:
            parts.append(f"{done:,}")
        if note:
            parts.append(note)
        return shortened(joined("  ", parts), columns)


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show how far work is while the block runs; nothing in a pipe, or when `quiet`."""
    shown = not quiet and can_move(sys.stderr)
    try:
        yield Progress(label, shown=shown)
    finally:
        if shown:
            write.clear()
