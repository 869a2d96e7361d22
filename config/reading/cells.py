"""How a key is answered: one cell a key, made at its first read and kept in a table.

A table is one generation of answers. To change what is answered (a refresh, an override), a new
table takes its place in `access`, in one assignment; readers of the old one finish undisturbed.

`access` answers the two commonest cases itself and asks `Cell.read` for the rest:
`value` is set when the answer is fixed, `raw` when it is what the process environment holds now.
"""

import os
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from ..errors import MissingConfigError
from .counters import DEFAULT, HIT, MISSING, Counters

ENVIRONMENT: Final = "environment"
ABSENT: Final = object()
REQUIRED: Final = object()  # given as the default: raise when the key is missing

# `os.environ[key]` is three Python calls around one dictionary; what it holds is read from that
# dictionary directly as long as `os.environ` is the object it was when Python started.
REAL_ENVIRON: Final = os.environ
_data: Any = getattr(REAL_ENVIRON, "_data", None)
LIVE: Final = isinstance(_data, dict)
NO_COUNTS: Final[dict[int, int]] = {}
NOTHING: Final = object()  # what no dictionary holds
held_raw: Final[Callable[[Any], Any]] = _data.get if LIVE else lambda _raw: NOTHING


def encode(key: str) -> Any:
    """The key as the process environment spells it. Raises what `os.getenv` raises."""
    encoder = getattr(REAL_ENVIRON, "encodekey", None)
    if encoder is not None:
        return encoder(key)
    if not isinstance(key, str):
        raise TypeError(f"str expected, not {type(key).__name__}")
    return os.fsencode(key)


class Cell:
    """The answer to one key. Subclasses say in `find` where it comes from."""

    __slots__ = (
        "counters",
        "counts",
        "defaults",
        "key",
        "live",
        "missing",
        "raw",
        "value",
    )

    def __init__(self, key: str, counters: Counters) -> None:
        self.key = key
        self.counters = counters
        self.value: Any = None
        self.raw: Any = None
        # (raw, what the environment's dictionary held, the same decoded): one object, so that no
        # reader sees half of an update.
        self.live: tuple[Any, Any, Any] | None = None
        self.counts: dict[int, int] = {}
        # Counts of misses, for subclasses that count them by themselves; see `count_miss`.
        self.missing = self.defaults = NO_COUNTS

    def find(self) -> tuple[Any, str]:
        """The value or ABSENT, and the source that answers. Raises where a read is denied."""
        raise NotImplementedError

    def read(self, default: Any, frame: FrameType) -> Any:
        """The value, else the default; REQUIRED as the default raises MissingConfigError."""
        value, source = self.find()
        if value is not ABSENT:
            self.tally(source, HIT, frame)
            return value
        return self.absent(source, default, frame)

    def absent(self, source: str, default: Any, frame: FrameType) -> Any:
        """End a read that found nothing."""
        used = default is not None and default is not REQUIRED and default is not ABSENT
        self.tally(source, DEFAULT if used else MISSING, frame)
        if default is REQUIRED:
            # As os.environ does: what is being handled elsewhere did not lead to it.
            raise MissingConfigError(self.key) from None
        return default

    def tally(self, source: str, outcome: str, frame: FrameType) -> None:
        """Count a read that ended so."""
        bucket = self.counters.bucket(self.key, source, outcome)
        self.counters.count(bucket, frame)
        if self.counters.quick and outcome == MISSING:
            self.missing = bucket.counts
        elif self.counters.quick and outcome == DEFAULT:
            self.defaults = bucket.counts

    def count_miss(self, default: Any, frame: FrameType) -> bool:
        """Count a miss without a lock, at a site that was seen before; False elsewhere."""
        if default is REQUIRED:
            return False
        counts = self.missing if default is None or default is ABSENT else self.defaults
        if counts is NO_COUNTS:
            return False
        try:
            counts[id(frame.f_code)] += 1
        except KeyError:
            return False
        return True

    def count_into(self, source: str) -> None:
        """Let the fast path count its hits, as reads from `source`, at sites seen before."""
        self.counts = self.counters.bucket(self.key, source, HIT).counts

    def look_live(self, raw: Any) -> None:
        """Let the fast path look at the process environment, where the key is spelled `raw`."""
        self.raw = raw
        self.live = (raw, NOTHING, None)
        self.count_into(ENVIRONMENT)


class LiveCell(Cell):
    """What the process environment holds at the moment of the read."""

    __slots__ = ()

    def __init__(self, key: str, counters: Counters, *, fast: bool) -> None:
        super().__init__(key, counters)
        raw = encode(key)
        if fast and LIVE:
            self.look_live(raw)

    def find(self) -> tuple[Any, str]:
        return held_now(self), ENVIRONMENT

    def read(self, default: Any, frame: FrameType) -> Any:
        # A miss costs `os.getenv` three times a hit; here it is a lookup and a count.
        raw = self.raw
        if (
            raw is not None
            and os.environ is REAL_ENVIRON
            and held_raw(raw) is None
            and self.count_miss(default, frame)
        ):
            return default
        return super().read(default, frame)


def held_now(cell: Cell) -> Any:
    """What the process environment holds for the cell's key now, or ABSENT."""
    environ = os.environ
    if cell.raw is None or environ is not REAL_ENVIRON or not LIVE:
        # Replaced, as `mock.patch("os.environ", {…})` does: whatever stands there answers.
        return environ.get(cell.key, ABSENT)
    held = held_raw(cell.raw)
    if held is None:
        return ABSENT
    value = held if isinstance(held, str) else os.fsdecode(held)
    cell.live = (cell.raw, held, value)
    return value


class Table:
    """The cells of one generation. A key read for the first time gets its cell here."""

    # Programs that make up keys without end must not fill the memory.
    LIMIT = 100_000

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        # A plain dictionary: Python looks into one faster than into a subclass.
        self.cells: dict[str, Cell] = {}

    def __getitem__(self, key: str) -> Cell:
        cell = self.cells.get(key)
        if cell is not None:
            return cell
        encode(key)  # a key that `os.getenv` refuses is refused in the same words
        cell = self.make(key)
        return self.cells.setdefault(key, cell) if len(self.cells) < self.LIMIT else cell

    def make(self, key: str) -> Cell:
        """A cell for a key that this table has not seen."""
        raise NotImplementedError

    def names(self, key: str) -> tuple[str, ...]:
        """The names under which the value of a key may be set."""
        return (key,)

    def renewed(self) -> "Table":
        """The same answers with cells yet to be made."""
        raise NotImplementedError


class LiveTable(Table):
    """Unconfigured: exactly the live process environment."""

    def make(self, key: str) -> Cell:
        return LiveCell(key, self.counters, fast=self.counters.quick)

    def renewed(self) -> Table:
        return LiveTable(self.counters)
