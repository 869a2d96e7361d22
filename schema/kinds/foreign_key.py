"""Foreign keys: https://docs.snowflake.com/en/sql-reference/sql/create-table-constraint

Snowflake keeps them and enforces none; tools read joins from them. Its table and columns are what
identifies one, `DB.S.ORDERS(CUSTOMER_ID)`, whatever the constraint is called. It is added when both
tables are there, so tables may refer to each other, and dropped before either of them changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from ..errors import SchemaError
from ..names import Identifier, QualifiedName
from ..plan import Operation, Operations, operation_of
from ..types import parse_type
from ..values import Key, Payload
from .annotations import Ref
from .base import Change, Expanded, Kind, Resource, Resources, Spec
from .properties import truth
from .reading import Answer, Query, Scope
from .table_spec import Table

# Operations of a table that a foreign key on it, or to it, does not survive.
_BREAKING = frozenset(
    {"migrate_column", "rename_column", "drop_primary_key", "drop_column", "drop"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKeyYaml:
    """`columns` of `table` hold the key of the table `to`, `to_columns` (its primary key when
    absent). `rely: true` lets the optimizer believe it. An entity's `references:` make theirs."""

    table: Annotated[QualifiedName, Ref("table")]
    columns: tuple[Identifier, ...]
    to: Annotated[QualifiedName, Ref("table")]
    to_columns: tuple[Identifier, ...] = ()
    rely: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Spec):
    comment: str = field(default="", compare=False)
    table: Annotated[QualifiedName, Ref("table")]
    columns: tuple[Identifier, ...]
    to: Annotated[QualifiedName, Ref("table")]
    to_columns: tuple[Identifier, ...]
    rely: bool = False


class ForeignKeyKind(Kind[ForeignKey]):
    name = "foreign_key"
    has_owner = False
    level = "schema"
    spec_type = ForeignKey
    order = 37
    yaml_type = ForeignKeyYaml

    def expand(
        self, declared: ForeignKeyYaml, resources: Mapping[Key, Resource]
    ) -> Iterator[Expanded]:
        to = _columns_of(declared.to, resources)
        spec = ForeignKey(
            table=declared.table,
            columns=declared.columns,
            to=declared.to,
            to_columns=declared.to_columns or (to.primary_key if to else ()),
            rely=declared.rely,
        )
        _check(spec, _columns_of(declared.table, resources), to)
        yield Expanded(foreign_key_name(spec), spec, foreign_key_references(spec))

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            yield Query(f"SHOW IMPORTED KEYS IN DATABASE {database}", needs)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        found: dict[tuple[QualifiedName, str, QualifiedName], list[ForeignKey]] = {}
        rows = (row for answer in answers for row in answer.rows)
        for row in sorted(rows, key=lambda row: int(row["key_sequence"])):
            table, to = (
                QualifiedName.of(
                    *(row[f"{side}_{p}_name"] for p in ("database", "schema", "table"))
                )
                for side in ("fk", "pk")
            )
            column, target = Identifier(row["fk_column_name"]), Identifier(row["pk_column_name"])
            same_name = found.setdefault((table, str(row["fk_name"]), to), [])
            place = _unfinished(same_name, int(row["key_sequence"]))
            if place is None:
                same_name.append(
                    ForeignKey(
                        table=table,
                        columns=(column,),
                        to=to,
                        to_columns=(target,),
                        rely=truth(row.get("rely")),
                    )
                )
                continue
            known = same_name[place]
            same_name[place] = replace(
                known, columns=(*known.columns, column), to_columns=(*known.to_columns, target)
            )
        for spec in (spec for same_name in found.values() for spec in same_name):
            yield Resource(
                Key("foreign_key", foreign_key_name(spec)), spec, foreign_key_references(spec)
            )

    def attached_to(self, spec: ForeignKey) -> Key | None:
        return Key("table", spec.table.sql)

    def create(self, name: str, spec: ForeignKey) -> Payload:
        return {
            **self.drop(name, spec),
            "to": spec.to.sql,
            "to_columns": [column.sql for column in spec.to_columns],
            "rely": spec.rely,
        }

    def drop(self, name: str, spec: ForeignKey) -> Payload:
        return {"table": spec.table.sql, "columns": [column.sql for column in spec.columns]}

    def difference(self, name: str, desired: ForeignKey, actual: ForeignKey) -> Iterator[Change]:
        reason = f"it refers to {_target(actual)}, should refer to {_target(desired)}"
        yield Change("drop", reason, self.drop(name, actual))
        yield Change("create", reason, self.create(name, desired))

    def arrange(self, operations: Operations, desired: Resources, actual: Resources) -> None:
        _put_back(operations, desired, actual)
        _drop_first(operations, desired, actual)
        _one_after_another(operations, desired)


def _unfinished(same_name: Sequence[ForeignKey], sequence: int) -> int | None:
    """Which of several keys of one name lacks this column; None: a new one begins."""
    if sequence == 1:
        return None
    lengths = [len(key.columns) for key in same_name]
    return lengths.index(sequence - 1) if sequence - 1 in lengths else None


