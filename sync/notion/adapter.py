"""Notion as the side of the pages: what the engine asks for, as requests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from ..errors import AnswerError, NotionError
from ..mapping import EntityMap
from ..ports import Body, Scan
from ..types import Page, Value, Values
from .api import NotionApi
from .edits import edits
from .pages import Reader, properties_of
from .scan import scan
from .source import Binding, bind

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
_FORBIDDEN: Final = 403


def _answered(
    work: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Let an answer of another shape than is documented be a fault of Notion's, not of ours."""

    @wraps(work)
    def read(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(self, *args, **kwargs)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise AnswerError(
                f"Notion's answer has another shape than is documented ({type(error).__name__}): "
                "nothing was decided on it; the next cycle asks again"
            ) from None

    return read


@dataclass
class NotionSource:
    """Notion, reached by one token."""

    api: NotionApi

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

    @_answered
    def open(self, of: EntityMap, known: Mapping[str, str]) -> "NotionPages":
        binding = bind(of, self.api.data_source(of.data_source), known)
        return NotionPages(Reader(of, binding, self.api))

    @_answered
    def people(self) -> Mapping[str, str] | None:
        try:
            return self.api.users()
        except NotionError as error:
            # A connection may lack that right alone: "User capabilities", developers.notion.com.
            if error.status == _FORBIDDEN:
                return None
            raise

    def close(self) -> None:
        self.api.close()


@dataclass
class NotionPages:
    """The pages of one data source."""

    reader: Reader
    _api: NotionApi = field(init=False)
    _binding: Binding = field(init=False)

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

    @_answered
    def scan(self, since: str = "", *, in_trash: bool = False) -> Scan:
        return scan(self.reader, since=since, in_trash=in_trash)

    @_answered
    def page(self, page_id: str) -> Page:
        document = self._api.page(page_id)
        if document is None or not self.reader.belongs(document):
            return Page(page_id, {}, sight="unseen")
        return self.reader.page(document)

    @_answered
    def body(self, page_id: str) -> Body:
        return self._api.body(page_id)

    @_answered
    def tied(self, sync_id: str) -> list[Page]:
        of = self.reader.of
        wanted = {"property": self._binding.ids[of.sync_id], "rich_text": {"equals": sync_id}}
        answer = self._api.query(of.data_source, filter=wanted)
        return [self.reader.page(item) for item in answer["results"]]

    @_answered
    def create(self, values: Values, sync_id: str) -> Page:
        properties = self._properties(values, sync_id)
        return self.reader.page(self._api.create(self.reader.of.data_source, properties))

    @_answered
    def update(self, page_id: str, values: Values, sync_id: str | None) -> Page:
        return self.reader.page(self._api.update(page_id, self._properties(values, sync_id)))

    @_answered
    def move(self, page_id: str, *, in_trash: bool) -> Page:
        return self.reader.page(self._api.update(page_id, {}, in_trash=in_trash))

    @_answered
    def put_body(self, page_id: str, body: Value, before: Value) -> Body:
        text, old = str(body or ""), str(before or "")
        found = edits(old, text)
        if found is None:
            return self._api.put_body(page_id, text)
        return self._api.edit_body(page_id, found) if found else Body(old)

    def _properties(self, values: Values, sync_id: str | None) -> dict[str, Any]:
        return properties_of(self.reader.of, self._binding, values, sync_id)
