"""The values that the engine works on. All of them are plain data and can be compared.

A field has two values: what the row holds and what the page holds. They live in two spaces, since
a relation is page ids here and keys there, and people are user ids here and addresses there.
`FieldMap.inward` and `outward` cross over.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

Value = None | bool | str | tuple[str, ...]
"""A value of a field: text, also for numbers (`12.5`), dates and moments; several; or nothing.
An empty text and an empty list are nothing: Notion does not tell them from it."""

Values = Mapping[str, Value]
"""Column -> value."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the other side cannot hold, and why.

    Attributes:
        waits: It may fit later: a related page has no row yet.
    """

    reason: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """What crossing over needs to know of other rows and of people.

    Attributes:
        keys: Page id -> key of its row, of every synced entity.
        pages: Entity -> key -> page id.
        addresses: User id -> e-mail address.
        users: E-mail address -> user id.
        knows_people: Whether the last two could be had; else what needs them waits.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    knows_people: bool = True


class Converter(Protocol):
    """A property type: how its values are read, written and crossed over. See `properties/`."""

    @property
    def writable(self) -> bool: ...
    def read(self, value: Mapping[str, Any]) -> Value: ...
    def write(self, value: Value) -> Mapping[str, Any]: ...
    def inward(self, field: "FieldMap", value: Value, lookup: Lookup) -> Value | Refused: ...
    def outward(self, field: "FieldMap", value: Value, lookup: Lookup) -> Value | Refused: ...
    def schema(self) -> Mapping[str, Any]: ...


Spelling = Literal["", "v2"]
"""In which version of its Markdown a side spells content; "": the first one, or the only one."""
Owner = Literal["both", "notion", "snowflake"]
BODY: Final = "body"


@dataclass(frozen=True)
class FieldMap:
    """One field of an entity and the property (or body) that it is kept in.

    Attributes:
        column: The name of the column, as Snowflake stores it.
        sql: As it is spelled in a statement.
        type: Normalised Snowflake type.
        property_name: Of the property; empty for the body.
        kind: The property's type, or `body`.
        owner: Whose changes count.
        required: A row without it is refused.
        is_key: It is part of the key: Notion's changes do not count.
        entity: Of a relation: the entity that the related pages stand for.
        time_zone: The zone that a moment without one is in.
    """

    column: str
    sql: str
    type: str
    property_name: str
    kind: str
    converter: Converter
    owner: Owner = "both"
    required: bool = False
    is_key: bool = False
    entity: str = ""
    time_zone: str = "UTC"

    def inward(self, value: Value, lookup: Lookup) -> Value | Refused:
        """The row's value for a page's."""
        found = self.converter.inward(self, value, lookup)
        if found is None and self.required:
            return Refused("the field is required")
        return found

    def outward(self, value: Value, lookup: Lookup) -> Value | Refused:
        """The page's value for a row's."""
        return self.converter.outward(self, value, lookup)

    @property
    def master(self) -> Owner:
        """Whose changes count, when the key and computed properties are taken into account."""
        if not self.converter.writable:
            return "notion"
        return "snowflake" if self.is_key else self.owner


@dataclass(frozen=True)
class Page:
    """A page as it was seen.

    Attributes:
        edited: Notion's `last_edited_time`, cut to the minute.
        sync_id: What its property of that name says; None when empty.
        values: In the page's space.
        sight: `live`, `trash`, or `unseen`: not shared with us any more, or moved elsewhere.
        bare: The content was not read: it is as it was left.
        spelling: Of the content.
    """

    id: str
    values: Values
    edited: str = ""
    created: str = ""
    sync_id: str | None = None
    sight: Literal["live", "trash", "unseen"] = "live"
    bare: bool = False
    spelling: Spelling = ""


@dataclass(frozen=True)
class Row:
    """A row as it was seen: values in the row's space, and as the account spelled them."""

    sync_id: str
    values: Values
    spelled: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        return content_hash(self.values)


LinkState = Literal["live", "unseen", "deleted"]


