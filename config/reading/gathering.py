"""Asks the sources of one configuration; who does not answer is served from before, for a while."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigError, ConfigSourceError, PolicyError
from ..settings import Settings
from ..sources.asking import asked
from ..sources.base import Source
from .counters import Counters
from .snapshot import Held, Snapshot

if TYPE_CHECKING:
    from ..lastknown.copies import Copies

log = logging.getLogger("hushflake.config")

# The share of a lease after which its values are asked for again: time enough to try twice.
LEASE_SHARE = 0.75
SHORTEST_LEASE = 1.0  # seconds; no answer makes us ask more often
LAST_TRY = 3  # calls of a source, each of `total_timeout` at most


class Gathering:
    """The sources of one configuration, in the order in which they are asked."""

    def __init__(self, settings: Settings, counters: Counters, sources: Sequence[Source]) -> None:
        self.settings = settings
        self.counters = counters
        self.sources = list(sources)
        self.copies = _copies(settings)

    def snapshot(self, before: Snapshot | None, *, jitter: float, everything: bool) -> Snapshot:
        """What all sources hold now.

        Args:
            before: The snapshot that this one takes the place of.
            jitter: The share of a time to live after which it counts as over.
            everything: Also ask those whose own time to live is not over.

        Raises:
            PolicyError: The mode forbids what was found.
        """
        return Snapshot([self._held(source, before, jitter, everything) for source in self.sources])

    def _held(
        self, source: Source, before: Snapshot | None, jitter: float, everything: bool
    ) -> Held:
        now = time.monotonic()
        if self.settings.offline and source.remote:
            return Held(source.name, None, now)
        old = before.source(source.name) if before else None
        if old is not None and not everything and _still_good(source, old, now, jitter):
            return old
        began = time.time()
        loaded, failure = asked(source)
        if failure is None:
            if self.copies is not None and loaded is not None:
                self.copies.keep(source, loaded, began)
            return Held(source.name, loaded, now)
        if isinstance(failure, PolicyError):
            raise failure
        return self._unreachable(source, failure, old, now)

    def _unreachable(
        self, source: Source, error: ConfigError, old: Held | None, now: float
    ) -> Held:
        known = old is not None
        if old is None or old.loaded is None or old.copied:
            old = self._recalled(source, error, now)
        if old is not None and old.loaded is not None:
            age = now - old.at
            if age < self._longest(old):
                kind = "last_known" if old.copied else "stale"
                self.counters.event(kind, source=source.name, age_seconds=round(age, 1))
                log.warning("%s; serving values that are %.0f seconds old", error, age)
                return old._replace(stale=True, error=None)
        self.counters.event("source_failed", source=source.name)
        if self.settings.mode == "development" and source.remote:
            if not known:
                log.warning("%s; going on without it, in development mode", error)
            return Held(source.name, None, now)
        return Held(source.name, None, now, error)

    def _recalled(self, source: Source, error: ConfigError, now: float) -> Held | None:
        """What a copy of an earlier process holds; None after a refusal, which is an answer."""
        away = isinstance(error, ConfigSourceError) and error.out_of_reach
        found = self.copies.recall(source) if self.copies is not None and away else None
        return Held(source.name, found.loaded, now - found.age, copied=True) if found else None

    def _longest(self, old: Held) -> float:
        """Seconds for which these values are served without an answer.

        Of a lease less than its life: a last try, which may take long, ends before it does.
        """
        if old.copied:
            return self.settings.last_known_seconds
        longest = self.settings.max_stale_seconds
        lease = old.loaded.expires_in if old.loaded is not None else None
        if lease is None:
            return longest
        return min(longest, lease - min(LAST_TRY * self.settings.total_timeout, lease / 8))

    def degraded(self, snapshot: Snapshot) -> bool:
        """Whether a source is served from its past, or not at all."""
        return any(
            held.error is not None
            or held.stale
            or (held.loaded is None and not self.settings.offline)
            for held in snapshot.held
        )

    def failures(self, snapshot: Snapshot, *, copied: bool) -> list[ConfigSourceError]:
        """One error for each source that does not answer, or answers from its past only.

        Args:
            copied: Also for those that a copy of last known values stands in for.
        """
        if self.settings.offline:
            return []
        return [
            ConfigSourceError(str(held.error or f"{held.name}: serving values from before"))
            for held in snapshot.held
            if held.error is not None or (held.stale and (copied or not held.copied))
        ]

    def refreshes(self) -> bool:
        """Whether any source is asked again in the background."""
        return not self.settings.offline and any(source.remote for source in self.sources)

    def earliest(self, snapshot: Snapshot, jitter: float) -> float:
        """The monotonic time at which a source wants to be asked for reasons of its own."""
        times = [float("inf")]
        for source in self.sources:
            held = snapshot.source(source.name)
            if not source.remote or held is None or held.loaded is None:
                continue
            if held.stale:
                times.append(held.at + self._longest(held))
            else:
                times += [held.at + life * jitter for life in _lives(source, held)]
        return min(times)


def _copies(settings: Settings) -> "Copies | None":
    if settings.last_known is None or settings.offline:
        return None
    from ..lastknown.copies import Copies

    return Copies(settings)


def _still_good(source: Source, old: Held, now: float, jitter: float) -> bool:
    """Whether a source has a time to live of its own, and it is not over."""
    if old.loaded is None or old.error is not None or old.stale or _own_life(source) is None:
        return False
    return all(now - old.at < life * jitter for life in _lives(source, old))


def _own_life(source: Source) -> float | None:
    seconds = getattr(source, "refresh_seconds", None)
    return float(seconds) if isinstance(seconds, int | float) else None


def _lives(source: Source, held: Held) -> list[float]:
    """Seconds after which an answer has to be asked for again."""
    lives = [] if (own := _own_life(source)) is None else [own]
    if held.loaded is not None and held.loaded.expires_in is not None:
        lives.append(max(held.loaded.expires_in * LEASE_SHARE, SHORTEST_LEASE))
    return lives
