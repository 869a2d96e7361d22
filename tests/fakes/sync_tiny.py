"""Pages in memory that are cheap to copy: the engine's port without Notion's shapes behind it.

`TinySpace` stands in the place of `fake_notion.Workspace` where states are explored by the million:
a page is a value that is never changed, so that a copy of a space is a copy of one mapping.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from fake_notion.store import EPOCH, floored, make_id
from sync_memory import Steps

from hushflake.sync.cache import Cache, State
from hushflake.sync.mapping import EntityMap
from hushflake.sync.notion.scan import before
from hushflake.sync.ports import Body, Scan
from hushflake.sync.types import Page, Spelling, Value, Values

COLUMNS = {"Name": "NAME", "Notes": "NOTES"}


class TinyPage(NamedTuple):
    """A page with the properties of `sync_history.items_map`; times in seconds."""

    id: str
    created: int
    edited: int
    Name: str | None = None
    Notes: str | None = None
    sync_id: str | None = None
    markdown: str = ""
    in_trash: bool = False


@cache
def spelled(seconds: int) -> str:
    """Return a time as Notion spells it: cut to the minute."""
    return floored(EPOCH + timedelta(seconds=seconds))


def minute(page: TinyPage) -> str:
    return spelled(page.edited // 60 * 60)


class TinySpace:
    """Everything there is, with the words of `Workspace` that people use."""

    def __init__(self, pages: Mapping[str, TinyPage] | None = None, time: int = 0) -> None:
        self.pages = dict(pages or {})
        self.time = time
        self.count = len(self.pages)

    def copy(self) -> "TinySpace":
        return TinySpace(self.pages, self.time)

    @property
    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time)

    def advance(self, seconds: float) -> None:
        self.time += int(seconds)

    def put(self, page: str, **values: Any) -> TinyPage:
        new = self.pages[page]._replace(edited=self.time, **values)
        self.pages[page] = new
        return new

    def new(self, **values: Any) -> TinyPage:
        self.count += 1
        page = TinyPage(make_id(self.count, 3), self.time, self.time, **values)
        self.pages[page.id] = page
        return page

    def values(self, page: str) -> dict[str, str | None]:
        found = self.pages[page]
        return {"Name": found.Name, "Notes": found.Notes, "sync_id": found.sync_id}

    def add_page(self, source: str, **values: Any) -> str:
        del source
        return self.new(**values).id

    def edit(self, page: str, **values: Any) -> None:
        self.put(page, **values)

    def write(self, page: str, markdown: str) -> None:
        self.put(page, markdown=markdown)

    def trash(self, page: str, *, back: bool = False) -> None:
        self.put(page, in_trash=not back)

    def duplicate(self, page: str) -> str:
        found = self.pages[page]
        values = {name: getattr(found, name) for name in ("Name", "Notes", "sync_id", "markdown")}
        return self.new(**values).id


@dataclass
class TinySource:
    """The engine's way to a space: every request is a step."""

    space: TinySpace
    steps: Steps
    requests: int = 0
    budget: int | None = None
    waited: float = 0.0

    def begin(self) -> None:
        pass

    def open(self, of: EntityMap, known: Mapping[str, str]) -> "TinyPages":
        del of, known
        return TinyPages(self.space, self.steps)

    def people(self) -> Mapping[str, str] | None:
        return {}

    def close(self) -> None:
        pass


@dataclass
class TinyPages:
    """The pages of the one entity."""

    space: TinySpace
    steps: Steps
    properties: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def now(self) -> datetime | None:
        return self.space.now

    def _ask(self, name: str, work: Callable[[], Any]) -> Any:
        return self.steps.step(f"http {name}", work)

    def scan(self, since: str = "", *, in_trash: bool = False) -> Scan:
        start = before(since) if since else ""

        def found() -> Scan:
            pages = [p for p in self.space.pages.values() if p.in_trash == in_trash]
            pages = sorted(
                (p for p in pages if minute(p) >= start), key=lambda p: (minute(p), p.id)
            )
            newest = minute(pages[-1]) if pages else ""
            return Scan({p.id: _shown(p) for p in pages}, newest=newest)

        return self._ask("query", found)

    def page(self, page_id: str) -> Page:
        return self._ask("page", lambda: _shown(self.space.pages[page_id]))

    def expect(self, contents: Sequence[tuple[str, Spelling]]) -> None:
        pass

    def body(self, page_id: str, spelling: Spelling = "") -> Body:
        del spelling
        return self._ask("markdown", lambda: Body(self.space.pages[page_id].markdown))

    def tied(self, sync_id: str) -> list[Page]:
        there = self.space.pages.values()
        return self._ask(
            "query", lambda: [_shown(p) for p in there if p.sync_id == sync_id and not p.in_trash]
        )

    def create(self, values: Values, sync_id: str) -> Page:
        names = _named(values)
        return self._ask("create_page", lambda: _shown(self.space.new(sync_id=sync_id, **names)))

    def update(self, page_id: str, values: Values, sync_id: str | None) -> Page:
        names = _named(values)
        if sync_id is not None:
            names["sync_id"] = sync_id
        return self._ask("update_page", lambda: _shown(self.space.put(page_id, **names)))

    def move(self, page_id: str, *, in_trash: bool) -> Page:
        return self._ask("update_page", lambda: _shown(self.space.put(page_id, in_trash=in_trash)))

    def put_body(self, page_id: str, body: Value, before: Value, spelling: Spelling = "") -> Body:
        del before, spelling
        text = str(body or "")
        return self._ask(
            "update_markdown", lambda: Body(self.space.put(page_id, markdown=text).markdown)
        )


def _shown(page: TinyPage) -> Page:
    return Page(
        page.id,
        {"NAME": page.Name, "NOTES": page.Notes},
        minute(page),
        spelled(page.created // 60 * 60),
        page.sync_id,
        "trash" if page.in_trash else "live",
    )


def _named(values: Values) -> dict[str, Any]:
    names = {column: name for name, column in COLUMNS.items()}
    return {names[column]: value for column, value in values.items()}


class TinyCache(Cache):
    """What a machine remembers, as it is; a copy is taken, as a file would be."""

    def __init__(self, states: dict[str, Any]) -> None:
        super().__init__(None, "memory")  # type: ignore[arg-type]
        self._states = states

    def load(self, entity: str) -> State | None:
        found = self._states.get(entity)
        return _copied(found) if found is not None else None

    def save(self, entity: str, state: State) -> None:
        self._states[entity] = _copied(state)


def _copied(state: State) -> State:
    return State(**{k: dict(v) if isinstance(v, dict) else v for k, v in vars(state).items()})
