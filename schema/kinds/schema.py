"""Schemas: https://docs.snowflake.com/en/sql-reference/sql/create-schema"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..names import QualifiedName, Sql
from .base import (
    Answer,
    Change,
    Key,
    Kind,
    OperationClass,
    Payload,
    Query,
    Range,
    Resource,
    Scope,
    Spec,
)
from .properties import COMMENT, Property, alteration, options, whole, words

PROPERTIES = (Property("data_retention_days", "DATA_RETENTION_TIME_IN_DAYS"), COMMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Spec):
    transient: bool = False
    managed_access: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None


class SchemaKind(Kind[Schema]):
    name = "schema"
    level = "database"
    spec_type = Schema
    order = 25
    drop_class: ClassVar[OperationClass] = "loss"

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
                flags = words(row.get("options"))
                yield Resource(
                    Key("schema", name.sql),
                    Schema(
                        comment=words(row.get("comment")),
                        transient="TRANSIENT" in flags,
                        managed_access="MANAGED ACCESS" in flags,
                        data_retention_days=whole(row.get("retention_time")),
                    ),
                    (Key("database", name.parent.sql),),
                )

    def create(self, name: str, spec: Schema) -> Payload:
        return {
            "transient": spec.transient,
            "managed_access": spec.managed_access,
            "options": options(spec, PROPERTIES),
        }

    def difference(self, name: str, desired: Schema, actual: Schema) -> Iterator[Change]:
        if desired.managed_access != actual.managed_access:
            word = "ENABLE" if desired.managed_access else "DISABLE"
            yield Change(
                "managed_access",
                f"{word.lower()} managed access",
                {"word": Sql(word)},
            )
        yield from alteration(desired, actual, PROPERTIES)
