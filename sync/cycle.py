"""One cycle: look at both sides, decide, do. Everything that writes stands behind a lock.

An idle cycle asks Notion two questions an entity and a half, and the account for metadata only.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hushflake.deploy.errors import LockedError
from hushflake.deploy.lock import Lock
from hushflake.deploy.session import Session

from .account.rows import Rows
from .account.store import Known, Operation, Store, chunks
from .account.tables import Glance
from .brake import brake
from .cache import Cache, State
from .decide import decide
from .errors import BusyError, MappingError, NotionError
from .execute import CHUNK, Executor
from .mapping import EntityMap
from .notion.api import NotionApi
from .notion.pages import Reader
from .notion.source import bind
from .observe import Observed, Observer
from .pairing import identify
from .report import CycleReport, EntityReport, lines_of
from .types import Decision, Link, Lookup, Page, Refused, Row, Value, content_hash

FULL_EVERY = 6 * 3600.0  # seconds: everything is compared, whatever was said to have changed
_ROUNDS = 3
Tell = Callable[[str, int, int], None]
"""Told of progress: (entity, decisions carried out, decisions)."""


@dataclass
class Options:
    """What a caller may ask of a cycle.

    Attributes:
        full: Compare everything now.
        full_every: Seconds after which everything is compared anyway.
        allow_deletes: Lift the brake on mass deletion.
    """

    dry_run: bool = False
    full: bool = False
    full_every: float = FULL_EVERY
    allow_deletes: bool = False
    holder: str = "sync"


@dataclass
class Sync:
    """The sync of one stack. `cycle` may be called again and again.

    Attributes:
        session: For one thread; the lock talks through one of its own.
        wall: The local clock, only for the beat of full reconciliations.
        version: Of the state in the account, as far as this cycle knows it.
    """

    stack: str
    maps: Sequence[EntityMap]
    api: NotionApi
    store: Store
    cache: Cache
    options: Options = field(default_factory=Options)
    wall: Callable[[], float] = time.time
    tell: Tell = lambda _entity, _done, _all: None
    version: int = -1
    _lock: Lock | None = None
    _lock_session: Session | None = None

    def cycle(self) -> CycleReport:
        """Run one cycle over all entities.

        Raises:
            NotSetUpError: `--init` has not run.
            BusyError: Another sync holds the lock.
            StatementError: The account refused a statement, or stayed out of reach.
        """
        began = time.monotonic()
        self.api.patience.begin()
        report = CycleReport(self.stack, budget=self.api.patience.budget)
        report.dry_run = self.options.dry_run
        glance = self.store.tables.glance(self.maps)
        self.version = glance.version
        runs: list[_Run] = []
        try:
            for of in self.maps:
                done = EntityReport(of.entity)
                report.entities.append(done)
                runs.append(_Run(self, of, done))
                try:
                    runs[-1].run(glance)
                except (NotionError, MappingError) as error:
                    done.failures.append(str(error))
                    done.complete = False
                report.used_warehouse |= runs[-1].used_warehouse
            self._remember(runs)
        finally:
            self._release()
        report.requests = self.api.patience.made
        report.waited = self.api.patience.waited
        report.seconds = time.monotonic() - began
        return report

    def _remember(self, runs: Sequence["_Run"]) -> None:
        """Remember the states at the version that this cycle brought about.

        What an entity wrote does not touch the state of another: all of them are valid, unless
        another sync wrote too.
        """
        if self.options.dry_run:
            return
        if self._lock is not None:
            self._lock.confirm()
            if self.store.tables.glance(self.maps).version != self.version:
                return
        for run in runs:
            if run.state is not None:
                run.state.version = self.version
                with suppress(OSError):
                    self.cache.save(run.of.entity, run.state)

    def close(self) -> None:
        """End the lock's session and the connections to Notion."""
        self._release()
        if self._lock_session is not None:
            self._lock_session.close()
            self._lock_session = None
        self.api.close()

    def take_lock(self) -> None:
        """Make sure that no other sync of this stack writes.

        Raises:
            BusyError: One does.
        """
        if self._lock is not None:
            self._lock.confirm()
            return
        if self._lock_session is None:
            self._lock_session = self.store.session.fork()
        lock = Lock(self._lock_session, self.store.tables.name("LOCK"), self.options.holder)
        try:
            lock.take()
        except LockedError:
            raise BusyError(
                f"another sync of stack {self.stack} is at work; this one changed nothing"
            ) from None
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            lock, self._lock = self._lock, None
            lock.release()


