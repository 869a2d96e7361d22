"""What came of the writes of a cycle that died: the log against what is there now.

An entry is settled by what is observed, whatever state the page and the row have meanwhile. What is
found as it was meant to be counts as agreed upon; what is not is decided anew, like any difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .bodies import said
from .observe import Observed, Observer
from .ports import Operation
from .types import BODY, FieldMap, Link, Lookup, Page, Refused, Value


@dataclass
class Recovered:
    """What was observed.

    Attributes:
        pages: Sync id -> the page of its entry.
        links: Pairs with what was found to be agreed upon.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)


@dataclass
class Recovery:
    """Looks at the pages of the log's entries."""

    observer: Observer
    observed: Observed
    lookup: Lookup

    def look(self, operations: Sequence[Operation], links: Mapping[str, Link]) -> Recovered:
        """Return what came of the entries; reads only."""
        found = Recovered()
        for operation in operations:
            key, link = operation.sync_id, links.get(operation.sync_id)
            page = self._page(operation, link)
            if page is None:
                continue
            if page.sight != "unseen" or link is not None:
                found.pages[key] = page
            if link is not None or (operation.action == "create" and page.sight != "unseen"):
                found.links[key] = self._agreed(operation, link, page)
        return found

    def _page(self, operation: Operation, link: Link | None) -> Page | None:
        if operation.action == "create" and (link is None or link.state == "deleted"):
            return self._created(operation.sync_id)
        page_id = operation.page_id or (link.page_id if link is not None else "")
        page = self.observer.fresh(page_id) if page_id else None
        if page is not None and page.bare and page.sight == "trash":
            page = self.observer.with_body(page)  # what was written there may be its content
        if page is not None and link is None and page.sight != "live":
            # A new page that was about to become a row, and went: there is no pair.
            return None
        return page

    def _created(self, key: str) -> Page | None:
        """Return the page that a new row got: the oldest with its tie that is nobody else's.

        One that an editor has thrown away meanwhile is the row's page all the same.
        """
        taken = self.observer.state.links
        pages = [page for page in self.observer.pages.tied(key) if page.id not in taken]
        pages = [page for page in pages if page.sight == "live"]
        if pages:
            return self.observer.with_body(min(pages, key=_age))
        gone = [
            page
            for page in self.observed.trash.values()
            if page.sync_id == key and page.id not in taken
        ]
        return self.observer.with_body(min(gone, key=_age)) if gone else None

    def _agreed(self, operation: Operation, link: Link | None, page: Page) -> Link:
        before = link or Link(operation.sync_id, page.id, {}, {}, spelling=page.spelling)
        if operation.action == "create" and before.page_id != page.id:
            # A tombstone's row has a new page.
            before = Link(operation.sync_id, page.id, {}, {}, spelling=page.spelling)
        if operation.action == "trash" and page.sight == "trash":
            return replace(before, state="deleted", open={})
        if operation.action == "restore" and (page.sight == "live" or self._shows(operation, page)):
            # Values are written once a page is back: one that shows them and is in the trash was
            # thrown away anew.
            before = replace(before, state="live")
        row, values = dict(before.row), dict(before.page)
        for item in self.observer.of.fields:
            if item.column not in operation.wanted:
                continue
            wanted, shown = operation.wanted[item.column], page.values.get(item.column)
            if not (page.bare and item.kind == BODY) and _same(item, shown, wanted):
                crossed = item.inward(wanted, self.lookup)
                values[item.column] = shown
                row[item.column] = None if isinstance(crossed, Refused) else crossed
        return replace(before, row=row, page=values)

    def _shows(self, operation: Operation, page: Page) -> bool:
        """Whether a page shows everything that was to be written, and that was something."""
        fields = self.observer.of.by_column
        return bool(operation.wanted) and all(
            _same(fields[column], page.values.get(column), wanted)
            for column, wanted in operation.wanted.items()
            if column in fields
        )


def _age(page: Page) -> tuple[str, str]:
    return page.created, page.id


def _same(item: FieldMap, shown: Value, wanted: Value) -> bool:
    """Whether a page shows what was written; content comes back with other blanks."""
    if item.kind != BODY:
        return shown == wanted
    return said(str(shown or "")) == said(str(wanted or ""))
