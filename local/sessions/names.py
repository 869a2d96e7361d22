"""Names to objects: by where a session works, and by what there is for whoever asks.

https://docs.snowflake.com/en/sql-reference/name-resolution
"""

import contextlib
from collections.abc import Iterable, Iterator

from ..engine.catalogue import Catalogue, Object
from ..language.errors import SqlError, missing
from ..language.names import Name
from .identity import Identity
from .place import Place
from .temporary import Temporary


class Names:
    """Finds the objects that a session's statements name."""

    def __init__(
        self, catalogue: Catalogue, identity: Identity, place: Place, temporary: Temporary
    ) -> None:
        self._catalogue = catalogue
        self._identity = identity
        self._place = place
        self._temporary = temporary

    def may_see(self, on: Object) -> bool:
        """Tell whether SHOW lists an object."""
        if self._temporary.is_foreign(on):
            return False
        return self._identity.gate.sees(self._identity.asker, on)

    def visible(self, items: Iterable[Object]) -> list[Object]:
        """Return the objects that SHOW lists."""
        found = [item for item in items if not self._temporary.is_foreign(item)]
        ids = self._identity.gate.visible(self._identity.asker, found)
        return [item for item in found if item.id in ids]

    @contextlib.contextmanager
    def within(self, schema_id: int) -> Iterator[None]:
        """Resolve names as a view in a schema does: in its own database and schema."""
        schema = self._catalogue.get(schema_id)
        assert schema is not None
        with self._place.within(*self._catalogue.path(schema)):
            yield

    def current_database(self, verb: str = "This operation") -> Object:
        """Return the database in use.

        Raises:
            SqlError: None is in use, or it is gone.
        """
        if self._place.database is None:
            raise SqlError(
                f"Cannot perform {verb}. This session does not have a current database. "
                "Call 'USE DATABASE', or use a qualified name.",
                90105,
                "22000",
            )
        return self.find_database(self._place.database)

    def find_database(self, name: str) -> Object:
        """Return a database that the role may use."""
        return self.find_account("DATABASE", name)

    def find_schema(
        self, database: str | None, schema: str | None, verb: str = "This operation"
    ) -> Object:
        """Return the schema of a qualified name, filling in the session's own."""
        holder = self.find_database(database) if database else self.current_database(verb)
        if schema is None and database is None:
            schema = self._place.schema
            if schema is None:
                raise SqlError(
                    f"Cannot perform {verb}. This session does not have a current schema. "
                    "Call 'USE SCHEMA', or use a qualified name.",
                    90106,
                    "22000",
                )
        gate = self._identity.gate
        return gate.find_schema(self._identity.asker, holder.name, schema or "PUBLIC")

    def find(self, kind: str, name: Name, *, verb: str = "This operation") -> Object:
        """Return an object in a schema, by the name that a statement gives it.

        Raises:
            SqlError: It does not exist, or the role may not see it.
        """
        try:
            schema = self.find_schema(name.database, name.schema, verb)
        except SqlError as error:
            if error.code == 2003 and (name.database or name.schema):
                raise missing(kind, str(name)) from None
            raise
        found = self._temporary.find(kind, schema.id, name.last)
        if found is None:
            return self._identity.gate.find(self._identity.asker, kind, schema, name)
        if not self.may_see(found):
            raise missing(kind, str(name))
        return found

    def find_account(self, kind: str, name: Name | str) -> Object:
        """Return an object of the account: a role, a warehouse, a resource monitor."""
        return self._identity.gate.find_account(self._identity.asker, kind, name)
