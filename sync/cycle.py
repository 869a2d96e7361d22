"""One cycle: look at both sides, decide, do. Everything that writes stands behind a lock.

An idle cycle asks Notion two questions an entity and a half, and the account for metadata only.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from hushflake.deploy.errors import LockedError, LockLostError

from .cache import Cache, State
from .errors import BusyError, MappingError, SourceError
from .mapping import EntityMap
from .observe import Observer
from .options import FULL_EVERY, Options, Tell
from .ports import Account, Glance, Lease, Source
from .report import CycleReport, EntityReport
from .work import Work

_REQUESTS_A_PAGE = 4  # its content; the look right before its two writes, or its write and content
_SPARE = 10  # requests that are kept for what is not a page's: people, what others wait for
HISTORY: Final = 10_000

__all__ = ["FULL_EVERY", "Options", "Sync", "Tell"]


@dataclass
class Sync:
    """The sync of one stack. `cycle` may be called again and again.

    Attributes:
        store: For one thread; the lock talks through a session of its own.
        wall: The local clock, only for the beat of full reconciliations.
        afterwards: What else belongs to a cycle; it runs when the lock is given back.
        version: Of the state in the account, as far as this cycle knows it.
        valid: The version at which what is remembered on disk is as it is in the account.
        history: Transactions that stay noted before their notes are cut.
    """

    stack: str
    maps: Sequence[EntityMap]
    source: Source
    store: Account
    cache: Cache
    options: Options = field(default_factory=Options)
    wall: Callable[[], float] = time.time
    tell: Tell = lambda _entity, _done, _all: None
    afterwards: Callable[[CycleReport], None] = lambda _report: None
    version: int = -1
    valid: int = -1
    history: int = HISTORY
    _lease: Lease | None = None
    _held: bool = False
    _runs: list["_Run"] = field(default_factory=list)

    def cycle(self) -> CycleReport:
        """Run one cycle over all entities.

        Raises:
            NotSetUpError: `--init` has not run.
            BusyError: Another sync holds the lock.
            StatementError: The account refused a statement, or stayed out of reach.
        """
        began = time.monotonic()
        self.source.begin()
        report = CycleReport(self.stack, budget=self.source.budget)
        report.dry_run = self.options.dry_run
        glance = self.store.glance(self.maps)
        self.version = self.valid = glance.version
        self._runs = runs = []
        try:
            for of in self.maps:
                done = EntityReport(of.entity)
                report.entities.append(done)
                runs.append(_Run(self, of, done))
                runs[-1].try_run(glance)
                report.used_warehouse |= runs[-1].used_warehouse
                if done.ends_cycle:
                    break
            self._remember(runs)
        finally:
            self._release()
        if not self.options.dry_run:
            self.afterwards(report)
        report.requests = self.source.requests
        report.waited = self.source.waited
        report.seconds = time.monotonic() - began
        return report

    def _remember(self, runs: Sequence["_Run"]) -> None:
        """Remember the states at the version that this cycle brought about.

        What an entity wrote does not touch the state of another: all of them are valid, unless
        another sync wrote too.
        """
        if self.options.dry_run:
            return
        if self._held:
            self._confirm()
            if self.store.glance(self.maps).version != self.version:
                return
        for run in runs:
            with suppress(OSError):
                if run.state is not None:
                    run.state.version = self.version
                    self.cache.save(run.of.entity, run.state)
                elif run.seen is not None:
                    self._remember_seen(run.of.entity, run.seen)

    def _remember_seen(self, entity: str, seen: State) -> None:
        """Keep what a cycle that failed need not read again: else a small budget never suffices."""
        state = self.cache.load(entity)
        if state is not None and state.data_source == seen.data_source:
            state.settled, state.opened = seen.settled, seen.opened
            self.cache.save(entity, state)

    def close(self) -> None:
        """End the lock's session and the connections to Notion."""
        self._release()
        if self._lease is not None:
            self._lease.close()
            self._lease = None
        self.source.close()

    def take_lock(self) -> None:
        """Make sure that no other sync of this stack writes.

        Raises:
            BusyError: One does.
        """
        if self._held:
            self._confirm()
            return
        if self._lease is None:
            self._lease = self.store.lease(self.options.holder)
        try:
            self._lease.take()
        except LockedError:
            raise BusyError(
                f"another sync of stack {self.stack} is at work; this one changed nothing"
            ) from None
        self._held = True

    def look_again(self) -> Glance:
        """Return a glance under the lock; notes that have become too many are cut before."""
        glance = self.store.glance(self.maps)
        if glance.history <= self.history:
            return glance
        with self.store.transaction():
            self.store.trim()
            self._confirm(anew=True)
        return self.store.glance(self.maps)

    def found_changed(self, version: int) -> None:
        """Note that another sync wrote since this cycle began: what was remembered is old.

        So is what was seen of the entities that had their turn; those that follow are read anew.
        """
        self.version = self.valid = version
        for run in self._runs:
            run.state = None

    @contextmanager
    def changing(self, entity: str, what: str) -> Iterator[None]:
        """Change what is remembered of pairs: under the lock to the end, as a new version.

        Raises:
            BusyError: The lock is lost; nothing is changed.
        """
        with self.store.transaction():
            yield
            self.store.finish(entity, {"what": what})
            self._confirm(anew=True)
        self.version += 1

    def _confirm(self, *, anew: bool = False) -> None:
        if self._lease is None or not self._held:
            raise BusyError("this sync does not hold its lock: nothing was written")
        try:
            self._lease.confirm(anew=anew)
        except LockLostError:
            raise BusyError(
                "this sync lost its lock while it was at work (the account was out of reach for a "
                "minute, or the machine slept), and another one may have taken it: nothing more "
                "was written, and what was begun is in the log"
            ) from None

    def _release(self) -> None:
        if self._held and self._lease is not None:
            self._held = False
            self._lease.release()