class _Run:
    """One entity in one cycle."""

    def __init__(self, sync: Sync, of: EntityMap, report: EntityReport) -> None:
        self.sync = sync
        self.of = of
        self.report = report
        self.store = sync.store
        self.rows = Rows(of, sync.store.session)
        self.used_warehouse = False
        # What is to be remembered when the cycle ends; None: nothing is certain.
        self.state: State | None = None

    def run(self, glance: Glance) -> None:
        """Look, and deal with what is to be dealt with."""
        state = self._state(glance.version)
        observer = self._observer(state)
        stale = self.of.entity in glance.stale
        full = self._is_due(state) or stale
        self.report.full = full
        observed = observer.look(full=full)
        self.report.looked = observed.looked
        self.report.notes += observed.notes
        if not (observed.dirty or full or glance.pending or self.of.entity in glance.changed):
            if observed.quiet:
                state.watermark = observed.newest
            self.state = state
            return
        self.used_warehouse = True
        if not self.sync.options.dry_run:
            self.sync.take_lock()
            version = self.store.tables.glance(self.sync.maps).version
            if version != self.sync.version:
                # Another sync wrote in between: what was remembered, and seen against it, is old.
                self.sync.version = version
                state = self._read_state(version)
                observer = self._observer(state)
                observed = observer.look(full=full)
            if stale:
                self.store.tables.create_stream(self.of, again=True)
            elif self.of.entity in glance.changed:
                self.store.drain(self.of)
        work = _Work(self, observer, observed, state, full=full)
        work.run(streamed=self.of.entity in glance.changed)
        self.state = state

    def _state(self, version: int) -> State:
        state = self.sync.cache.load(self.of.entity)
        if state is not None and (state.version, state.data_source) == (
            version,
            self.of.data_source,
        ):
            return state
        found = self._read_state(version)
        if state is not None and state.data_source == self.of.data_source:
            found.settled = state.settled
        return found

    def _read_state(self, version: int) -> State:
        self.used_warehouse = True
        cursor = self.store.cursor(self.of.entity)
        state = State(version, self.of.data_source)
        if cursor is not None and cursor.data_source == self.of.data_source:
            state.watermark = cursor.watermark
            state.properties = dict(cursor.properties)
            state.full_at = cursor.full_at.timestamp() if cursor.full_at else 0.0
        state.take(self.store.known(self.of.entity))
        return state

    def _observer(self, state: State) -> Observer:
        source = self.sync.api.data_source(self.of.data_source)
        binding = bind(self.of, source, state.properties)
        self.report.notes += [note for note in binding.renamed if note not in self.report.notes]
        state.properties = dict(binding.ids)
        return Observer(Reader(self.of, binding, self.sync.api), state)

    def _is_due(self, state: State) -> bool:
        options = self.sync.options
        age = self.sync.wall() - state.full_at
        return options.full or not state.full_at or age < 0 or age >= options.full_every


