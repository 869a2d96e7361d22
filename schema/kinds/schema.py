"""Schemas: https://docs.snowflake.com/en/sql-reference/sql/create-schema"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..names import QualifiedName, Sql
from .base import Answer, Change, Key, Payload, Query, Resource, Scope
from .container_base import Container, ContainerKind
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Container):
    """With `managed_access` the owner of the schema grants on what is in it."""

    managed_access: bool = False


class SchemaKind(ContainerKind[Schema]):
    name = "schema"
    level = "database"
    spec_type = Schema
    order = 25

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            yield Query(f"SHOW SCHEMAS IN DATABASE {database}", needs, pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if row["name"] == "INFORMATION_SCHEMA":
                    continue
                name = QualifiedName.of(row["database_name"], row["name"])
                managed = "MANAGED ACCESS" in words(row.get("options"))
                yield Resource(
                    Key("schema", name.sql),
                    Schema(**self.facts(row), managed_access=managed),
                    (Key("database", name.parent.sql),),
                )

    def create(self, name: str, spec: Schema) -> Payload:
        return {**super().create(name, spec), "managed_access": spec.managed_access}

    def difference(self, name: str, desired: Schema, actual: Schema) -> Iterator[Change]:
        if desired.managed_access != actual.managed_access:
            word = "ENABLE" if desired.managed_access else "DISABLE"
            yield Change("managed_access", f"{word.lower()} managed access", {"word": Sql(word)})
        yield from super().difference(name, desired, actual)
