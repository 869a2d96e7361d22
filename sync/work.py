"""The part of a cycle that has something to do with one entity: decide, do, note."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from .account.rows import Rows
from .account.store import Known, Operation, Store, chunks
from .brake import brake
from .cache import State
from .decide import decide
from .execute import CHUNK, Executor
from .mapping import EntityMap
from .notion.api import NotionApi
from .observe import Observed, Observer, unsettled
from .options import Options, Tell
from .pairing import identify
from .report import EntityReport, lines_of
from .types import Decision, Link, Lookup, Page, Refused, Row, Value, content_hash

_ROUNDS = 3


class Means(Protocol):
    """What the work on an entity needs of the sync that it is done for.

    Attributes:
        version: Of the state in the account; work that writes raises it.
    """

    api: NotionApi
    store: Store
    options: Options
    version: int

    @property
    def wall(self) -> Callable[[], float]:
        """The local clock, only for the beat of full reconciliations."""

    @property
    def tell(self) -> Tell:
        """Whom to tell of progress."""

    def take_lock(self) -> None:
        """Make sure that no other sync of the stack writes.

        Raises:
            BusyError: One does.
        """


class Work:
    """The part of a run that is not idle."""

    def __init__(
        self,
        sync: Means,
        of: EntityMap,
        report: EntityReport,
        observer: Observer,
        observed: Observed,
        state: State,
        *,
        full: bool,
    ) -> None:
        self._sync = sync
        self._of = of
        self._report = report
        self._store = sync.store
        self._rows = Rows(of, sync.store.session)
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
        executor = Executor(self._observer, self._store, self._rows, self._sync.take_lock)
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
            unsettled(self._state, [link.page_id])

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
