"""What ALTER COLUMN forbids, done all the same: a new column, filled, in the old one's place.

Not a kind: the part of `table.py` that replaces a column. It survives a fault at any of its
statements: the new column bears a name of its own until the old one is gone, and whoever plans
next sees from the two names how far it came.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..names import Identifier, Sql
from ..types import keeps_every_value, type_change
from .base import Change

if TYPE_CHECKING:
    from .table import Column

_SUFFIX = "__MIGRATED"
# Types that MAX takes: it makes the server cast every value before anything is added.
_COMPARABLE = ("VARCHAR", "NUMBER", "FLOAT", "DATE", "TIME")


def interim_name(column: Identifier) -> Identifier:
    """The name of the new column while the old one is still there."""
    return Identifier(column.text[: 255 - len(_SUFFIX)] + _SUFFIX)


def migration(desired: "Column", actual: "Column") -> Change:
    """The operation that replaces a column. What CAST may round off or cut is lost, and what others
    write to the old column between the filling and its end: so it is always to be allowed."""
    from .table import column_payload

    interim = interim_name(desired.name)
    column = column_payload(desired)
    column["name"] = interim.sql
    column["nullable"] = True
    # A vector of another model is not a cast of the old one: embedding fills it again.
    keeps = not (desired.type.startswith("VECTOR") or actual.type.startswith("VECTOR"))
    what = f"{actual.type} -> {desired.type}"
    if desired.type == actual.type:
        what = f"default {actual.default or 'none'} -> {desired.default}"
    whole = keeps and keeps_every_value(actual.type, desired.type)
    fill = "filled by CAST" if keeps else "left to be embedded"
    kept = "; every value is kept but what others write to it meanwhile" if whole else ""
    return Change(
        "migrate_column",
        f"column {desired.name} {what} is no change in place: a new column is added, "
        f"{fill}, and takes the old one's place{kept}",
        {
            "column": column,
            "old": desired.name.sql,
            "type": Sql(desired.type),
            "fill": keeps,
            "check": keeps and desired.type.startswith(_COMPARABLE),
            "required": not desired.nullable,
        },
        "loss",
        part=f"column {desired.name}",
    )


def finished_migrations(
    wanted: "Mapping[Identifier, Column]", there: "dict[Identifier, Column]"
) -> Iterator[Change]:
    """Go on with migrations that were cut short; changes `there` to what they leave.

    While the old column is there the new one is a copy, whole or not: it goes, and a migration
    that is still wanted starts over. Without the old one it may hold the only data.
    """
    from dataclasses import replace

    for name in wanted:
        interim = interim_name(name)
        if interim not in there or interim in wanted:
            continue
        column = there.pop(interim)
        if name in there:
            yield Change(
                "drop_column",
                f"column {interim} is left of a migration that did not end; {name} holds the data",
                {"column": interim.sql},
                part=f"column {interim}",
            )
            continue
        there[name] = replace(column, name=name)
        expected = type_change(column.type, wanted[name].type) == "same"
        doubt = "" if expected else f", though it is {column.type}: it may hold no data or cut data"
        yield Change(
            "rename_column",
            f"column {name} takes the place of the one it replaces{doubt}",
            {"column": interim.sql, "to": name.sql},
            "safe" if expected else "loss",
            part=f"column {name}",
        )
