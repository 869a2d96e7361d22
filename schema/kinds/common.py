"""What most kinds share: one SHOW, properties, and a body that is replaced where Snowflake knows
no ALTER for it. A kind then says only what is its own."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from ..names import QualifiedName
from ..sqltext import same_sql
from .annotations import references_in
from .base import Change, Kind, Resource, SpecT
from .properties import COMMENT, Property, alteration, name_of, options
from .reading import Answer, Query, Scope
from .values import Key, OperationClass, Payload, Row


class Shown(Kind[SpecT]):
    """A kind of which one SHOW tells everything, or nearly.

    Class variables:
        show: What stands after SHOW: `SEQUENCES`.
        properties: `NAME = value` options, in clause order; they change by ALTER … SET.
        replaced_by: Fields whose change means CREATE OR REPLACE (or OR ALTER: the template says).
        replace_class: The class of that operation.
        replace_reason: What the reader is told beside the names of the fields.
        optional: Accounts may lack the feature: a SHOW that fails reads as no rows.
        pages: The SHOW takes `LIMIT … FROM …`.
    """

    show: ClassVar[str]
    properties: ClassVar[tuple[Property, ...]] = (COMMENT,)
    replaced_by: ClassVar[tuple[str, ...]] = ()
    replace_class: ClassVar[OperationClass] = "safe"
    replace_reason: ClassVar[str] = ""
    optional: ClassVar[bool] = False
    pages: ClassVar[bool] = True

    def queries(self, scope: Scope) -> Iterable[Query]:
        if self.level == "account":
            yield Query(f"SHOW {self.show}", pages=self.pages, optional=self.optional)
            return
        for database in scope.databases:
            needs = Key("database", database.sql)
            sql = f"SHOW {self.show} IN DATABASE {database}"
            yield Query(sql, needs, pages=self.pages, optional=self.optional)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if is_internal(row):
                    continue
                spec = self.read_row(row)
                if spec is None:
                    continue
                name = self.read_name(row, answer.query.needs)
                yield Resource(
                    Key(self.name, name.sql), spec, (*self._container(name), *references_in(spec))
                )

    def read_row(self, row: Row) -> SpecT | None:
        """A row of SHOW as a spec; None for a row that is not ours to look at."""
        raise NotImplementedError

    def read_name(self, row: Row, database: Key | None) -> QualifiedName:
        """The full name of a row; `database` is the one that was asked for."""
        if self.level == "account":
            return QualifiedName.of(row["name"])
        if self.level == "database":
            assert database is not None
            return QualifiedName.parse(database.name).child(str(row["name"]))
        return name_of(row)

    def _container(self, name: QualifiedName) -> tuple[Key, ...]:
        kind = {"account": "", "database": "database", "schema": "schema"}[self.level]
        return (Key(kind, name.parent.sql),) if kind else ()

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


class SchemaObject(Shown[SpecT]):
    """A kind that lives in a schema."""

    level = "schema"


def is_internal(row: Row) -> bool:
    """What Snowflake keeps for its own services (Cortex Search), and INFORMATION_SCHEMA."""
    return str(row["name"]).startswith("_CORTEX_SEARCH_") or "INFORMATION_SCHEMA" in (
        row.get("schema_name"),
        row["name"],
    )


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return same_sql(left, right)
    return bool(left == right)