class _Run:
    """One entity in one cycle."""

    def __init__(self, sync: Sync, of: EntityMap, report: EntityReport) -> None:
        self.sync = sync
        self.of = of
        self.report = report
        self.store = sync.store
        self.used_warehouse = False
        self._asked = False  # whether anybody asked for room in this cycle
        # What is to be remembered when the cycle ends; None: nothing is certain.
        self.state: State | None = None
        self.seen: State | None = None  # what was looked at, dealt with or not

    def try_run(self, glance: Glance) -> None:
        """Run, and let what fails be told: it ends this entity's cycle, and no other's."""
        try:
            self.run(glance)
        except (SourceError, MappingError) as error:
            self.report.failures.append(str(error))
            self.report.complete = False
            self.report.ends_cycle = isinstance(error, SourceError) and error.ends_cycle

    def run(self, glance: Glance) -> None:
        """Look, and deal with what is to be dealt with."""
        state = self.seen = self._state(self.sync.valid)
        observer = self._observer(state)
        stale = self.of.entity in glance.stale
        full = self._is_due(state) or stale
        self.report.full = full
        observed = observer.look(full=full)
        self.report.looked = observed.looked
        self.report.notes += [*observer.pages.notes, *observed.notes]
        if not (observed.dirty or full or glance.pending or self.of.entity in glance.changed):
            if observed.quiet and not observed.later:
                state.watermark = observed.newest
            if observed.later:
                self.report.leave(observer.new_ones(observed), self.sync.source.budget)
            self.state = state
            return
        self.used_warehouse = True
        if not self.sync.options.dry_run:
            self.sync.take_lock()
            version = self.sync.look_again().version
            if version != self.sync.version:
                # Another sync wrote in between, or the notes were cut.
                self.sync.found_changed(version)
                state = self.seen = self._read_state(version, state)
                observer = self._observer(state)
                observed = observer.look(full=full)
            if stale:
                self.store.renew_stream(self.of)
                self.sync.version += 1
            elif self.of.entity in glance.changed:
                self.store.drain(self.of)
        work = Work(self.sync, self.of, self.report, observer, observed, state, full=full)
        work.run(streamed=self.of.entity in glance.changed)
        self.state = state

    def _state(self, version: int) -> State:
        state = self.sync.cache.load(self.of.entity)
        if state is not None and (state.version, state.data_source) == (
            version,
            self.of.data_source,
        ):
            return state
        return self._read_state(version, state)

    def _read_state(self, version: int, before: State | None) -> State:
        self.used_warehouse = True
        cursor = self.store.cursor(self.of.entity)
        state = State(version, self.of.data_source)
        if cursor is not None and cursor.data_source == self.of.data_source:
            state.watermark = cursor.watermark
            state.properties = dict(cursor.properties)
            state.full_at = cursor.full_at
        state.take(self.store.known(self.of.entity))
        if before is not None and before.data_source == self.of.data_source:
            # What was read to the end says for itself what it was read for.
            state.settled, state.opened = before.settled, before.opened
        return state

    def _observer(self, state: State) -> Observer:
        pages = self.sync.source.open(self.of, state.properties)
        state.properties = dict(pages.properties)
        return Observer(self.of, pages, state, self._room)

    def _room(self) -> int | None:
        """How many contents may be read: a new page costs three requests more."""
        source, dry = self.sync.source, self.sync.options.dry_run
        if source.budget is None or dry:
            return None
        left = max(0, source.budget - source.requests)
        spare = max(0, left - _SPARE) // _REQUESTS_A_PAGE
        first, self._asked = not self._asked, True
        return spare or int(first and left > 0)

    def _is_due(self, state: State) -> bool:
        options = self.sync.options
        age = self.sync.wall() - state.full_at
        return options.full or not state.full_at or age < 0 or age >= options.full_every
