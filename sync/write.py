"""Writing one page: read right before, property by property where the whole is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .bodies import carried
from .errors import SourceError, UnreadableError
from .observe import Observer
from .types import Decision, Link, Page, PageWrite, Value, Values, content_hash


class MovedError(Exception):
    """A page is not any more as it was decided upon; it comes along as it is now."""

    def __init__(self, page: Page) -> None:
        super().__init__(page.id)
        self.page = page


@dataclass
class Written:
    """A page as it is after it was written.

    Attributes:
        refused: Columns that were not taken, each with why.
    """

    page: Page | None = None
    refused: dict[str, SourceError] = field(default_factory=dict)


@dataclass
class PageWriter:
    """Writes the pages of one entity.

    Attributes:
        confirm: Raises when the lock is lost: a page is written by one sync at a time.
    """

    observer: Observer
    confirm: Callable[[], None]

    def write(self, decision: Decision, link: Link | None) -> Written:
        """Write the page of a decision.

        Args:
            link: How the pair was before.

        Raises:
            MovedError: It is not as it was decided upon.
            SourceError: Nothing, or not all of it, could be written.
        """
        write = decision.page
        if write is None:
            return Written()
        self.confirm()
        tie = decision.sync_id if write.set_sync_id else None
        if write.action == "create":
            return self._create(write, decision.sync_id)
        done = Written()
        before = self._check(write, done)
        write = self._carried(decision, write, before, link)
        try:
            self._change(write, tie, before, done)
            return done
        except SourceError as error:
            if error.is_unseen:
                raise MovedError(Page(write.page_id, {}, sight="unseen")) from None
            raise

    def _create(self, write: PageWrite, tie: str) -> Written:
        pages, column = self.observer.pages, self.observer.of.body_column
        body = write.values.get(column)
        values = {name: value for name, value in write.values.items() if name != column}
        done = Written()
        try:
            page = pages.create(values, tie)
        except SourceError as error:
            if not error.refuses_value or not values:
                raise
            # One value that is refused must not keep its neighbours from the page.
            page = self._one_by_one(pages.create({}, tie), values, done)
        if body is not None:
            # Content comes back spelled another way. The answer to its writing tells how, and holds
            # nobody's edit; to read it again might.
            page = self._put_body(page, write, None, done)
        done.page = page
        return done

    def _change(self, write: PageWrite, tie: str | None, before: Page, done: Written) -> None:
        pages, column = self.observer.pages, self.observer.of.body_column
        if write.action == "trash":
            done.page = pages.move(write.page_id, in_trash=True)
            return
        page = before
        values = {name: value for name, value in write.values.items() if name != column}
        if write.action == "restore":
            # Notion takes no properties for what is in the trash.
            page = pages.move(write.page_id, in_trash=False)
        if values or tie is not None:
            try:
                page = pages.update(write.page_id, values, tie)
            except SourceError as error:
                if not error.refuses_value or not values:
                    raise
                if tie is not None:
                    page = pages.update(write.page_id, {}, tie)
                page = self._one_by_one(page, values, done, error)
        # What was written names no content: it is what it was when it was read.
        if column:
            page = replace(page, values={**page.values, column: before.values.get(column)})
        if column in write.values and column not in done.refused:
            page = self._put_body(page, write, before.values.get(column), done)
        done.page = page

    def _carried(
        self, decision: Decision, write: PageWrite, before: Page, link: Link | None
    ) -> PageWrite:
        """Let an edit of the content change the lines that it changed, and no others."""
        column = self.observer.of.body_column
        if column not in write.values or link is None or decision.link is None:
            return write
        there = before.values.get(column)
        if there != link.page.get(column):
            return write  # both sides changed it, and the row's stands
        text = carried(link.row.get(column), decision.link.row.get(column), there)
        return replace(write, values={**write.values, column: text})

    def _one_by_one(
        self, page: Page, values: Values, done: Written, whole: SourceError | None = None
    ) -> Page:
        """Write each value for itself; `whole`: why all of them together were refused."""
        if whole is not None and len(values) == 1:
            done.refused |= dict.fromkeys(values, whole)
            return page
        for name, value in values.items():
            try:
                page = self.observer.pages.update(page.id, {name: value}, None)
            except SourceError as error:
                if not error.refuses_value:
                    raise
                done.refused[name] = error
        return page

    def _put_body(self, page: Page, write: PageWrite, before: Value, done: Written) -> Page:
        column = self.observer.of.body_column
        try:
            body, pages = write.values[column], self.observer.pages
            after = pages.put_body(page.id, body, before, write.spelling).value
        except SourceError as error:
            if not error.refuses_value:
                raise
            done.refused[column] = error
            return page
        return replace(page, values={**page.values, column: after})

    def _check(self, write: PageWrite, done: Written) -> Page:
        """Return a page, which is as it was decided upon.

        What goes to the trash, or comes out of it, is compared with its content: it must take no
        edit along that nobody decided upon.

        Raises:
            MovedError: It is not; it comes along as it is now.
        """
        body = self.observer.of.body_column
        now = self.observer.fresh(write.page_id, with_body=False)
        wanted = "trash" if write.action == "restore" else "live"
        expected = write.expected or {}
        same = now.sight == wanted and content_hash(now.values, body) == content_hash(
            expected, body
        )
        if same and body and (body in write.values or write.action != "update"):
            read = self.observer.pages.body(write.page_id, write.spelling)
            if read.truncated and body in write.values:
                done.refused[body] = UnreadableError(
                    "the page holds more than the connection can read, so its content is not "
                    "replaced"
                )
            if not read.truncated:
                now = replace(now, values={**now.values, body: read.value}, bare=False)
                same = now.values.get(body) == expected.get(body)
        if not same:
            raise MovedError(now)
        if now.bare:
            now = replace(now, values={**now.values, body: expected.get(body)})
        return now
