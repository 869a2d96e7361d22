"""What the engine needs of its two sides, and no word of who they are.

`Source` and `Pages` are the side where people edit pages: `notion/` is one, `folder/` another.
`Account` is the side of the rows, which also keeps the state of the sync: `account/` is the one
over SQL. The tests have one of each in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .mapping import EntityMap
from .types import (
    Conflict,
    Decision,
    Link,
    LinkState,
    Page,
    Row,
    RowWrite,
    Spelling,
    Value,
    Values,
    body_hash,
    content_hash,
    spelling_of,
)


@dataclass(frozen=True)
class Body:
    """The content of a page as Markdown; `truncated`: a part of it could not be had."""

    markdown: str
    truncated: bool = False

    @property
    def value(self) -> Value:
        return self.markdown or None


@dataclass
class Scan:
    """What a scan saw: pages without their content.

    Attributes:
        quiet: The last repetition brought nothing new, or one request saw everything.
        newest: The newest time of an edit; "" when there was no page.
        wall: A minute in which more pages were edited than one query reaches; "" when there is
            none. What lies behind it was not seen.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    quiet: bool = True
    newest: str = ""
    wall: str = ""


class Pages(Protocol):
    """The pages of one entity.

    What is written comes back as it is kept: the content of a page apart, by `body`. Every method
    raises `SourceError`; what kind of fault it is decides what becomes of the edit.

    Attributes:
        properties: Property of the mapping -> what finds it again when it is renamed.
        notes: What a user should be told of the mapping.
    """

    @property
    def properties(self) -> Mapping[str, str]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def now(self) -> datetime | None:
        """Return the clock of this side, as its last answer told it."""

    def scan(self, since: str = "", *, in_trash: bool = False) -> Scan:
        """Return the pages edited since shortly before a moment; "": all of them."""

    def page(self, page_id: str) -> Page:
        """Return one page; its sight is `unseen` when it is not there, or belongs elsewhere."""

    def expect(self, contents: Sequence[tuple[str, Spelling]]) -> None:
        """Say which contents will be asked for next, in this order: they may be read ahead."""

    def body(self, page_id: str, spelling: Spelling) -> Body:
        """Return the content of a page."""

    def tied(self, sync_id: str) -> list[Page]:
        """Return the pages whose tie says so, apart from those in the trash."""

    def create(self, values: Values, sync_id: str) -> Page:
        """Create a page without content. A passing fault leaves it open whether that was done."""

    def update(self, page_id: str, values: Values, sync_id: str | None) -> Page:
        """Write properties and the tie (None: leave it)."""

    def move(self, page_id: str, *, in_trash: bool) -> Page:
        """Move a page to the trash, or out of it."""

    def put_body(self, page_id: str, body: Value, before: Value, spelling: Spelling) -> Body:
        """Write the content of a page that was `before` right now, in the same spelling."""


class Source(Protocol):
    """The side where people edit pages.

    Attributes:
        requests: Made in this cycle; `budget` is how many it may make, None: any number.
        waited: Seconds that it asked to wait, in this cycle.
    """

    @property
    def requests(self) -> int: ...
    @property
    def budget(self) -> int | None: ...
    @property
    def waited(self) -> float: ...

    def begin(self) -> None:
        """Start a new cycle."""

    def open(self, of: EntityMap, known: Mapping[str, str]) -> Pages:
        """Return the pages of an entity.

        Args:
            known: `Pages.properties` of an earlier cycle.

        Raises:
            MappingError: What is there does not fit the mapping.
            SourceError: It refused, or stayed out of reach.
        """

    def people(self) -> Mapping[str, str] | None:
        """Return user id -> e-mail address; None: we may not know them."""

    def close(self) -> None:
        """End the connections."""


