"""What exists in a stack: every object is one row of one table, held in memory for reading.

The rows lie in the DuckDB file of the data. A change writes them in the transaction that changes
the data, and memory follows when that transaction has committed.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..language.errors import exists_already
from ..language.names import spell

# Kinds that share one set of names in a schema.
_NAMESPACE = {
    "VIEW": "TABLE",
    "DYNAMIC TABLE": "TABLE",
    "MATERIALIZED VIEW": "TABLE",
}
ACCOUNT_ID = 0
# The kind of what holds the temporary objects of one session in one schema.
HOLDER = "TEMPORARY"


@dataclass(frozen=True, slots=True)
class Object:
    """Anything with a name.

    Attributes:
        id: Unique for ever; the names of DuckDB's tables are made of it.
        kind: As Snowflake calls it, e.g. `TABLE`, `CORTEX SEARCH SERVICE`.
        parent: Id of the schema or database that holds it, 0 for the account.
        name: Folded.
        body: Everything else, as JSON values.
        created: Microseconds since 1970.
        dropped: When it was dropped; kept as long as UNDROP may want it.
    """

    id: int
    kind: str
    parent: int
    name: str
    body: dict[str, Any] = field(default_factory=dict)
    created: int = 0
    dropped: int | None = None

    @property
    def owner(self) -> str:
        """Name of the role that owns it."""
        return str(self.body.get("owner", ""))

    @property
    def comment(self) -> str:
        """Its comment, empty when there is none."""
        return str(self.body.get("comment") or "")

    def with_body(self, **changes: Any) -> "Object":
        """Return the object with fields of its body replaced; None removes one."""
        body = {**self.body, **changes}
        return replace(self, body={key: value for key, value in body.items() if value is not None})


def namespace(kind: str) -> str:
    """Return the kind under which names of `kind` are unique in their parent."""
    return _NAMESPACE.get(kind, kind)


def now() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


class Catalogue:
    """The objects of a stack, in memory. Only `Change.commit` alters it."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._objects: dict[int, Object] = {}
        self._names: dict[tuple[str, int, str], int] = {}
        self._children: dict[int, dict[int, None]] = {}
        self.version = 0
        self._last_id = 0
        for key, kind, parent, name, body, created, dropped in rows:
            self._store(Object(key, kind, parent, name, json.loads(body), created, dropped))

    def next_id(self) -> int:
        """Return an id that was never used. Callers hold the lock for changes."""
        self._last_id += 1
        return self._last_id

    def get(self, key: int) -> Object | None:
        """Return the object with this id, dropped or not."""
        return self._objects.get(key)

    def find(self, kind: str, parent: int, name: str) -> Object | None:
        """Return the object of that name in the namespace of `kind`."""
        key = self._names.get((namespace(kind), parent, name))
        return None if key is None else self._objects[key]

    def children(self, parent: int, kind: str | None = None) -> list[Object]:
        """Return what `parent` holds, without what was dropped, by name."""
        held = [self._objects[key] for key in list(self._children.get(parent, ()))]
        return sorted(
            (item for item in held if item.dropped is None and (kind is None or item.kind == kind)),
            key=lambda item: (item.name, item.id),
        )

    def of_kind(self, kind: str, *, dropped: bool = False) -> list[Object]:
        """Return every object of a kind; with `dropped`, those that were dropped instead."""
        return [
            item
            for item in list(self._objects.values())
            if item.kind == kind and (item.dropped is not None) == dropped
        ]

    def everything(self) -> list[Object]:
        """Return every object that was not dropped."""
        return [item for item in list(self._objects.values()) if item.dropped is None]

    def dropped_with(self, item: Object) -> list[Object]:
        """Return what an object held and lost in the change that dropped it."""
        held = [self._objects[key] for key in list(self._children.get(item.id, ()))]
        return [
            child for child in held if child.dropped is not None and child.dropped == item.dropped
        ]

    def ever_held(self, item: Object) -> list[Object]:
        """Return what an object holds, dropped or not, at any depth."""
        held = [self._objects[key] for key in list(self._children.get(item.id, ()))]
        return [one for child in held for one in (child, *self.ever_held(child))]

    def path(self, item: Object) -> tuple[str, ...]:
        """Return the names from the database down to `item`."""
        names = [] if item.kind == HOLDER else [item.name]
        while item.parent:
            item = self._objects[item.parent]
            if item.kind != HOLDER:
                names.append(item.name)
        return tuple(reversed(names))

    def below(self, item: Object) -> Iterator[Object]:
        """Yield everything that `item` holds, at any depth."""
        for child in self.children(item.id):
            yield child
            yield from self.below(child)

    def forget(self, item: Object) -> None:
        """Lose an object that was dropped long ago and whose row is deleted."""
        self._forget(item)

    def full_name(self, item: Object) -> str:
        """Return the qualified name of an object as messages and SHOW write it."""
        return ".".join(spell(part) for part in self.path(item))

    def _store(self, item: Object) -> None:
        old = self._objects.get(item.id)
        if old is not None:
            self._forget(old)
        self._objects[item.id] = item
        self._last_id = max(self._last_id, item.id)
        self._children.setdefault(item.parent, {})[item.id] = None
        if item.dropped is None:
            self._names[namespace(item.kind), item.parent, item.name] = item.id

    def _forget(self, item: Object) -> None:
        key = (namespace(item.kind), item.parent, item.name)
        if self._names.get(key) == item.id:
            del self._names[key]
        self._children.get(item.parent, {}).pop(item.id, None)
        self._objects.pop(item.id, None)


