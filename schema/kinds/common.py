"""What most kinds share: one SHOW, properties, and a body that is replaced where Snowflake knows
no ALTER for it. A kind then says only what is its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, ClassVar

from ..names import QualifiedName
from ..sql.compare import same_sql
from ..values import Key, OperationClass, Payload, Row
from .annotations import Target, references_in, sql_fields
from .base import Change, Kind, Resource, SpecT
from .properties import COMMENT, Property, alteration, name_of, options, owner_in
from .reading import Answer, Query, Scope


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
        for database in scope.databases if self.level != "account" else ():
            needs = Key("database", database.sql)
            sql = f"SHOW {self.show} IN DATABASE {database}"
            yield Query(sql, needs, pages=self.pages, optional=self.optional)
        for name in scope.singly.get(self.name, ()):
            yield Query(self.own_query(name), Key(self.name, name), optional=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        own = {a.query.sql: a.rows for a in answers if _is_own(a, self.name) and not a.failed}
        for answer in answers:
            for row in answer.rows if not _is_own(answer, self.name) else ():
                if is_internal(row):
                    continue
                spec = self.read_row(row)
                if spec is None:
                    continue
                name = self.read_name(row, answer.query.needs)
                more = own.get(self.own_query(name.sql)) if own else None
                told = self.read_own(row, more) if more is not None else {}
                spec = replace(spec, **told)
                yield Resource(
                    Key(self.name, name.sql),
                    spec,
                    (*self._container(name), *references_in(spec)),
                    told=frozenset(told),
                    owner=owner_in(row),
                )

    def own_query(self, name: str) -> str:
        """The statement that tells what SHOW does not, of one object (`needs_own_query`)."""
        raise NotImplementedError

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        """The fields that the rows of `own_query` tell; `row` is that of SHOW."""
        raise NotImplementedError

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
        changed = [f for f in self.replaced_by if not same_field(desired, actual, f)]
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


def _is_own(answer: Answer, kind: str) -> bool:
    """Whether it answers an `own_query`: that needs the object itself."""
    needs = answer.query.needs
    return needs is not None and needs.kind == kind


def same_field(left: Any, right: Any, name: str) -> bool:
    """Whether a field of two specs is the same; SQL may be written in another way."""
    one, other = getattr(left, name), getattr(right, name)
    if one == other:
        return True
    spec_type: Any = type(left)
    if name in sql_fields(spec_type):
        return same_sql(one or "", other or "")
    return _same(one, other)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, Target) and isinstance(right, Target) and "" in (left.kind, right.kind):
        return left.name == right.name
    if is_dataclass(left) and type(left) is type(right):
        names = (item.name for item in fields(left) if item.compare)
        return all(same_field(left, right, name) for name in names)
    return bool(left == right)
