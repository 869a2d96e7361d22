"""How the columns of a table change, one by one. Not a kind: a part of `table.py`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import SchemaError
from ..names import Identifier, Sql
from ..sql.compare import same_sql
from ..types import type_change
from .base import Change
from .column_migration import migration
from .columns import cannot_get_default, column_payload, has_literal_default
from .table_spec import Column, Table

if TYPE_CHECKING:
    from ..values import Payload


def added(table: str, column: Column) -> Change:
    literal = has_literal_default(column)
    if not column.nullable and (column.default is None or column.default.upper() == "NULL"):
        raise SchemaError(
            f"{table}.{column.name} is new and required, and has no default",
            "add it without required:, fill it, and require it then; or give it a default",
        )
    payload: Payload = {"column": column_payload(column), "fill": None}
    reason = f"column {column.name} {column.type} is new"
    if not literal:
        bare = replace(column, default=None, nullable=True)
        payload = {"column": column_payload(bare), "fill": Sql(column.default or "NULL")}
        reason += (
            f"; Snowflake adds columns with literal defaults only: the rows that are there get "
            f"{column.default}, later statements must name the column"
        )
    return Change(
        "add_column",
        reason,
        payload,
        part=f"column {column.name}",
        by_hand=f"column {column.name} {column.type} was dropped by hand: it comes back without "
        "data; Time Travel may hold what it was",
    )


def renames(desired: Table, there: dict[Identifier, Column]) -> Iterator[Change]:
    """Columns that keep their data under another name; changes `there`."""
    wanted = {column.name for column in desired.columns}
    for column in desired.columns:
        old = column.renamed_from
        if old is not None and column.name not in there and old in there and old not in wanted:
            yield Change(
                "rename_column",
                f"column {old} is renamed to {column.name}",
                {"column": old.sql, "to": column.name.sql},
                part=f"column {column.name}",
            )
            there[column.name] = replace(there.pop(old), name=column.name)


def leaving_their_names(
    first: Iterable[Change], changes: Mapping[Identifier, Iterable[Change]]
) -> Iterator[str]:
    """The columns, as SQL spells them, that a clustering key would keep from being renamed."""
    for change in (*first, *(change for found in changes.values() for change in found)):
        if change.action in ("rename_column", "migrate_column", "drop_column"):
            yield str(change.payload["column"])
        elif change.action == "finish_migration":
            yield from (str(change.payload[name]) for name in ("new", "kept"))


def _refuse_what_stays(desired: Column, actual: Column) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/alter-table-column (usage notes)"""
    for name in ("autoincrement", "collate"):
        wanted, there = getattr(desired, name), getattr(actual, name)
        if wanted and wanted != there:
            raise SchemaError(
                f"{name} of the column {desired.name} cannot change: Snowflake sets it when the "
                f"column is made, and it is {there or 'not set'}",
                f"remove {name}:, or declare a new column and copy the values",
            )


def column_changes(
    desired: Column, actual: Column, wanted: Table, there: Table
) -> Iterator[Change]:
    _refuse_what_stays(desired, actual)
    part = f"column {desired.name}"
    base: Payload = {"column": desired.name.sql}
    change = type_change(actual.type, desired.type)
    default_changes = not same_sql(desired.default or "", actual.default or "")
    if cannot_get_default(desired, actual):
        # A column that was added without it may hold NULL; `notes` of the table says so.
        may_be_null = desired.nullable or (actual.default is None and actual.nullable)
        desired = replace(desired, default=actual.default, nullable=may_be_null)
        default_changes = False
    if change == "forbidden" or (default_changes and desired.default is not None):
        yield migration(desired, actual, wanted, there)
        return
    if change == "widen":
        reason = f"column {desired.name} {actual.type} -> {desired.type}"
        yield Change("set_column_type", reason, {**base, "type": Sql(desired.type)}, part=part)
    if desired.nullable != actual.nullable:
        word = "DROP NOT NULL" if desired.nullable else "SET NOT NULL"
        reason = f"column {desired.name} {'may be' if desired.nullable else 'must not be'} NULL"
        yield Change("set_column_null", reason, {**base, "word": Sql(word)}, part=part)
    if default_changes:
        yield Change(
            "drop_column_default",
            f"column {desired.name} loses its default (where Snowflake refuses that, because ALTER "
            'TABLE set it: write default: "NULL", and the column is replaced)',
            base,
            part=part,
        )
    if desired.comment != actual.comment:
        reason = f"column {desired.name} gets a new comment"
        yield Change("set_column_comment", reason, {**base, "comment": desired.comment}, part=part)
