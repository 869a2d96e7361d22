"""What most schema-level kinds share: one SHOW per database, properties, and a body that is
replaced where Snowflake knows no ALTER for it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from ..names import QualifiedName
from ..sqltext import same_sql
from .base import (
    Answer,
    Change,
    Key,
    Kind,
    OperationClass,
    Payload,
    Query,
    Resource,
    Row,
    Scope,
    SpecT,
)
from .properties import Property, alteration, name_of, options


class SchemaObject(Kind[SpecT]):
    """A kind that lives in a schema.

    Class variables:
        show: What stands after SHOW: `SEQUENCES`.
        properties: `NAME = value` options, in clause order; they change by ALTER … SET.
        replaced_by: Fields whose change means CREATE OR REPLACE (or OR ALTER: the template says).
        replace_class: The class of that operation.
        replace_reason: What the reader is told beside the names of the fields.
    """

    level = "schema"
    show: ClassVar[str]
    properties: ClassVar[tuple[Property, ...]]
    replaced_by: ClassVar[tuple[str, ...]] = ()
    replace_class: ClassVar[OperationClass] = "safe"
    replace_reason: ClassVar[str] = ""
    optional: ClassVar[bool] = False

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            sql = f"SHOW {self.show} IN DATABASE {database}"
            yield Query(sql, needs, pages=True, optional=self.optional)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                spec = self.read_row(row)
                if spec is None or row["schema_name"] == "INFORMATION_SCHEMA":
                    continue
                name = self.read_name(row)
                yield Resource(Key(self.name, name.sql), spec, (Key("schema", name.parent.sql),))

    def read_row(self, row: Row) -> SpecT | None:
        """A row of SHOW as a spec; None for a row that is not ours to look at."""
        raise NotImplementedError

    def read_name(self, row: Row) -> QualifiedName:
        return name_of(row)

    def body(self, name: str, spec: SpecT) -> Payload:
        """What the templates need beside `options`."""
        return {}

    def create(self, name: str, spec: SpecT) -> Payload:
        return {
            **self.body(name, spec),
            "options": options(spec, self.properties),
            "replace": False,
        }

    def difference(self, name: str, desired: SpecT, actual: SpecT) -> Iterator[Change]:
        changed = [
            f for f in self.replaced_by if not _same(getattr(desired, f), getattr(actual, f))
        ]
        if changed:
            words = ", ".join(item.replace("_", " ") for item in changed)
            reason = f"{words} changes" + (
                f": {self.replace_reason}" if self.replace_reason else ""
            )
            payload = {**self.create(name, desired), "replace": True}
            yield Change("replace", reason, payload, self.replace_class)
            return
        yield from alteration(desired, actual, self.properties)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return same_sql(left, right)
    return bool(left == right)
