"""Temporary objects: each session keeps its own, in a holder of its own below each schema.

They have names of their own there, and come before the schema's objects of the same name. Who
lists what a schema holds does not see them, unless it asks here.
https://docs.snowflake.com/en/user-guide/tables-temp-transient
"""

from collections.abc import Iterable

from ..engine import storage
from ..engine.catalogue import HOLDER, Catalogue, Object
from ..engine.engine import Engine
from .transaction import Transaction


def is_temporary(catalogue: Catalogue, item: Object) -> bool:
    """Tell whether an object belongs to a session."""
    parent = catalogue.get(item.parent) if item.parent else None
    return parent is not None and parent.kind == HOLDER


class Temporary:
    """The objects that no other session sees.

    Attributes:
        has_any: Whether there ever were any.
    """

    def __init__(self, engine: Engine, key: str, transaction: Transaction) -> None:
        self._engine = engine
        self._key = key
        self._transaction = transaction
        self.has_any = False

    def is_foreign(self, item: Object) -> bool:
        """Tell whether an object belongs to another session."""
        catalogue = self._engine.catalogue
        holder = (
            item if item.kind == HOLDER else catalogue.get(item.parent) if item.parent else None
        )
        return holder is not None and holder.kind == HOLDER and holder.name != self._key

    def find(self, kind: str, schema: int, name: str) -> Object | None:
        """Return the session's own object of that name in a schema."""
        holder = self._holder(schema)
        return None if holder is None else self._engine.catalogue.find(kind, holder.id, name)

    def children(self, places: Iterable[Object], kind: str) -> list[Object]:
        """Return the session's own objects of a kind in schemas."""
        holders = [self._holder(place.id) for place in places]
        return [
            item
            for holder in holders
            if holder is not None
            for item in self._engine.catalogue.children(holder.id, kind)
        ]

    def with_own(self, schema: Object, kind: str) -> list[Object]:
        """Return the objects of a kind in a schema; the session's own hide others of their name."""
        own = self.children([schema], kind)
        hidden = {item.name for item in own}
        held = self._engine.catalogue.children(schema.id, kind)
        return [*own, *(item for item in held if item.name not in hidden)]

    def holder_of(self, schema: int) -> int:
        """Return the id of what holds the session's own objects of a schema; made when missing."""
        found = self._holder(schema)
        if found is None:
            with self._transaction.ddl() as change:
                found = change.add(HOLDER, schema, self._key, {})
            self.has_any = True
        return found.id

    def end(self, owner: str) -> None:
        """Forget everything that belongs to the session."""
        if not self.has_any:
            return
        catalogue = self._engine.catalogue
        holders = [
            holder
            for dropped in (False, True)
            for holder in catalogue.of_kind(HOLDER, dropped=dropped)
            if holder.name == self._key
        ]
        with self._engine.change(owner) as change:
            cursor = self._engine.database.cursor()
            for holder in holders:
                for item in catalogue.ever_held(holder):
                    change.remove(item)
                    if item.kind == "TABLE":
                        storage.forget(cursor, item)
                    self._engine.stages.forget(item.id)
                change.remove(holder)

    def _holder(self, schema: int) -> Object | None:
        return self._engine.catalogue.find(HOLDER, schema, self._key)
