"""Exact counts of who read what, cheap enough to be on for every read.

A read adds one to `bucket.counts[id(code object of the caller)]` and nothing else. That is one
dictionary item, updated without a lock: CPython with the GIL switches threads neither inside nor
between the byte codes of `counts[site] += 1`, because none of them calls a Python function.
Everything else (which function, which line, when) is noted at a site's first read.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any, NamedTuple

HIT, DEFAULT, MISSING, DENIED, FAILED = "hit", "default", "missing", "denied", "failed"
# Reads of sites beyond the limit are counted together: memory stays bounded, no count is lost.
OVERFLOW = 0
SITE_LIMIT = 50_000
EVENT_LIMIT = 10_000


class Site(NamedTuple):
    """A place that reads a key: the calling function and the line of its first read there."""

    function: str
    path: str
    line: int
    first: float  # seconds since the epoch


class Bucket:
    """The reads of one key that ended the same way: same source, same outcome."""

    __slots__ = ("counts", "key", "outcome", "sites", "source")

    def __init__(self, key: str, source: str, outcome: str) -> None:
        self.key = key
        self.source = source
        self.outcome = outcome
        self.counts: dict[int, int] = {}
        self.sites: dict[int, Site] = {}


class Counters:
    """All buckets of this process.

    `by_line` tells sites apart by line and not by function: exact, and dearer to read.
    """

    def __init__(
        self, *, by_line: bool = False, enabled: bool = True, limit: int = SITE_LIMIT
    ) -> None:
        self.by_line = by_line
        self.enabled = enabled
        self.limit = limit
        # Whether cells may count by themselves, without a lock.
        # Without an audit they do too, and nobody asks for the numbers: reads that do not count
        # would take the slow way each time.
        self.quick = not by_line and gil_enabled()
        self._reset()

    def _reset(self) -> None:
        self.buckets: dict[tuple[str, str, str], Bucket] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENT_LIMIT)
        self.dropped = 0  # events pushed out before they were written
        self.started = time.time()
        self._lock = threading.RLock()
        self._last_source: dict[str, str] = {}
        self._sites = 0
        # An id is unique only as long as its object lives: keep the code objects alive.
        self._codes: dict[int, CodeType] = {}

    def after_fork(self) -> None:
        """Start at zero in a child process, whose parent keeps its own counts."""
        self._reset()

    def bucket(self, key: str, source: str, outcome: str) -> Bucket:
        """The bucket of these reads, made at the first of them."""
        name = (key, source, outcome)
        found = self.buckets.get(name)
        if found is not None:
            return found
        with self._lock:
            if len(self.buckets) >= self.limit:
                name = ("(other keys)", source, outcome)
            return self.buckets.setdefault(name, Bucket(*name))

    def count(self, bucket: Bucket, frame: FrameType) -> None:
        """Count a read from `frame`, with a lock: the way of everything but the fastest paths."""
        if not self.enabled:
            if len(bucket.counts) < self.limit:
                bucket.counts.setdefault(id(frame.f_code), 0)
            return
        code = frame.f_code
        # With the line in it the number is no id of anything any more, but as unique: byte code
        # lies inside its code object (CPython 3.11 and newer).
        site = id(code) + frame.f_lasti if self.by_line else id(code)
        with self._lock:
            if site not in bucket.counts:
                site = self._first_read(bucket, site, frame)
            bucket.counts[site] = bucket.counts.get(site, 0) + 1

    def _first_read(self, bucket: Bucket, site: int, frame: FrameType) -> int:
        if self._sites >= self.limit:
            bucket.sites.setdefault(OVERFLOW, Site("(other sites)", "", 0, time.time()))
            return OVERFLOW
        self._sites += 1
        code = frame.f_code
        self._codes[id(code)] = code
        first = Site(code.co_qualname, code.co_filename, frame.f_lineno, time.time())
        bucket.sites[site] = first
        kind = {HIT: "first_read", DEFAULT: "default_used"}.get(bucket.outcome, bucket.outcome)
        self.event(kind, bucket.key, bucket.source, bucket.outcome, first)
        if bucket.outcome == HIT:
            before = self._last_source.get(bucket.key)
            if before is not None and before != bucket.source:
                self.event("source_change", bucket.key, bucket.source, bucket.outcome, first)
            self._last_source[bucket.key] = bucket.source
        return site

    def event(
        self,
        kind: str,
        key: str = "",
        source: str = "",
        outcome: str = "",
        site: Site | None = None,
        **facts: Any,
    ) -> None:
        """Note a single event. `facts` are counts, names and times; never a value."""
        if not self.enabled:
            return
        record: dict[str, Any] = {"event": f"config.{kind}", "time": time.time(), **facts}
        record["thread"] = threading.get_ident()
        named = {"key": key, "source": source, "outcome": outcome}
        record |= {name: fact for name, fact in named.items() if fact}
        if site is not None:
            record |= code_attributes(site)
        with self._lock:
            if len(self.events) == self.events.maxlen:
                self.dropped += 1
            self.events.append(record)

    def take_events(self) -> tuple[list[dict[str, Any]], int]:
        """Remove and return the events noted so far, and how many were pushed out."""
        with self._lock:
            taken = list(self.events)
            dropped, self.dropped = self.dropped, 0
            self.events.clear()
        return taken, dropped

    def put_back(self, events: list[dict[str, Any]], dropped: int) -> None:
        """Undo `take_events` after the events could not be written."""
        with self._lock:
            lost = max(0, len(events) + len(self.events) - EVENT_LIMIT)
            self.dropped += dropped + lost
            self.events.extendleft(reversed(events[lost:]))

    def totals(self) -> Iterator[tuple[Bucket, int, Site, int]]:
        """Every (bucket, site number, site, count since the start)."""
        for bucket in list(self.buckets.values()) if self.enabled else ():
            for number, count in list(bucket.counts.items()):
                yield bucket, number, bucket.sites[number], count


def code_attributes(site: Site) -> dict[str, Any]:
    """A site in OpenTelemetry's stable names (semantic conventions 1.33, "code")."""
    return {
        "code.function.name": site.function,
        "code.file.path": site.path,
        "code.line.number": site.line,
    }


def gil_enabled() -> bool:
    """Whether `counts[site] += 1` is atomic here (False on free-threaded builds)."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