class Change:
    """A set of changes, visible at once when its transaction has committed."""

    def __init__(self, catalogue: Catalogue, owner: str) -> None:
        self.catalogue = catalogue
        self.owner = owner
        self.time = now()
        self.pending: dict[int, Object | None] = {}

    def find(self, kind: str, parent: int, name: str) -> Object | None:
        """Return the object of that name as this change would leave it."""
        for item in self.pending.values():
            if (
                item is not None
                and item.dropped is None
                and (namespace(item.kind), item.parent, item.name)
                == (namespace(kind), parent, name)
            ):
                return item
        found = self.catalogue.find(kind, parent, name)
        return None if found is None or found.id in self.pending else found

    def add(self, kind: str, parent: int, name: str, body: dict[str, Any]) -> Object:
        """Add an object.

        Raises:
            SqlError: The name is taken.
        """
        if self.find(kind, parent, name) is not None:
            raise exists_already(name)
        body = {"owner": self.owner, **body}
        kept = {key: value for key, value in body.items() if value is not None}
        item = Object(self.catalogue.next_id(), kind, parent, name, kept, self.time)
        self.pending[item.id] = item
        return item

    def put(self, item: Object) -> Object:
        """Replace an object by a changed one of the same id."""
        self.pending[item.id] = item
        return item

    def drop(self, item: Object) -> None:
        """Mark an object, and all that it holds, as dropped."""
        for child in self.catalogue.children(item.id):
            self.drop(child)
        self.pending[item.id] = replace(item, dropped=self.time)

    def remove(self, item: Object) -> None:
        """Forget an object for good."""
        self.pending[item.id] = None

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows to be written for the objects that stay."""
        return [
            (
                item.id,
                item.kind,
                item.parent,
                item.name,
                json.dumps(item.body),
                item.created,
                item.dropped,
            )
            for item in self.pending.values()
            if item is not None
        ]

    def commit(self) -> None:
        """Show the changes to readers: called when DuckDB has committed them."""
        for key, item in self.pending.items():
            if item is None:
                old = self.catalogue.get(key)
                if old is not None:
                    self.catalogue._forget(old)
            else:
                self.catalogue._store(item)
        self.catalogue.version += 1