def foreign_key_name(spec: ForeignKey) -> str:
    """The identity of a foreign key: its table and columns."""
    return QualifiedName(spec.table.parts, tuple(column.sql for column in spec.columns)).sql


def foreign_key_references(spec: ForeignKey) -> tuple[Key, ...]:
    return (Key("table", spec.table.sql), Key("table", spec.to.sql))


def _target(spec: ForeignKey) -> str:
    rely = " RELY" if spec.rely else ""
    return f"{spec.to.last} ({', '.join(column.sql for column in spec.to_columns)}){rely}"


def _columns_of(name: QualifiedName, resources: Mapping[Key, Resource]) -> Table | None:
    resource = resources.get(Key("table", name.sql))
    return resource.spec if resource and isinstance(resource.spec, Table) else None


def _check(spec: ForeignKey, table: Table | None, to: Table | None) -> None:
    """What Snowflake would refuse: columns that are not there, no key, types that differ."""
    for name, columns, there in (
        (spec.table, spec.columns, table),
        (spec.to, spec.to_columns, to),
    ):
        known = {column.name for column in there.columns} if there else set(columns)
        for column in columns:
            if column not in known:
                raise SchemaError(
                    f"{column} is not a column of {name}", "name columns of the table"
                )
    if to is not None and set(spec.to_columns) != set(to.primary_key):
        raise SchemaError(
            f"{_target(spec)} is not the primary key of {spec.to}",
            "refer to a primary key, or declare one",
        )
    if to is not None and len(spec.columns) != len(spec.to_columns):
        raise SchemaError(
            f"{len(spec.columns)} columns refer to a key of {len(spec.to_columns)}",
            "name as many of each",
        )
    if table is None or to is None:
        return
    types = {column.name: column.type for column in table.columns}
    key_types = {column.name: column.type for column in to.columns}
    for column, target in zip(spec.columns, spec.to_columns, strict=True):
        own, other = types[column], key_types[target]
        if parse_type(own).family != parse_type(other).family:
            raise SchemaError(
                f"{column} is {own}, and {spec.to.last}.{target} is {other}", f"make it {other}"
            )


def _breaks(op: Operation, spec: ForeignKey) -> bool:
    """Whether a foreign key does not survive an operation of one of its tables."""
    if op.action not in _BREAKING:
        return False
    if op.action == "drop_primary_key":
        return op.name == spec.to.sql
    if op.action == "drop":
        return True
    columns = [
        *(spec.columns if op.name == spec.table.sql else ()),
        *(spec.to_columns if op.name == spec.to.sql else ()),
    ]
    touched = {op.payload["column"], op.payload.get("to")}
    return any(column.sql in touched for column in columns)


def _put_back(
    operations: Operations,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
) -> None:
    """What replaces a key or a column takes the foreign keys along: they go before, and come back
    after it."""
    kind = ForeignKeyKind()
    for key, resource in desired.items():
        if key.kind != "foreign_key" or key in operations or key not in actual:
            continue
        assert isinstance(resource.spec, ForeignKey)
        spec = resource.spec
        changes = [op for ref in foreign_key_references(spec) for op in operations.get(ref, ())]
        if not any(_breaks(op, spec) for op in changes):
            continue
        reason = "stands in the way of what changes in its tables"
        drop = operation_of(key, Change("drop", reason, kind.drop(key.name, spec)))
        create = operation_of(
            key,
            Change("create", "is put back", kind.create(key.name, spec)),
            depends_on=tuple(sorted({drop.id, *(op.id for op in changes)})),
        )
        operations[key] = [drop, create]


def _drop_first(
    operations: Operations,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
) -> None:
    """A foreign key goes before anything in its tables changes: the names in it are still right."""
    for key, group in list(operations.items()):
        if key.kind != "foreign_key" or group[0].action != "drop":
            continue
        spec = (actual.get(key) or desired[key]).spec
        assert isinstance(spec, ForeignKey)
        drop = group[0]
        # It waits for nothing: its tables wait for it, and what follows it for them.
        group[0] = drop.after(())
        if len(group) > 1:
            waits = {*group[-1].depends_on, *drop.depends_on}
            group[-1] = group[-1].after(waits)
        for table in foreign_key_references(spec):
            others = operations.get(table)
            if others:
                first = others[0]
                others[0] = first.after({*first.depends_on, drop.id})


def _one_after_another(operations: Operations, desired: Mapping[Key, Resource]) -> None:
    """Foreign keys of one table are added one by one: each locks the table."""
    before: dict[str, str] = {}
    for key in sorted(key for key in operations if key.kind == "foreign_key" and key in desired):
        group = operations[key]
        spec = desired[key].spec
        assert isinstance(spec, ForeignKey)
        waits = before.get(spec.table.sql)
        if waits is not None:
            last = group[-1]
            group[-1] = last.after({*last.depends_on, waits})
        before[spec.table.sql] = group[-1].id
