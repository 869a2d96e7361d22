"""What was seen of Notion in one cycle, and which pages of it have to be dealt with."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from .account.store import Known
from .cache import State
from .notion.pages import Reader
from .notion.scan import scan
from .types import Page, content_hash

# A minute is over for certain so long after it was seen, by the clock of Notion's answers.
_OVER: Final = timedelta(minutes=3)
# And at once where that clock is so far ahead of it. The machines that answer and those that stamp
# edits may tell different times: both bounds hold while they are less than a quarter hour apart.
_LONG_OVER: Final = _OVER + timedelta(minutes=15)


@dataclass
class Observed:
    """What was seen.

    Attributes:
        dirty: Pages that are not as their links have them, with their bodies; by id.
        live: How many pages were looked at.
        quiet: The scan held still, so that the watermark may move on.
        newest: The newest minute that was seen.
        notes: What a user should be told.
    """

    dirty: dict[str, Page] = field(default_factory=dict)
    looked: int = 0
    quiet: bool = True
    newest: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Observer:
    """Looks at the data source of one entity."""

    reader: Reader
    state: State

    def look(self, *, full: bool) -> Observed:
        """Return what is not as it was left.

        Args:
            full: Look at every page, and for every page that is nowhere to be seen.
        """
        # The trash first: what is trashed between the scans is seen as live, and soon again.
        trash = scan(self.reader, in_trash=True)
        seen = scan(self.reader, since="" if full else self.state.watermark)
        found = Observed(
            looked=len(seen.pages) + len(trash.pages),
            quiet=seen.quiet and trash.quiet,
            newest=max(seen.newest, self.state.watermark),
        )
        for wall in sorted({seen.wall, trash.wall} - {""}):
            found.notes.append(
                f"more pages were edited in the minute {wall} than one answer of Notion reaches: "
                "the next cycles look for the others"
            )
        for page in trash.pages.values():
            known = self.state.links.get(page.id)
            if page.id not in seen.pages and known is not None and known.state != "deleted":
                found.dirty[page.id] = self._bare(page)
        for page in seen.pages.values():
            self._live(page, found)
        if full:
            self._missing(found, {*seen.pages, *trash.pages})
        return found

    def fresh(self, page_id: str, *, with_body: bool = True) -> Page:
        """Return one page as it is now, asked for by its id."""
        document = self.reader.api.page(page_id)
        if document is None or not self.reader.belongs(document):
            return Page(page_id, {}, sight="unseen")
        page = self.reader.page(document)
        if with_body and page.sight == "live":
            return self.reader.with_body(page, None)
        return self._bare(page)

    def _live(self, page: Page, found: Observed) -> None:
        known = self.state.links.get(page.id)
        if known is None:
            found.dirty[page.id] = self.reader.with_body(page, None)
            return
        if known.state == "deleted":
            # A query may lag behind: what brings a row back is asked for by its id.
            page = replace(self.fresh(page.id, with_body=False), bare=False)
            if page.sight != "live":
                return
        read = self.reader.of.body is not None and not self._is_settled(page, known)
        page = self.reader.with_body(page, None) if read else self._bare(page)
        if known.state != "live" or self._differs(page, known):
            found.dirty[page.id] = page
        elif read:
            # Only what agrees: a cycle that fails remembers this, and deals with the rest again.
            self._note_settled(page)

    def _missing(self, found: Observed, seen: set[str]) -> None:
        for known in self.state.links.values():
            if known.state != "live" or known.page_id in seen:
                continue
            page = self.fresh(known.page_id)
            if page.sight == "unseen":
                found.notes.append(
                    f"the page of {known.sync_id} cannot be seen any more (not shared with the "
                    "connection, or moved): its row is left as it is"
                )
            found.dirty[page.id] = page

    def _differs(self, page: Page, known: Known) -> bool:
        column = self.reader.of.body_column
        if content_hash(page.values, column) != known.page_hash:
            return True
        body = content_hash({column: page.values.get(column)})
        return bool(column) and not page.bare and body != known.body_hash

    def _bare(self, page: Page) -> Page:
        return replace(page, bare=bool(self.reader.of.body))

    def _is_settled(self, page: Page, known: Known) -> bool:
        return page.edited == known.edited == self.state.settled.get(page.id)

    def _note_settled(self, page: Page) -> None:
        now = self.reader.api.now
        if now is None:
            return
        if now - datetime.fromisoformat(page.edited) < _LONG_OVER:
            minute, since = self.state.opened.get(page.id, ("", ""))
            waited = now - datetime.fromisoformat(since) if minute == page.edited else None
            if waited is None or waited < timedelta():
                self.state.opened[page.id] = [page.edited, now.isoformat()]
                return
            if waited < _OVER:
                return
        self.state.opened.pop(page.id, None)
        self.state.settled[page.id] = page.edited


def unsettled(state: State, pages: Iterable[str]) -> None:
    """Forget that pages were read to the end: they were written."""
    for page in pages:
        state.settled.pop(page, None)
        state.opened.pop(page, None)