@dataclass(frozen=True)
class Link:
    """A row and a page that belong together, and the values on which both sides last agreed.

    Attributes:
        row: The base of the row, in its space.
        page: The base of the page, in its space. Where the two differ (a text longer than a
            property, an unknown related page), that difference is settled: only a change
            counts.
        state: `deleted` is a tombstone: both sides are gone.
        open: Columns whose value waits for something -> the side that it waits on, `notion` or
            `snowflake`; "" when that is not known.
        kept: Of a tombstone: the row that was deleted, as the account spelled it, also the
            columns that no property holds. A restored page brings it back whole.
        spelling: Of the page's content in `page`. It is compared, carried over and written in this
            one, so that another version of Notion's Markdown is no edit of every page.
    """

    sync_id: str
    page_id: str
    row: Values
    page: Values
    state: LinkState = "live"
    edited: str = ""
    open: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str | None] = field(default_factory=dict)
    spelling: Spelling = ""


@dataclass(frozen=True)
class Conflict:
    """An edit that did not come through, with both values.

    Attributes:
        column: The field; `*` stands for the whole row.
        rule: Why the winner won: `both changed`, `owner`, `refused`, `edit beats delete`.
        winner: Whose value stands.
    """

    sync_id: str
    page_id: str
    column: str
    base: Value
    notion: Value
    snowflake: Value
    winner: Literal["notion", "snowflake"]
    rule: str

    @property
    def id(self) -> str:
        """The same conflict, seen again after a crash, has the same id."""
        plain = [self.sync_id, self.column, self.rule, self.base, self.notion, self.snowflake]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class PageWrite:
    """What is to be done to a page.

    Attributes:
        values: To be written, in the page's space.
        expected: The page's values as they were decided upon; None: it was never seen.
        spelling: Of the content in both.
    """

    action: Literal["create", "update", "trash", "restore"]
    page_id: str = ""
    values: Values = field(default_factory=dict)
    expected: Values | None = None
    set_sync_id: bool = False
    spelling: Spelling = ""


@dataclass(frozen=True)
class RowWrite:
    """What is to be done to a row.

    Attributes:
        seen: What must still be there for it to be done; None: no row.
        kept: Other columns of a row that comes back, as the account spelled them.
        page_id: The page that the row belongs to from now on; "" when the row knows it.
    """

    action: Literal["insert", "update", "delete"]
    values: Values = field(default_factory=dict)
    seen: Row | None = None
    kept: Mapping[str, str | None] = field(default_factory=dict)
    page_id: str = ""


@dataclass(frozen=True)
class Decision:
    """What is to be done with one pair, and how it stands afterwards.

    Attributes:
        link: The pair when everything is done; None: there is nothing to remember.
        conflicts: Recorded before anything is written.
        waits: Why nothing can be done yet; "" otherwise.
    """

    sync_id: str
    link: Link | None = None
    page: PageWrite | None = None
    row: RowWrite | None = None
    conflicts: tuple[Conflict, ...] = ()
    waits: str = ""

    @property
    def deletes(self) -> bool:
        """It takes something away on one side because it went on the other."""
        return (self.page is not None and self.page.action == "trash") or (
            self.row is not None and self.row.action == "delete"
        )

    @property
    def writes(self) -> bool:
        return self.page is not None or self.row is not None


def content_hash(values: Values, without: str = "") -> str:
    """Return a hash that is equal for equal values: what suppresses the echo of our own writes.

    Args:
        without: A column that does not count.
    """
    plain = {name: value for name, value in values.items() if value is not None and name != without}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def body_hash(value: Value, column: str, spelling: Spelling) -> str:
    """Return the fingerprint of content; it begins with the version that spells it."""
    found = content_hash({column: value})
    return f"{spelling} {found}" if spelling else found


def spelling_of(fingerprint: str) -> Spelling:
    """Return the version that a `body_hash` names."""
    return "v2" if fingerprint.startswith("v2 ") else ""


def normal(value: Any) -> Value:
    """Return a plain JSON value as a value of ours: lists become tuples, empty becomes None."""
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value) or None
    return value if isinstance(value, bool) else (str(value) if value not in (None, "") else None)
