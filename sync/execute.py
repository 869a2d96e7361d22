"""Doing what was decided: pages first, one by one, then rows and links in one transaction.

Before the first page is written the log says what is about to be done, and every edit that is
overruled is in the table of conflicts. A crash leaves the log; the next cycle looks at what came of
it. A page is read right before it is written: what an editor changed since is decided upon anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hushflake.deploy.errors import StatementError

from .account.rows import Rows
from .account.store import Store
from .errors import NotionError
from .notion.pages import properties_of
from .observe import Observer
from .types import Conflict, Decision, Link, Page, PageWrite, Row, RowWrite, Value, content_hash

CHUNK = 100


@dataclass
class Outcome:
    """What came of the decisions of one chunk.

    Attributes:
        done: Their links as they are now in the account.
        moved: Pages that were not any more as they had been decided upon.
        left: Sync ids that have to be looked at again.
        conflicts: More of them, found while writing.
        fault: Why the chunk was not carried out to its end.
    """

    done: list[Link] = field(default_factory=list)
    moved: dict[str, Page] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    fault: NotionError | None = None

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


@dataclass
class Executor:
    """Carries out decisions of one entity.

    Attributes:
        confirm: Raises when the lock is lost.
    """

    observer: Observer
    store: Store
    rows: Rows
    confirm: Callable[[], None]

    def run(self, decisions: Sequence[Decision], links: Mapping[str, Link]) -> Outcome:
        """Carry out a chunk.

        Args:
            links: How the pairs were before.

        Raises:
            StatementError: The account stayed out of reach.
            BusyError: The lock is lost; the log says what was done to pages.
        """
        of = self.rows.of
        self.store.begin(of.entity, decisions)
        out = Outcome()
        written: list[tuple[Decision, Page | None]] = []
        for number, decision in enumerate(decisions):
            try:
                written.append((decision, self._page(decision, out)))
            except _MovedError as moved:
                out.moved[decision.sync_id] = moved.page
            except NotionError as error:
                if error.passing:
                    # What was written is kept; the others are as they were.
                    out.fault = error
                    out.left |= {item.sync_id for item in decisions[number:]}
                    break
                written.append(self._refused(decision, error, links, out))
        # The pages may have taken minutes. Without the lock another sync reads the log by now.
        self.confirm()
        self._commit(written, links, out)
        return out

    def _page(self, decision: Decision, out: Outcome) -> Page | None:
        """Write the page of a decision and return it as it is afterwards."""
        write = decision.page
        if write is None:
            return None
        of, api, binding = self.rows.of, self.observer.reader.api, self.observer.reader.binding
        tie = decision.sync_id if write.set_sync_id else None
        if write.action == "create":
            body = write.values.get(of.body_column)
            properties = properties_of(of, binding, write.values, tie)
            document = api.create(of.data_source, properties, None if body is None else str(body))
            page = self.observer.reader.page(document)
            if body is not None:
                # Content comes back spelled Notion's way; only reading it tells how.
                page = self.observer.reader.with_body(page, body)
        else:
            page = self._change(write, tie)
        out.count(f"pages {_DONE[write.action]}")
        return page

    def _change(self, write: PageWrite, tie: str | None) -> Page:
        of, reader = self.rows.of, self.observer.reader
        self._check(write)
        if write.action == "trash":
            return reader.page(reader.api.update(write.page_id, {}, in_trash=True))
        properties = properties_of(of, reader.binding, write.values, tie)
        if write.action == "restore":
            # Notion takes no properties for what is in the trash.
            document = reader.api.update(write.page_id, {}, in_trash=False)
            if properties:
                document = reader.api.update(write.page_id, properties)
        elif properties:
            document = reader.api.update(write.page_id, properties)
        else:
            found = reader.api.page(write.page_id)
            if found is None:
                raise _MovedError(Page(write.page_id, {}, sight="unseen"))
            document = found
        page = reader.page(document)
        if of.body_column in write.values:
            body = write.values[of.body_column]
            after = reader.api.put_body(write.page_id, "" if body is None else str(body))
            page = replace(page, values={**page.values, of.body_column: after.markdown or None})
        return page

    def _check(self, write: PageWrite) -> None:
        """Make sure that a page is as it was decided upon.

        Raises:
            _MovedError: It is not; it comes along as it is now.
        """
        body = self.rows.of.body_column
        now = self.observer.fresh(write.page_id, with_body=False)
        wanted = "trash" if write.action == "restore" else "live"
        expected = write.expected or {}
        same = now.sight == wanted and content_hash(now.values, body) == content_hash(
            expected, body
        )
        if same and body in write.values:
            read = self.observer.reader.api.body(write.page_id)
            if read.truncated:
                raise NotionError(
                    "the page holds more than the connection can read, so its content is not "
                    "replaced", status=400, code="truncated",
                )  # fmt: skip
            now = replace(now, values={**now.values, body: read.markdown or None})
            same = now.values.get(body) == expected.get(body)
        elif body:
            now = replace(now, bare=True)
        if not same:
            raise _MovedError(now)

    def _refused(
        self, decision: Decision, error: NotionError, links: Mapping[str, Link], out: Outcome
    ) -> tuple[Decision, Page | None]:
        """Notion does not take it and never will: both sides stay, and the table says so."""
        before = links.get(decision.sync_id)
        write = decision.page
        rule = f"refused: {error}"
        for column, value in (write.values if write else {}).items():
            row = decision.link.row.get(column) if decision.link else value
            seen = before.page.get(column) if before else None
            page_id = write.page_id if write else ""
            out.conflicts.append(
                Conflict(decision.sync_id, page_id, column, None, seen, row, "notion", rule)
            )
        out.count("refused")
        if before is None or decision.link is None or write is None:
            return Decision(decision.sync_id), None
        page: dict[str, Value] = dict(decision.link.page)
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
        of = self.rows.of
        writes = [
            (decision.sync_id, self._stamped(decision, page))
            for decision, page in written
            if decision.row is not None
        ]
        after: list[Link] = []
        left: set[str] = set()
        with self.store.session.transaction():
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
            self.store.settle(of.entity, {d.sync_id for d, _ in written} - left)
            self.store.keep(of.entity, left)
        out.done += after
        out.left |= left
        out.conflicts = []
        for decision, _ in written:
            if decision.row is not None and decision.sync_id not in left:
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
        return replace(before, row=kept_row, page=kept_page, edited=link.edited), False

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
        self._transact([(replace(decision, row=None, link=link), page)], links, out)


class _MovedError(Exception):
    def __init__(self, page: Page) -> None:
        super().__init__(page.id)
        self.page = page


_DONE = {
    "create": "created",
    "insert": "created",
    "update": "updated",
    "trash": "deleted",
    "delete": "deleted",
    "restore": "restored",
}