class _Work:
    """The part of a run that is not idle."""

    def __init__(
        self, run: _Run, observer: Observer, observed: Observed, state: State, *, full: bool
    ) -> None:
        self._run = run
        self._sync = run.sync
        self._of = run.of
        self._report = run.report
        self._store = run.store
        self._rows = run.rows
        self._observer = observer
        self._observed = observed
        self._state = state
        self._full = full
        self._links: dict[str, Link] = {}
        self._pages: dict[str, Page] = {}
        self._lookup = Lookup()
        self._conflicts: dict[str, None] = {}

    def run(self, *, streamed: bool) -> None:
        """Decide on every pair that is not as it was left, and do it."""
        dry = self._sync.options.dry_run
        changed = self._store.changes(self._of.entity)
        if dry and streamed:
            changed |= self._store.streamed(self._of)
        operations = self._store.operations(self._of.entity)
        all_rows = self._rows.read() if self._full else None
        keys = self._keys(changed, operations, all_rows)
        rows = all_rows if all_rows is not None else self._rows.read(keys)
        self._links |= self._store.links(self._of.entity, keys)
        self._recover(operations)
        self._lookup = self._look_up()
        decisions = self._decide(keys, rows)
        if dry:
            self._plan(decisions)
            return
        left = self._carry_out(decisions, rows)
        idle = {d.sync_id for d in decisions if not d.writes and not d.conflicts}
        self._finish(changed, keys, idle, left)

    def _keys(
        self,
        changed: set[str],
        operations: Iterable[Operation],
        all_rows: Mapping[str, Row] | None,
    ) -> set[str]:
        """Return the pairs to look at; ties pages without a link to their keys."""
        linked = {item.page_id: item.sync_id for item in self._state.links.values() if item.page_id}
        dirty = self._observed.dirty
        self._pages = {linked[page.id]: page for page in dirty.values() if page.id in linked}
        begun = {operation.sync_id for operation in operations}
        recovered = {key for key in begun if key not in self._state.keys}
        fresh = [
            page
            for page in dirty.values()
            # A page that we created and did not note is found again by `_recover`.
            if page.id not in linked and page.sync_id not in recovered
        ]
        found, without = identify(self._of, fresh, self._state.keys)
        self._pages |= found
        for page, reason in without:
            self._report.waiting[page.id] = reason
        keys = changed | begun | set(self._pages)
        if all_rows is not None:
            keys |= self._not_as_left(all_rows)
        return keys

    def _not_as_left(self, rows: Mapping[str, Row]) -> set[str]:
        known = {item.sync_id: item for item in self._state.links.values()}
        found = {
            key
            for key, row in rows.items()
            if key not in known or known[key].row_hash != content_hash(row.values)
            or known[key].state == "deleted"
        }  # fmt: skip
        found |= {key for key, item in known.items() if item.state != "deleted" and key not in rows}
        return found | {key for key, item in known.items() if item.waiting}

    def _recover(self, operations: Iterable[Operation]) -> None:
        """Look at what came of the writes of a cycle that died.

        What is found as it was meant to be counts as agreed upon; what is not is decided anew.
        """
        for operation in operations:
            key = operation.sync_id
            link = self._links.get(key)
            if link is None and operation.action == "create":
                page = self._created(key)
            elif operation.page_id:
                page = self._observer.fresh(operation.page_id)
            else:
                continue
            if page is None:
                continue
            self._pages[key] = page
            if link is None and operation.action != "create":
                # A new page that was about to become a row: it still is.
                continue
            before = link or Link(key, page.id, {}, {})
            row, values = dict(before.row), dict(before.page)
            for item in self._of.fields:
                wanted = operation.wanted.get(item.column)
                if item.column in operation.wanted and page.values.get(item.column) == wanted:
                    crossed = item.inward(wanted, self._lookup)
                    values[item.column] = wanted
                    row[item.column] = None if isinstance(crossed, Refused) else crossed
            self._links[key] = replace(before, row=row, page=values)

    def _created(self, key: str) -> Page | None:
        """Return the page that carries a sync id, if there is one: the oldest."""
        reader = self._observer.reader
        name = reader.binding.names[self._of.sync_id]
        wanted = {"property": name, "rich_text": {"equals": key}}
        answer = self._sync.api.query(self._of.data_source, filter=wanted)
        pages = [reader.page(item) for item in answer["results"]]
        taken = {item.page_id for item in self._state.links.values()}
        pages = [page for page in pages if page.id not in taken]
        if not pages:
            return None
        return reader.with_body(min(pages, key=lambda page: (page.created, page.id)), None)

    def _look_up(self) -> Lookup:
        related = {item.entity for item in self._of.fields if item.kind == "relation"}
        pages = self._store.pages(related) if related else {}
        kinds = {item.kind for item in self._of.fields}
        people = kinds & {"people", "created_by", "last_edited_by"}
        addresses = self._sync.api.users() if people else {}
        return Lookup(
            keys={page: key for found in pages.values() for key, page in found.items()},
            pages=pages,
            addresses=addresses,
            users={address: user for user, address in addresses.items()},
        )

    def _decide(self, keys: Iterable[str], rows: Mapping[str, Row]) -> list[Decision]:
        decisions = [self._one(key, self._pages.get(key), rows.get(key)) for key in sorted(keys)]
        for item in decisions:
            if item.waits:
                page = self._pages.get(item.sync_id)
                self._report.waiting[page.id if page else item.sync_id] = item.waits
        decisions = [item for item in decisions if not item.waits]
        braked = brake(
            decisions,
            self._state.living,
            self._of.brake,
            allow=self._sync.options.allow_deletes,
        )
        self._report.held = [item.sync_id for item in braked.held]
        return list(braked.go)

    def _one(self, key: str, page: Page | None, row: Row | None) -> Decision:
        link = self._links.get(key)
        if page is not None and page.bare and link is not None:
            body: dict[str, Value] = {self._of.body_column: link.page.get(self._of.body_column)}
            page = replace(page, values={**page.values, **body}, bare=False)
        return decide(self._of, self._lookup, key, link, page, row)

    def _plan(self, decisions: Iterable[Decision]) -> None:
        for item in decisions:
            self._report.planned += lines_of(item)
            self._report.conflicts += item.conflicts

    def _carry_out(self, decisions: Sequence[Decision], rows: Mapping[str, Row]) -> set[str]:
        """Return the sync ids that are left for the next cycle."""
        executor = Executor(self._observer, self._store, self._rows)
        todo = [item for item in decisions if self._matters(item)]
        left: set[str] = set()
        finished: set[str] = set()
        done, total = 0, len(todo)
        for number in range(_ROUNDS):
            again: list[Decision] = []
            for part in chunks(todo, CHUNK):
                self._sync.take_lock()
                out = executor.run(part, self._links)
                self._note(out.done, out.counts)
                for item in part:
                    self._report.conflicts += [c for c in item.conflicts if self._is_new(c.id)]
                left |= out.left
                done += len(part)
                self._sync.tell(self._of.entity, min(done, total), total)
                finished |= {item.sync_id for item in part} - out.left - set(out.moved)
                if out.fault is not None:
                    self._report.failures.append(str(out.fault))
                    return left | {d.sync_id for d in todo} - finished
                again += [self._one(key, page, rows.get(key)) for key, page in out.moved.items()]
            todo = [item for item in again if self._matters(item)]
            if number + 1 < _ROUNDS and not todo:
                todo = self._came_free()
            if not todo:
                return left
        return left | {item.sync_id for item in todo}

    def _came_free(self) -> list[Decision]:
        """Decide again on pairs that waited for a page that this cycle made."""
        waiting = [link for link in self._links.values() if link.open and link.state == "live"]
        if not waiting:
            return []
        self._lookup = self._look_up()
        now = self._rows.read([link.sync_id for link in waiting])
        again = [self._one(link.sync_id, None, now.get(link.sync_id)) for link in waiting]
        return [item for item in again if item.writes]

    def _matters(self, item: Decision) -> bool:
        return (
            item.writes
            or bool(item.conflicts)
            or (item.link is not None and item.link != self._links.get(item.sync_id))
        )

    def _is_new(self, conflict: str) -> bool:
        fresh = conflict not in self._conflicts
        self._conflicts[conflict] = None
        return fresh

    def _note(self, links: Iterable[Link], counts: Mapping[str, int]) -> None:
        self._report.counts.update(counts)
        for link in links:
            self._links[link.sync_id] = link
            self._state.links[link.page_id] = Known.of(link, self._of.body_column)
            # Ours is the last edit of its minute so far: another one may follow in it.
            self._state.settled.pop(link.page_id, None)

    def _finish(self, changed: set[str], keys: set[str], idle: set[str], left: set[str]) -> None:
        """Forget what is dealt with, and let the cycle be known when it wrote something."""
        report, state, entity = self._report, self._state, self._of.entity
        waiting = set(report.held) | left
        report.complete = not waiting
        before = (state.watermark, state.full_at)
        if self._observed.quiet and not left:
            state.watermark = self._observed.newest
        if self._full and not left:
            state.full_at = self._sync.wall()
        settled, kept = (idle & changed) - waiting, (left & keys) - changed
        wrote = bool(report.counts or report.conflicts or settled or kept)
        if not wrote and before == (state.watermark, state.full_at):
            return
        with self._store.session.transaction():
            if settled:
                self._store.settle(entity, settled)
            self._store.keep(entity, kept)
            self._store.put_cursor(
                entity,
                self._of.data_source,
                state.watermark,
                state.properties,
                full=self._full and not left,
            )
            self._store.finish(entity, {"counts": dict(report.counts)})
        self._sync.version += 1
        self._absorb()

    def _absorb(self) -> None:
        """Take the echo of our own writes out of the stream, so that the next cycle can be idle."""
        if not any(name.startswith("rows") for name in self._report.counts) and not any(
            "pages created" in name for name in self._report.counts
        ):
            return
        self._store.drain(self._of)
        changed = self._store.changes(self._of.entity)
        rows = self._rows.read(changed)
        known = {item.sync_id: item for item in self._state.links.values()}
        ours = {
            key
            for key in changed
            if (item := known.get(key)) is not None
            and (
                item.state == "deleted"
                if key not in rows
                else item.state == "live" and item.row_hash == content_hash(rows[key].values)
            )
        }
        self._store.settle(self._of.entity, ours - set(self._report.held))
