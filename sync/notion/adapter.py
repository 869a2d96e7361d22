"""Notion as the side of the pages: what the engine asks for, as requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ..errors import NotionError
from ..mapping import EntityMap
from ..ports import Body, Scan
from ..types import Page, Spelling, Value, Values
from .ahead import Ahead
from .answered import answered
from .api import NotionApi
from .board import NotionBoard
from .edits import edits
from .pages import Reader, properties_of
from .scan import scan
from .source import Binding, bind

_FORBIDDEN: Final = 403
# Whoever interrupts a sync does not wait for an answer that does not come.
_SECONDS_TO_END: Final = 2.0


@dataclass
class NotionSource:
    """Notion, reached by one token."""

    api: NotionApi
    _opened: dict[str, Reader] = field(default_factory=dict)
    _given: list["NotionPages"] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.api.patience.made

    @property
    def budget(self) -> int | None:
        return self.api.patience.budget

    @property
    def waited(self) -> float:
        return self.api.patience.waited

    def begin(self) -> None:
        self.api.begin()
        self._opened.clear()
        self._end_reading()

    @answered
    def open(self, of: EntityMap, known: Mapping[str, str]) -> "NotionPages":
        binding = bind(of, self.api.data_source(of.data_source), known)
        self._opened[of.entity] = Reader(of, binding, self.api)
        self._given.append(NotionPages(self._opened[of.entity]))
        return self._given[-1]

    def board(self, of: EntityMap) -> NotionBoard | None:
        """Return where conflicts of an entity are decided.

        None: nowhere, or its data source could not be opened in this cycle.
        """
        reader = self._opened.get(of.entity)
        return NotionBoard(reader, of.conflicts) if reader and of.conflicts else None

    @answered
    def people(self) -> Mapping[str, str] | None:
        try:
            return self.api.users()
        except NotionError as error:
            # A connection may lack that right alone: "User capabilities", developers.notion.com.
            if error.status == _FORBIDDEN:
                return None
            raise

    def close(self) -> None:
        self._end_reading()
        self.api.close()

    def _end_reading(self) -> None:
        """End what is read ahead: a read under way would open the connections again."""
        for pages in self._given:
            pages.end()
        self._given.clear()


@dataclass
class NotionPages:
    """The pages of one data source."""

    reader: Reader
    _api: NotionApi = field(init=False)
    _binding: Binding = field(init=False)
    _ahead: Ahead[tuple[str, Spelling], tuple[Body, datetime | None]] | None = None

    def __post_init__(self) -> None:
        self._api, self._binding = self.reader.api, self.reader.binding

    @property
    def properties(self) -> Mapping[str, str]:
        return self._binding.ids

    @property
    def notes(self) -> Sequence[str]:
        return self._binding.renamed

    @property
    def now(self) -> datetime | None:
        return self._api.now

    @answered
    def scan(self, since: str = "", *, in_trash: bool = False) -> Scan:
        return scan(self.reader, since=since, in_trash=in_trash)

    @answered
    def page(self, page_id: str) -> Page:
        document = self._api.page(page_id)
        if document is None or not self.reader.belongs(document):
            return Page(page_id, {}, sight="unseen")
        return self.reader.page(document)

    def end(self) -> None:
        """Read nothing more ahead."""
        if self._ahead is not None:
            self._ahead.end()
            self._ahead.wait(_SECONDS_TO_END)
            self._ahead = None

    def expect(self, contents: Sequence[tuple[str, Spelling]]) -> None:
        if self._ahead is not None:
            self._ahead.end()
        few = self._api.width < 2 or len(contents) < 2
        self._ahead = None if few else Ahead(self._read, contents, self._api.width)

    @answered
    def body(self, page_id: str, spelling: Spelling = "") -> Body:
        wanted = page_id, spelling
        read = self._ahead.take(wanted) if self._ahead is not None else None
        if read is None:
            return self._api.body(page_id, spelling)
        # The clock of the answer that is returned, not of one that came meanwhile.
        body, self._api.now = read
        return body

    def _read(self, wanted: tuple[str, Spelling]) -> tuple[Body, datetime | None]:
        return self._api.body(*wanted), self._api.now

    @answered
    def tied(self, sync_id: str) -> list[Page]:
        of = self.reader.of
        wanted = {"property": self._binding.ids[of.sync_id], "rich_text": {"equals": sync_id}}
        answer = self._api.query(of.data_source, filter=wanted)
        return [self.reader.page(item) for item in answer["results"]]

    @answered
    def create(self, values: Values, sync_id: str) -> Page:
        properties = self._properties(values, sync_id)
        return self.reader.page(self._api.create(self.reader.of.data_source, properties))

    @answered
    def update(self, page_id: str, values: Values, sync_id: str | None) -> Page:
        return self.reader.page(self._api.update(page_id, self._properties(values, sync_id)))

    @answered
    def move(self, page_id: str, *, in_trash: bool) -> Page:
        return self.reader.page(self._api.update(page_id, {}, in_trash=in_trash))

    @answered
    def put_body(self, page_id: str, body: Value, before: Value, spelling: Spelling = "") -> Body:
        text, old = str(body or ""), str(before or "")
        found = edits(old, text)
        if found is None:
            return self._api.put_body(page_id, text, spelling)
        return self._api.edit_body(page_id, found, spelling) if found else Body(old)

    def _properties(self, values: Values, sync_id: str | None) -> dict[str, Any]:
        return properties_of(self.reader.of, self._binding, values, sync_id)
