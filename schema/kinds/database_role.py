"""Database roles: https://docs.snowflake.com/en/sql-reference/sql/create-database-role"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..names import QualifiedName
from .base import Answer, Change, Key, Kind, Payload, Query, Resource, Scope, Spec
from .properties import COMMENT, alteration, options, words

PROPERTIES = (COMMENT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseRole(Spec):
    """A role that lives in a database and reaches nothing outside of it."""


class DatabaseRoleKind(Kind[DatabaseRole]):
    name = "database_role"
    level = "database"
    spec_type = DatabaseRole
    order = 27

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            yield Query(f"SHOW DATABASE ROLES IN DATABASE {database}", needs, pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            assert answer.query.needs is not None
            database = answer.query.needs
            for row in answer.rows:
                name = QualifiedName.parse(database.name).child(str(row["name"]))
                spec = DatabaseRole(comment=words(row.get("comment")))
                yield Resource(Key("database_role", name.sql), spec, (database,))

    def create(self, name: str, spec: DatabaseRole) -> Payload:
        return {"options": options(spec, PROPERTIES)}

    def difference(
        self, name: str, desired: DatabaseRole, actual: DatabaseRole
    ) -> Iterator[Change]:
        yield from alteration(desired, actual, PROPERTIES)
