"""Databases: https://docs.snowflake.com/en/sql-reference/sql/create-database"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..names import QualifiedName
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
class Database(Spec):
    transient: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None


class DatabaseKind(Kind[Database]):
    name = "database"
    level = "account"
    spec_type = Database
    order = 20
    drop_class: ClassVar[OperationClass] = "loss"

    def queries(self, scope: Scope) -> Iterable[Query]:
        yield Query("SHOW DATABASES", pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if words(row.get("origin")) or words(row.get("kind") or "STANDARD") != "STANDARD":
                    continue  # shared and imported databases are nobody's to change
                yield Resource(
                    Key("database", QualifiedName.of(row["name"]).sql),
                    Database(
                        comment=words(row.get("comment")),
                        transient="TRANSIENT" in words(row.get("options")),
                        data_retention_days=whole(row.get("retention_time")),
                    ),
                )

    def create(self, name: str, spec: Database) -> Payload:
        return {"transient": spec.transient, "options": options(spec, PROPERTIES)}

    def difference(self, name: str, desired: Database, actual: Database) -> Iterator[Change]:
        yield from alteration(desired, actual, PROPERTIES)
