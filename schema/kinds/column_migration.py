"""What ALTER COLUMN forbids, done all the same: a new column, filled, in the old one's place.

Not a kind: the part of `table.py` that replaces a column, so that no writer slips into it:

    NAME                            the values are looked at
    NAME, NAME__MIGRATED            the new column is filled; everybody goes on as ever
    NAME__REPLACED, NAME__MIGRATED  nobody can write NAME; what was written meanwhile comes over
    NAME__MIGRATED                  every value is in it, so the old column went
    NAME                            the new one

The columns of the table tell how far it came, whatever happened to whoever did it: nothing else
is remembered. While the old column is there it holds the values, under either of its names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..errors import SchemaError
from ..names import Identifier, Sql
from ..sql.tokens import tokens
from ..types import comparison, keeps_every_value, type_change
from ..values import OperationClass, Payload
from .base import Change
from .columns import column_payload, has_literal_default
from .governance import governance_payload
from .table_spec import Column, Table

_NEW = "__MIGRATED"
_OLD = "__REPLACED"
# Types that MAX takes: it makes the server cast every value before anything is added.
_ORDERED = ("VARCHAR", "NUMBER", "FLOAT", "DATE", "TIME")


def interim_name(column: Identifier) -> Identifier:
    """The name of the new column until it has its place."""
    return _with(column, _NEW)


def kept_name(column: Identifier) -> Identifier:
    """The name of the old column once nobody shall write it any more."""
    return _with(column, _OLD)


def _with(column: Identifier, suffix: str) -> Identifier:
    return Identifier(column.text[: 255 - len(suffix)] + suffix)


def migration(column: Column, old: Column, desired: Table, actual: Table) -> Change:
    """The operation that replaces the column `old` of a table by `column`, of the same name.

    Where CAST keeps every value it is a rebuild: nothing is lost, statements that name the column
    fail for a moment. Else it loses data.

    Raises:
        SchemaError: It cannot be done while things are as they are.
    """
    _refuse_impossible(column, old, desired, actual)
    definition = column_payload(column)
    definition["name"] = interim_name(column.name).sql
    definition["nullable"] = True
    if not has_literal_default(column):
        definition["default"] = None
    fill = _is_cast(old.type, column.type)
    whole = fill and keeps_every_value(old.type, column.type)
    veil = _veil(column.name, desired, actual) if fill else ""
    payload = _swap(column, fill) | {
        "definition": definition,
        "governed": governance_payload(desired)["governed"],
        "check": fill and not whole and column.type.startswith(_ORDERED),
        "forbid_null": fill and old.nullable and not column.nullable,
    }
    return Change(
        "migrate_column",
        f"Snowflake cannot change column {column.name} ({_difference(column, old)}) in place: a "
        f"new column {_filling(fill=fill, whole=whole)}, and swapped in; queries that use it fail "
        f"briefly during the swap{veil}{_order(column, actual)}",
        payload,
        "rebuild" if whole and not veil else "loss",
        part=f"column {column.name}",
    )


def _difference(column: Column, old: Column) -> str:
    if column.type == old.type:
        return f"default {old.default or 'none'} -> {column.default}"
    return f"{old.type} -> {column.type}"


def _filling(*, fill: bool, whole: bool) -> str:
    if not fill:
        return "is left to be embedded"
    kept = "keeps every value" if whole else "may cut, round or refuse values"
    return f"is filled with CAST, which {kept}"


def _order(column: Column, actual: Table) -> str:
    last = actual.columns[-1].name == column.name
    return "" if last else "; it moves to the end of the table, so INSERT should name its columns"


def _is_cast(old: str, new: str) -> bool:
    """A vector of another model is not a cast of the old one: embedding fills it again."""
    return not (old.startswith("VECTOR") or new.startswith("VECTOR"))


def _veil(column: Identifier, desired: Table, actual: Table) -> str:
    """Why the server may show less than there is to whoever copies the column; "": it does not."""
    masks = [item.policy for item in (*actual.masking, *desired.masking) if item.column == column]
    if masks:
        return f"; only what {masks[0]} shows the deploying role is kept"
    access = actual.row_access or desired.row_access
    if access is not None:
        return f"; its values in rows that {access.policy} hides from the deploying role are lost"
    return ""


def _refuse_impossible(column: Column, old: Column, desired: Table, actual: Table) -> None:
    if not column.nullable and not _is_cast(old.type, column.type):
        raise SchemaError(
            f"column {column.name} {_difference(column, old)} is required, and nothing can be cast",
            "make it nullable, embed it, and require it then",
        )
    if actual.row_access is not None and column.name in actual.row_access.on:
        raise SchemaError(
            f"column {column.name} {_difference(column, old)} is given to the row access policy "
            f"{actual.row_access.policy}, which would have to go for that time",
            "give the policy another column first, or take it off",
        )


def _swap(column: Column, fill: bool) -> Payload:
    """What the second half is given: from the moment in which the old name is gone."""
    return {
        "column": column.name.sql,
        "new": interim_name(column.name).sql,
        "kept": kept_name(column.name).sql,
        "type": Sql(column.type),
        "fill": fill,
        "comparison": comparison(column.type),
        "required": not column.nullable,
    }


def finished_migrations(
    desired: Table, actual: Table, there: dict[Identifier, Column]
) -> Iterator[Change]:
    """Go on with migrations that were cut short; changes `there`, the columns of `actual` by name,
    to what they leave."""
    if not any(name.text.endswith((_NEW, _OLD)) for name in there):
        return
    for column in desired.columns:
        yield from _finished(column.name, column, desired, actual, there)
        if column.renamed_from is not None and column.name not in there:
            yield from _finished(column.renamed_from, column, desired, actual, there)


def _finished(
    name: Identifier,
    wanted: Column,
    desired: Table,
    actual: Table,
    there: dict[Identifier, Column],
) -> Iterator[Change]:
    declared = {column.name for column in desired.columns}
    new, old = (
        None if given in declared else there.pop(given, None)
        for given in (interim_name(name), kept_name(name))
    )
    if name in there:
        yield from _left_over(name, new, old, [column.name for column in actual.columns])
    elif new is not None and old is not None:
        if name == wanted.name and type_change(new.type, wanted.type) == "same":
            there[name] = replace(new, name=name, nullable=wanted.nullable)
            yield _finish(wanted, old, desired, actual)
            return
        there[name] = replace(old, name=name)
        yield _back(name, old)
        yield _copy_goes(name, new)
    elif old is not None:
        there[name] = replace(old, name=name)
        yield _back(name, old)
    elif new is not None:
        there[name] = replace(new, name=name)
        yield _last_step(name, new, wanted)


def _left_over(
    name: Identifier, new: Column | None, old: Column | None, order: list[Identifier]
) -> Iterator[Change]:
    """The column is there, and something of a migration beside it."""
    if new is not None and old is None and order.index(name) < order.index(new.name):
        yield _copy_goes(name, new)
        return
    # Nothing of ours makes a column of that name while these are there: their values may be the
    # only ones.
    for column in filter(None, (old, new)):
        yield _drop(
            column,
            f"column {column.name} is left of a migration of {name} that did not end, and the "
            f"{name} that is there was added after it: what it was may be in {column.name} alone",
            "loss",
        )


def _finish(wanted: Column, old: Column, desired: Table, actual: Table) -> Change:
    fill = _is_cast(old.type, wanted.type)
    whole = fill and keeps_every_value(old.type, wanted.type)
    veil = _veil(old.name, desired, actual) or _veil(wanted.name, desired, actual) if fill else ""
    return Change(
        "finish_migration",
        f"a migration of column {wanted.name} was cut short: {old.name} holds its values "
        f"({old.type}), {interim_name(wanted.name)} the copy ({wanted.type}), and neither has its "
        f"name; the copy {_filling(fill=fill, whole=whole)}, and swapped in{veil}",
        _swap(wanted, fill),
        "rebuild" if whole and not veil else "loss",
        part=f"column {wanted.name}",
    )


def _back(name: Identifier, old: Column) -> Change:
    return Change(
        "rename_column",
        f"a migration of column {name} was cut short: {old.name} holds its values, and takes its "
        "place again",
        {"column": old.name.sql, "to": name.sql},
        part=f"column {name}",
    )


def _copy_goes(name: Identifier, new: Column) -> Change:
    return _drop(
        new, f"column {new.name} is left of a migration that did not end; {name} holds the data"
    )


def _drop(column: Column, reason: str, severity: OperationClass = "safe") -> Change:
    return Change(
        "drop_column",
        reason,
        {"column": column.name.sql},
        severity,
        part=f"column {column.name}",
    )


def _last_step(name: Identifier, new: Column, wanted: Column) -> Change:
    expected = type_change(new.type, wanted.type) == "same"
    doubt = "" if expected else f", though it is {new.type}: it may hold no data or cut data"
    return Change(
        "rename_column",
        f"column {name} takes the place of the one it replaces{doubt}",
        {"column": new.name.sql, "to": name.sql},
        "safe" if expected else "loss",
        part=f"column {name}",
    )


def why_undeclared(column: Identifier) -> str:
    """What the reader should know of a column that is not declared; "" of an ordinary one."""
    for suffix in (_NEW, _OLD):
        stem = column.text.removesuffix(suffix)
        if stem != column.text:
            return (
                f"column {column} is left of a migration of {Identifier(stem)} that did not end, "
                f"and {Identifier(stem)} is no longer declared: it may hold its values"
            )
    return ""


def clustered_by(keys: Iterable[str], columns: Iterable[str]) -> bool:
    """Whether one of the columns, as SQL spells them, is named in a clustering key."""
    named = {
        Identifier(text[1:-1] if text.startswith('"') else text.upper()).sql
        for key in keys
        for group, text in tokens(key)
        if group == "name"
    }
    return any(column in named for column in columns)
