"""Doing what was decided: pages first, one by one, then rows and links in one transaction.

Before the first page is written the log says what is about to be done, and every edit that is
overruled is in the table of conflicts. A crash leaves the log; the next cycle looks at what came of
it. A page is read right before it is written: what an editor changed since is decided upon anew.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from hushflake.deploy.errors import StatementError

from .errors import SourceError
from .observe import Observer
from .ports import Account, RowTable
from .types import Conflict, Decision, Link, Page, Row, RowWrite
from .write import MovedError, PageWriter, Written

CHUNK = 100


@dataclass
class Outcome:
    """What came of the decisions of one chunk.

    Attributes:
        done: Their links as they are now in the account.
        moved: Pages that were not any more as they had been decided upon.
        left: Sync ids that have to be looked at again.
        wrote: Sync ids of rows that are now as they were meant to be.
        conflicts: More of them, found while writing; `recorded`: those that are in the account.
        parked: Sync ids of pages whose row the table does not take.
        fault: Why the chunk was not carried out to its end.
    """

    done: list[Link] = field(default_factory=list)
    moved: dict[str, Page] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    wrote: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)
    recorded: list[Conflict] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    parked: dict[str, str] = field(default_factory=dict)
    fault: SourceError | None = None

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


@dataclass
class Executor:
    """Carries out decisions of one entity.

    Attributes:
        confirm: Raises when the lock is lost.
        changing: A transaction that ends only under the lock, and raises the version.
        marked: Sync ids that CHANGES has. What was carried out stays there until the end of the
            cycle: a row that comes and goes between two moves of a stream is reported by none.
    """

    observer: Observer
    store: Account
    rows: RowTable
    confirm: Callable[[], None]
    changing: Callable[[str], AbstractContextManager[Any]]
    marked: set[str]

    def run(self, decisions: Sequence[Decision], links: Mapping[str, Link]) -> Outcome:
        """Carry out a chunk.

        Args:
            links: How the pairs were before.

        Raises:
            StatementError: The account stayed out of reach.
            BusyError: The lock is lost; the log says what was done to pages.
        """
        self.store.begin(self.observer.of.entity, decisions)
        out = Outcome()
        writer = PageWriter(self.observer, self.confirm)
        written: list[tuple[Decision, Page | None]] = []
        for number, decision in enumerate(decisions):
            try:
                done = writer.write(decision, links.get(decision.sync_id))
            except MovedError as moved:
                out.moved[decision.sync_id] = moved.page
            except SourceError as error:
                if not error.refuses_value:
                    # What was written is kept; the others are as they were.
                    out.fault = error
                    out.left |= {item.sync_id for item in decisions[number:]}
                    break
                written.append(self._refused(decision, error, links, out))
            else:
                written.append(self._settled(decision, done, links, out))
        # The pages may have taken minutes. Without the lock another sync reads the log by now.
        self.confirm()
        self._commit(written, links, out)
        return out

    def _settled(
        self, decision: Decision, done: Written, links: Mapping[str, Link], out: Outcome
    ) -> tuple[Decision, Page | None]:
        """Note what was written; a value that was refused stays as it is on each side."""
        write = decision.page
        if write is None or done.page is None:
            return decision, None
        out.count(f"pages {_DONE[write.action]}")
        if not done.refused:
            return decision, done.page
        before = links.get(decision.sync_id)
        page = dict(done.page.values)
        for column, error in done.refused.items():
            seen = before.page.get(column) if before else None
            row = decision.link.row.get(column) if decision.link else write.values[column]
            out.conflicts.append(
                Conflict(
                    decision.sync_id, done.page.id, column, None, seen, row, "notion",
                    f"refused: {error}",
                )
            )  # fmt: skip
            page[column] = (write.expected or {}).get(column)
        out.count("refused")
        return decision, replace(done.page, values=page)

    def _refused(
        self, decision: Decision, error: SourceError, links: Mapping[str, Link], out: Outcome
    ) -> tuple[Decision, Page | None]:
        """No page, no deletion, no restoring: both sides stay, and the table says so."""
        before = links.get(decision.sync_id)
        write = decision.page
        page_id = write.page_id if write else ""
        rule = f"refused: {error}"
        values = dict(write.values) if write else {}
        for column in values or ("*",):
            row = decision.link.row.get(column) if decision.link else values.get(column)
            seen = before.page.get(column) if before else None
            if column == "*":
                seen, row = "kept", write.action if write else None
            out.conflicts.append(
                Conflict(decision.sync_id, page_id, column, None, seen, row, "notion", rule)
            )
        out.count("refused")
        if before is None or decision.link is None or write is None:
            return Decision(decision.sync_id), None
        if write.action in ("trash", "restore"):
            return Decision(decision.sync_id, link=before), None
        page = dict(decision.link.page)
        page.update({column: (write.expected or {}).get(column) for column in write.values})
        return replace(decision, page=None, link=replace(decision.link, page=page)), None

    def _commit(
        self,
        written: Sequence[tuple[Decision, Page | None]],
        links: Mapping[str, Link],
        out: Outcome,
    ) -> None:
        """Write rows, links and conflicts as one, and forget what was logged."""
        if not written and not out.conflicts:
            return
        try:
            self._transact(written, links, out)
        except StatementError as error:
            if error.transient or error.unknown:
                raise
            if len(written) == 1:
                self._unwritable(written[0], error, links, out)
                return
            # One row that the table does not take must not hold up the others.
            for one in written:
                self._commit([one], links, out)

    def _transact(
        self,
        written: Sequence[tuple[Decision, Page | None]],
        links: Mapping[str, Link],
        out: Outcome,
    ) -> None:
        of = self.observer.of
        writes = [
            (decision.sync_id, self._stamped(decision, page))
            for decision, page in written
            if decision.row is not None
        ]
        after: list[Link] = []
        left: set[str] = set()
        with self.changing("links"):
            self.rows.write([(key, write) for key, write in writes if write is not None])
            now = self.rows.read([key for key, _ in writes]) if writes else {}
            for decision, page in written:
                link, done = self._after(decision, page, links, now)
                if link is not None:
                    after.append(link)
                if not done:
                    left.add(decision.sync_id)
            self.store.put_links(of, after)
            self.store.record(of.entity, out.conflicts)
            self.store.end(of.entity, {d.sync_id for d, _ in written} - left)
            self.store.keep(of.entity, {d.sync_id for d, _ in written} - self.marked)
        self.marked |= {d.sync_id for d, _ in written}
        out.done += after
        out.left |= left
        out.recorded += out.conflicts
        out.conflicts = []
        for decision, _ in written:
            if decision.row is not None and decision.sync_id not in left:
                out.wrote.add(decision.sync_id)
                touched = decision.row.values or decision.row.action == "delete"
                if touched:
                    out.count(f"rows {_DONE[decision.row.action]}")

    @staticmethod
    def _stamped(decision: Decision, page: Page | None) -> RowWrite | None:
        row = decision.row
        if row is not None and not row.page_id and page is not None:
            return replace(row, page_id=page.id)
        return row

    def _after(
        self,
        decision: Decision,
        page: Page | None,
        links: Mapping[str, Link],
        now: Mapping[str, Row],
    ) -> tuple[Link | None, bool]:
        """Return the link as it has to be kept, and whether the row was written."""
        link = decision.link
        if link is None:
            return None, True
        written = decision.page.values if decision.page else {}
        if page is not None:
            seen = {column: page.values.get(column) for column in written}
            values = {**link.page, **seen}
            link = replace(link, page_id=page.id, page=values, edited=page.edited)
        if decision.row is None:
            return link, True
        row = now.get(decision.sync_id)
        if decision.row.action == "delete":
            return (link, True) if row is None else (links.get(decision.sync_id), False)
        if row is not None and all(
            row.values.get(column) == value for column, value in link.row.items()
        ):
            return link, True
        # The row changed in between: what went to the page is agreed upon, the rest is open.
        before = links.get(decision.sync_id)
        if before is None:
            return (link, False) if decision.row.action == "update" and page else (None, False)
        kept_row = {**before.row, **{c: link.row.get(c) for c in written}}
        kept_page = {**before.page, **{c: link.page.get(c) for c in written}}
        # What the page is now, it is, whatever it was: a row that went meanwhile is a new deletion.
        return replace(
            before, row=kept_row, page=kept_page, edited=link.edited, state=link.state
        ), False

    def _unwritable(
        self,
        one: tuple[Decision, Page | None],
        error: StatementError,
        links: Mapping[str, Link],
        out: Outcome,
    ) -> None:
        decision, page = one
        row = decision.row
        if row is None or decision.link is None:
            raise error
        seen = row.seen.values if row.seen else {}
        for column, value in row.values.items():
            out.conflicts.append(
                Conflict(
                    decision.sync_id, decision.link.page_id, column, None, value,
                    seen.get(column), "snowflake", f"refused: {error}",
                )
            )  # fmt: skip
        out.count("refused")
        link = replace(decision.link, row=dict(seen)) if row.seen else None
        if link is None:
            out.parked[decision.sync_id] = f"refused: {error}"
        self._transact([(replace(decision, row=None, link=link), page)], links, out)


_DONE = {
    "create": "created",
    "insert": "created",
    "update": "updated",
    "trash": "deleted",
    "delete": "deleted",
    "restore": "restored",
}
