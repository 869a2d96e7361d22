"""Databases: https://docs.snowflake.com/en/sql-reference/sql/create-database"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..names import QualifiedName
from .base import Answer, Key, Query, Resource, Scope
from .container_base import Container, ContainerKind
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Container):
    """A database; the stack's own is declared for you."""


class DatabaseKind(ContainerKind[Database]):
    name = "database"
    level = "account"
    spec_type = Database
    order = 20

    def queries(self, scope: Scope) -> Iterable[Query]:
        yield Query("SHOW DATABASES", pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if words(row.get("origin")) or words(row.get("kind") or "STANDARD") != "STANDARD":
                    continue  # shared and imported databases are nobody's to change
                key = Key("database", QualifiedName.of(row["name"]).sql)
                yield Resource(key, Database(**self.facts(row)))
