"""What was seen of the pages in one cycle, and which of them have to be dealt with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from .cache import State
from .mapping import EntityMap
from .ports import Known, Pages
from .types import Page, Spelling, body_hash, content_hash

PART: Final = 100  # contents that are read before something is done with them
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
        parked: Pages that were looked at as they are, and wait for an editor. They make no work of
            their own, but whatever else does must know of them.
        later: Pages that are yet to be looked at: `more` takes a part of them.
        trash: Pages in the trash, bare; by id.
        looked: How many pages were looked at.
        quiet: The scan held still, so that the watermark may move on.
        newest: The newest minute that was seen.
        notes: What a user should be told.
    """

    dirty: dict[str, Page] = field(default_factory=dict)
    parked: dict[str, Page] = field(default_factory=dict)
    later: dict[str, Page] = field(default_factory=dict)
    trash: dict[str, Page] = field(default_factory=dict)
    looked: int = 0
    quiet: bool = True
    newest: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Observer:
    """Looks at the pages of one entity.

    Attributes:
        room: How many contents may be read, and what comes of them done, in this cycle; None: any
            number.
    """

    of: EntityMap
    pages: Pages
    state: State
    room: Callable[[], int | None] = lambda: None

    def look(self, *, full: bool) -> Observed:
        """Return what is not as it was left.

        Args:
            full: Look at every page, and for every page that is nowhere to be seen.
        """
        # The trash first: what is trashed between the scans is seen as live, and soon again.
        trash = self.pages.scan(in_trash=True)
        seen = self.pages.scan("" if full else self.state.watermark)
        found = Observed(
            trash=trash.pages,
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
        found.later = dict(seen.pages)
        self.more(found)
        if full:
            self._missing(found, {*seen.pages, *trash.pages})
        return found

    def more(self, found: Observed) -> None:
        """Look at pages that wait for it, until there is something to be dealt with.

        A first sync of many pages goes part by part: what is done is kept, whatever comes. So does
        a cycle that may make few requests.
        """
        while found.later:
            room = self.room()
            waiting = list(found.later.values())
            unread = [page for page in waiting if self._is_unread(page)]
            # What was read in its open minute is read again when all others were.
            unread.sort(key=lambda page: page.id in self.state.opened)
            reading = unread[: PART if room is None else min(room, PART)]
            skipped = {page.id for page in unread}
            self.pages.expect([(page.id, self.spelling(page.id)) for page in reading])
            for page in (*(page for page in waiting if page.id not in skipped), *reading):
                self._live(page, found)
                del found.later[page.id]
            if found.dirty or len(found.later) == len(waiting):
                return

    def new_ones(self, found: Observed) -> int:
        """How many pages wait to be looked at for the first time."""
        return sum(page not in self.state.links for page in found.later)

    def _is_unread(self, page: Page) -> bool:
        known = self.state.links.get(page.id)
        return self.of.body is not None and (known is None or not self._is_settled(page, known))

    def fresh(self, page_id: str, *, with_body: bool = True) -> Page:
        """Return one page as it is now, asked for by its id."""
        page = self.pages.page(page_id)
        if page.sight == "unseen":
            return page
        return self.with_body(page) if with_body and page.sight == "live" else self._bare(page)

    def with_body(self, page: Page, spelling: Spelling | None = None) -> Page:
        """Return a page with its content; content that cannot be had whole says nothing.

        Args:
            spelling: None: the one in which both sides last agreed on it.
        """
        column = self.of.body_column
        if not column:
            return page
        wanted = self.spelling(page.id) if spelling is None else spelling
        body = self.pages.body(page.id, wanted)
        if body.truncated:
            return self._bare(page)
        values = {**page.values, column: body.value}
        return replace(page, values=values, bare=False, spelling=wanted)

    def spelling(self, page_id: str) -> Spelling:
        """Return how the content of a page is compared: as it was agreed on."""
        known = self.state.links.get(page_id)
        return self.of.spelling if known is None else known.spelling

    def park(self, page: Page) -> None:
        """Remember that a page waits for an editor, as it is."""
        self.state.parked[page.id] = _parking(page)

    def _live(self, page: Page, found: Observed) -> None:
        known = self.state.links.get(page.id)
        if known is None:
            self._note(self.with_body(page), found)
            return
        if known.state == "deleted":
            # A query may lag behind: what brings a row back is asked for by its id.
            page = replace(self.fresh(page.id, with_body=False), bare=False)
            if page.sight != "live":
                return
        read = self._is_unread(page)
        page = self.with_body(page) if read else self._bare(page)
        if known.state != "live" or self._differs(page, known):
            self._note(page, found)
        elif read:
            # Only what agrees: a cycle that fails remembers this, and deals with the rest again.
            self._note_settled(page, known)

    def _note(self, page: Page, found: Observed) -> None:
        if self.state.parked.get(page.id) == _parking(page):
            found.parked[page.id] = page
        else:
            found.dirty[page.id] = page

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
        column = self.of.body_column
        if content_hash(page.values, column) != known.page_hash:
            return True
        body = body_hash(page.values.get(column), column, page.spelling)
        return bool(column) and not page.bare and body != known.body_hash

    def _bare(self, page: Page) -> Page:
        return replace(page, bare=bool(self.of.body))

    def _is_settled(self, page: Page, known: Known) -> bool:
        return page.edited == known.edited and self.state.settled.get(page.id) == _settling(
            page, known
        )

    def _note_settled(self, page: Page, known: Known) -> None:
        now = self.pages.now
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
        self.state.settled[page.id] = _settling(page, known)


def unsettled(state: State, pages: Iterable[str]) -> None:
    """Forget that pages were read to the end: they were written."""
    for page in pages:
        state.settled.pop(page, None)
        state.opened.pop(page, None)
        state.parked.pop(page, None)


def _settling(page: Page, known: Known) -> str:
    """What was read to the end: a minute, and the content that the account has for it."""
    return f"{page.edited} {known.body_hash}"


def _parking(page: Page) -> str:
    return content_hash({**page.values, "": f"{page.edited} {page.sync_id}"})