@dataclass(frozen=True)
class Known:
    """What is known of a link without its values."""

    sync_id: str
    page_id: str
    state: LinkState
    edited: str
    row_hash: str
    page_hash: str
    body_hash: str
    waiting: bool

    @property
    def spelling(self) -> Spelling:
        """In which version of Notion's Markdown both sides last agreed on the content."""
        return spelling_of(self.body_hash)

    @classmethod
    def of(cls, link: Link, body_column: str) -> "Known":
        """Return what is known of a link; `page_hash` leaves the content of the page out."""
        return cls(
            link.sync_id,
            link.page_id,
            link.state,
            link.edited,
            content_hash(link.row),
            content_hash(link.page, body_column),
            body_hash(link.page.get(body_column), body_column, link.spelling),
            bool(link.open),
        )


@dataclass(frozen=True)
class Operation:
    """An entry of the write-ahead log: what was about to be done to a page."""

    sync_id: str
    action: str
    page_id: str
    wanted: Values


@dataclass(frozen=True)
class Cursor:
    """How far the pages of an entity were read.

    Attributes:
        full_at: When everything was compared, in seconds since the epoch; 0: a full comparison is
            due.
    """

    data_source: str
    watermark: str
    properties: Mapping[str, str]
    full_at: float = 0.0


@dataclass(frozen=True)
class Glance:
    """What can be seen of the account without a warehouse.

    Attributes:
        version: Raised by every transaction that changes what is remembered of pairs; what was read
            at another version is stale.
        pending: Rows or operations of an earlier cycle are not dealt with.
        changed: Entities whose stream has data.
        stale: Entities whose stream is stale or gone: only a full reconciliation helps.
        history: How many of these transactions are still noted; 0 where that cannot be cut.
    """

    version: int
    pending: bool
    changed: frozenset[str]
    stale: frozenset[str]
    history: int = 0


class Lease(Protocol):
    """The lock of a stack: one sync at a time, for as long as it says that it lives."""

    def take(self) -> None:
        """Take it.

        Raises:
            LockedError: Somebody else has it.
        """

    def confirm(self, *, anew: bool = False) -> None:
        """Make sure that it is still ours; `anew`: ask, however fresh the last word is.

        Raises:
            LockLostError: It is not.
        """

    def release(self) -> None:
        """Give it back."""

    def close(self) -> None:
        """End what it was held through."""


class RowTable(Protocol):
    """The rows of one entity."""

    def read(self, keys: Iterable[str] | None = None) -> dict[str, Row]:
        """Return rows by their key's text; None: all of them."""

    def write(self, writes: Sequence[tuple[str, RowWrite]]) -> None:
        """Carry out writes; one whose row is not as it was seen does nothing."""


class Account(Protocol):
    """The rows of a stack and the state of its sync. Methods raise `StatementError`."""

    def create(self, maps: Iterable[EntityMap]) -> None: ...
    def glance(self, maps: Iterable[EntityMap]) -> Glance: ...
    def rows(self, of: EntityMap) -> RowTable: ...
    def lease(self, holder: str) -> Lease: ...
    def transaction(self) -> AbstractContextManager[Any]: ...

    def known(self, entity: str) -> list[Known]: ...
    def links(self, entity: str, keys: Iterable[str]) -> dict[str, Link]: ...
    def pages(self, entities: Iterable[str]) -> dict[str, dict[str, str]]: ...
    def put_links(self, of: EntityMap, links: Sequence[Link]) -> None: ...

    def cursor(self, entity: str) -> Cursor | None: ...
    def put_cursor(self, entity: str, cursor: Cursor, *, full: bool) -> None: ...
    def finish(self, entity: str, report: Mapping[str, Any]) -> None: ...
    def trim(self) -> None: ...

    def renew_stream(self, of: EntityMap) -> None: ...
    def drain(self, of: EntityMap) -> None: ...
    def streamed(self, of: EntityMap) -> set[str]: ...
    def changes(self, entity: str) -> set[str]: ...
    def keep(self, entity: str, keys: Iterable[str]) -> None: ...
    def settle(self, entity: str, keys: Iterable[str]) -> None: ...

    def operations(self, entity: str) -> list[Operation]: ...
    def begin(self, entity: str, decisions: Sequence[Decision]) -> None: ...
    def end(self, entity: str, keys: Iterable[str]) -> None: ...
    def record(self, entity: str, conflicts: Sequence[Conflict]) -> None: ...
