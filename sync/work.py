"""The part of a cycle that has something to do with one entity: decide, do, note."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Protocol

from .brake import brake
from .cache import State
from .decide import decide
from .errors import SourceError
from .execute import CHUNK, Executor
from .mapping import EntityMap
from .observe import Observed, Observer, unsettled
from .options import Options, Tell
from .pairing import identify
from .ports import Account, Cursor, Known, Source
from .recover import Recovery
from .report import EntityReport, lines_of
from .types import Decision, Link, Lookup, Page, Row, Spelling, Value, content_hash

_ROUNDS = 3


class Means(Protocol):
    """What the work on an entity needs of the sync that it is done for."""

    source: Source
    store: Account
    options: Options

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

    def changing(self, entity: str, what: str) -> AbstractContextManager[Any]:
        """Return a transaction that changes what is remembered of pairs.

        It ends only under the lock, and raises the version of the state.
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
        self._rows = sync.store.rows(of)
        self._observer = observer
        self._observed = observed
        self._state = state
        self._full = full
        self._links: dict[str, Link] = {}
        self._pages: dict[str, Page] = {}
        self._lookup = Lookup()
        self._conflicts: dict[str, None] = {}
        self._reserved: dict[str, str] = {}  # page id -> key, of pages that are looked at later
        self._done = 0
        self._deletions = 0
        self._gone: set[str] = set()  # keys without a row, of pages that are looked at later
        self._marked: set[str] = set()  # what CHANGES has, as far as this cycle knows
        self._wrote: set[str] = set()  # rows that are as this cycle left them

    def run(self, *, streamed: bool) -> None:
        """Decide on every pair that is not as it was left, and do it."""
        dry = self._sync.options.dry_run
        changed = self._store.changes(self._of.entity)
        if dry and streamed:
            changed |= self._store.streamed(self._of)
        self._lookup = self._look_up()
        begun = self._recover(dry=dry)
        all_rows = self._rows.read() if self._full else None
        keys = changed | begun | self._tie()
        if all_rows is not None:
            keys |= self._not_as_left(all_rows)
        rows = dict(all_rows) if all_rows is not None else self._rows.read(keys)
        waiting = keys & self._later()
        self._gone = {key for key in waiting if key not in rows}
        keys -= waiting
        self._marked = changed | begun
        left = self._part(keys, rows, dry=dry)
        goes_on = bool(self._observed.later)
        while goes_on:
            goes_on = self._look_on()
            part = (self._tie() | (waiting - self._later())) - keys
            self._gone -= part
            rows |= self._rows.read(part)
            left |= self._part(part, rows, dry=dry)
            keys |= part
        if not dry:
            self._finish(keys, rows, left | self._later())

    def _part(self, keys: set[str], rows: Mapping[str, Row], *, dry: bool) -> set[str]:
        """Deal with some pairs; return those that are left for the next cycle."""
        there = self._store.links(self._of.entity, keys)
        self._links = {**there, **self._links}
        decisions = self._decide(keys, rows)
        if dry:
            self._plan(decisions)
            return set()
        return self._carry_out(decisions, rows)

    def _look_on(self) -> bool:
        """Look at the next pages; return whether there may be others after them."""
        observed = self._observed
        observed.dirty, observed.parked = {}, {}
        if self._report.failures:
            return False
        before = len(observed.later)
        try:
            self._observer.more(observed)
        except SourceError as error:
            # What was done is done; the others are looked at by the next cycle.
            self._report.failures.append(str(error))
            self._report.ends_cycle = error.ends_cycle
            observed.later |= {**observed.dirty, **observed.parked}
            observed.dirty, observed.parked = {}, {}
            return False
        return 0 < len(observed.later) < before

    def _later(self) -> set[str]:
        """Return the keys of pages that are yet to be looked at: their rows wait for them.

        Those of the log's pages were looked at already.
        """
        known = self._state.links
        later = self._observed.later
        linked = {known[page].sync_id for page in later if page in known}
        linked |= {key for page, key in self._reserved.items() if page in later}
        return linked - set(self._pages)

    def _recover(self, *, dry: bool) -> set[str]:
        """Look at what came of the writes of a cycle that died; return the pairs.

        What was observed is kept before anything new is decided, and with it the log is empty.
        """
        operations = self._store.operations(self._of.entity)
        if not operations:
            return set()
        keys = {operation.sync_id for operation in operations}
        self._links = self._store.links(self._of.entity, keys)
        found = Recovery(self._observer, self._observed, self._lookup).look(operations, self._links)
        self._pages |= found.pages
        self._links |= found.links
        if not dry:
            with self._sync.changing(self._of.entity, "recovered"):
                self._store.put_links(self._of, list(found.links.values()))
                self._store.end(self._of.entity, keys)
                self._store.keep(self._of.entity, keys)
            for link in found.links.values():
                self._state.links[link.page_id] = Known.of(link, self._of.body_column)
        return keys

    def _tie(self) -> set[str]:
        """Tie the pages that were seen to their pairs, and return these.

        A page that is tied to nothing yet finds its key here, unless it is the one that an entry of
        the log has found already.
        """
        linked = {item.page_id: item.sync_id for item in self._state.links.values() if item.page_id}
        linked |= self._reserved | {page.id: key for key, page in self._pages.items()}
        later = self._observed.later
        dirty = {**self._observed.dirty, **self._observed.parked}
        fresh = [page for page in {**later, **dirty}.values() if page.id not in linked]
        seen = {linked[page.id]: page for page in dirty.values() if page.id in linked}
        self._pages = {**seen, **self._pages}
        # A pair that the log has found a page for is taken by it.
        taken = {**{key: page.id for key, page in self._pages.items()}, **self._state.keys}
        taken |= {key: page for page, key in self._reserved.items()}
        found, without = identify(self._of, fresh, taken)
        self._reserved |= {page.id: key for key, page in found.items() if page.id in later}
        self._pages |= {key: page for key, page in found.items() if page.id not in later}
        for page, reason in without:
            if page.id not in later:
                self._wait(page, page.id, reason)
        return set(self._pages)

    def _wait(self, page: Page | None, name: str, reason: str) -> None:
        """Note that a pair waits for an editor; its page makes no work until one edits it."""
        self._report.waiting[page.id if page is not None else name] = reason
        if page is not None:
            self._observer.park(page)

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

    def _look_up(self) -> Lookup:
        related = {item.entity for item in self._of.fields if item.kind == "relation"}
        pages = self._store.pages(related) if related else {}
        kinds = {item.kind for item in self._of.fields}
        needs_people = bool(kinds & {"people", "created_by", "last_edited_by"})
        addresses = self._sync.source.people() if needs_people else {}
        if addresses is None:
            note = "the connection may not list users: fields of people wait until it may"
            self._report.notes += [note] if note not in self._report.notes else []
        known = addresses or {}
        return Lookup(
            keys={page: key for found in pages.values() for key, page in found.items()},
            pages=pages,
            addresses=known,
            users={address: user for user, address in known.items()},
            knows_people=addresses is not None,
        )

    def _decide(self, keys: Iterable[str], rows: Mapping[str, Row]) -> list[Decision]:
        decisions = [self._one(key, self._pages.get(key), rows.get(key)) for key in sorted(keys)]
        for item in decisions:
            if item.waits:
                self._wait(self._pages.get(item.sync_id), item.sync_id, item.waits)
        decisions = [item for item in decisions if not item.waits]
        braked = brake(
            decisions,
            self._state.living,
            self._of.brake,
            allow=self._sync.options.allow_deletes,
            others=self._deletions + len(self._gone),
        )
        self._deletions += sum(item.deletes for item in decisions)
        self._report.held += [item.sync_id for item in braked.held]
        return list(braked.go)

    def _one(self, key: str, page: Page | None, row: Row | None) -> Decision:
        link = self._links.get(key)
        if page is not None and page.bare and link is not None:
            body: dict[str, Value] = {self._of.body_column: link.page.get(self._of.body_column)}
            page = replace(page, values={**page.values, **body}, bare=False, spelling=link.spelling)
        found = decide(self._of, self._lookup, key, link, page, row)
        spelling = page.spelling if page is not None and not page.bare else self._agreed(link)
        newest = self._of.spelling
        if page is not None and spelling != newest and self._goes_inward(found):
            # An editor changed the content: the row gets it in the version that is wanted now.
            again = self._observer.with_body(page, newest)
            if not again.bare:
                found = decide(self._of, self._lookup, key, link, again, row)
                spelling = newest
        return _spelled(found, spelling)

    def _agreed(self, link: Link | None) -> Spelling:
        return self._of.spelling if link is None or not link.page_id else link.spelling

    def _goes_inward(self, found: Decision) -> bool:
        return found.row is not None and self._of.body_column in found.row.values

    def _again(self, key: str, page: Page, row: Row | None) -> Decision:
        """Decide again on a page that moved while it was its turn."""
        self._pages[key] = page
        found = self._one(key, page, row)
        if found.waits:
            self._wait(page, key, found.waits)
        return found

    def _plan(self, decisions: Iterable[Decision]) -> None:
        for item in decisions:
            self._report.planned += lines_of(item)
            self._report.conflicts += item.conflicts

    def _carry_out(self, decisions: Sequence[Decision], rows: Mapping[str, Row]) -> set[str]:
        """Return the sync ids that are left for the next cycle."""
        executor = Executor(
            self._observer,
            self._store,
            self._rows,
            self._sync.take_lock,
            lambda what: self._sync.changing(self._of.entity, what),
            self._marked,
        )
        todo = [item for item in decisions if self._matters(item)]
        left: set[str] = set()
        finished: set[str] = set()
        total = self._done + len(todo) + self._observer.new_ones(self._observed)
        for number in range(_ROUNDS):
            again: list[Decision] = []
            for part in chunks(todo, CHUNK):
                self._sync.take_lock()
                out = executor.run(part, self._links)
                self._note(out.done, out.counts)
                self._wrote |= out.wrote
                told = [c for item in part for c in item.conflicts] + out.recorded
                self._report.conflicts += [c for c in told if self._is_new(c.id)]
                for key, why in out.parked.items():
                    self._wait(self._pages.get(key), key, why)
                left |= out.left
                self._done += len(part)
                self._sync.tell(self._of.entity, min(self._done, total), total)
                finished |= {item.sync_id for item in part} - out.left - set(out.moved)
                if out.fault is not None:
                    self._report.failures.append(str(out.fault))
                    self._report.ends_cycle = out.fault.ends_cycle
                    return left | {d.sync_id for d in todo} - finished
                again += [self._again(key, page, rows.get(key)) for key, page in out.moved.items()]
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

    def _finish(self, keys: set[str], rows: Mapping[str, Row], left: set[str]) -> None:
        """Forget what is dealt with, and let the cycle be known when it wrote something.

        Every pair that was looked at is dealt with, apart from those that are left or held back:
        what is decided about the others is done, or is nothing, or waits for an edit, which will
        be seen.
        """
        report, state, entity = self._report, self._state, self._of.entity
        waiting = set(report.held) | left
        report.complete = not waiting
        if self._observed.later:
            new = self._observer.new_ones(self._observed)
            report.leave(new, self._sync.source.budget)
        report.later += sum(key not in self._links for key in left - self._later())
        before = (state.watermark, state.full_at)
        whole = not (left or self._observed.later)
        if self._observed.quiet and whole:
            state.watermark = self._observed.newest
        if self._full and whole:
            state.full_at = self._sync.wall()
        worked = bool(report.counts or report.conflicts or self._marked or left & keys)
        if not worked and before == (state.watermark, state.full_at):
            return
        marked, seen = self._look_again(keys, rows) if worked else (set(), keys)
        cursor = Cursor(self._of.data_source, state.watermark, state.properties)
        with self._sync.changing(entity, "finished"):
            self._store.settle(entity, (marked & seen) - waiting)
            self._store.keep(entity, (keys & left | keys - seen) - marked)
            self._store.put_cursor(entity, cursor, full=self._full and whole)

    def _look_again(self, keys: set[str], rows: Mapping[str, Row]) -> tuple[set[str], set[str]]:
        """Move the stream once more; return what CHANGES has then, and which rows are as left.

        It takes the echo of our own writes out of the stream, so that the next cycle is idle. And a
        row that came since the stream was moved, and goes before it is moved again, is reported by
        no stream: only a row that is seen after it is dealt with.
        """
        self._store.drain(self._of)
        marked = self._store.changes(self._of.entity)
        now = self._rows.read(marked | keys)
        known = {item.sync_id: item for item in self._state.links.values()}
        seen = set()
        for key in marked | keys:
            row, item = now.get(key), known.get(key)
            if key in keys - self._wrote:
                same = _values(row) == _values(rows.get(key))
            elif row is None:
                same = item is not None and item.state == "deleted"
            else:
                same = (
                    item is not None
                    and item.state == "live"
                    and item.row_hash == content_hash(row.values)
                )
            if same:
                seen.add(key)
        return marked, seen


def _values(row: Row | None) -> Mapping[str, Value] | None:
    return row.values if row is not None else None


def _spelled(found: Decision, spelling: Spelling) -> Decision:
    """Say in which version of Markdown the content of a decision is."""
    link, page = found.link, found.page
    return replace(
        found,
        link=None if link is None else replace(link, spelling=spelling),
        page=None if page is None else replace(page, spelling=spelling),
    )


def chunks(items: Sequence[Decision], size: int) -> Iterator[Sequence[Decision]]:
    """Yield items in groups of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
