"""UPDATE, DELETE and MERGE of a table with policies: conditions and values see what its reader sees.

Which rows change, and to what, is worked out over the table under its policies; the rows themselves
are then written by their hidden ids.

https://docs.snowflake.com/en/user-guide/security-row-intro
"""

from dataclasses import dataclass

from ..engine.catalogue import Object
from ..language.names import quote
from .context import Context
from .policies import protected
from .stored import ROW_ID, physical

_TARGET, _CHANGES = '"$target"', '"$changes"'
_RID = quote(ROW_ID)


@dataclass
class Clause:
    """A WHEN clause of a MERGE: what it asks for, and the columns it writes with their values."""

    matched: bool
    condition: str | None
    action: str
    values: list[tuple[str, str]]


def visible_rows(context: Context, table: Object, alias: str) -> str:
    """Return the table under its policies, with its hidden ids, as an item of FROM."""
    rows = protected(context, table, f"SELECT * FROM {physical(table)}", (ROW_ID,))
    return f"({rows}) AS {quote(alias)}"


def update_sql(
    table: Object, changes: list[tuple[str, str]], rows: str, alias: str, version: int
) -> str:
    """Return the UPDATE of the rows that `rows`, all of FROM and WHERE, leaves.

    Args:
        table: To be written.
        changes: Columns, quoted, and their values.
        rows: DuckDB's SQL from FROM on.
        alias: Of the table in it.
        version: Of the statement.
    """
    values = ", ".join(f"{value} AS c{place}" for place, (_, value) in enumerate(changes))
    assigned = ", ".join(
        f"{column} = {_CHANGES}.c{place}" for place, (column, _) in enumerate(changes)
    )
    return (
        f'UPDATE {physical(table)} AS {_TARGET} SET {assigned}, "$from" = {version} '
        f'FROM (SELECT {quote(alias)}.{_RID} AS "$key", {values} {rows}) AS {_CHANGES} '
        f'WHERE {_TARGET}.{_RID} = {_CHANGES}."$key"'
    )


def merge_sql(
    context: Context, table: Object, alias: str, source: str, on: str, clauses: list[Clause]
) -> str:
    """Return the MERGE of a source into the table under its policies.

    DuckDB works out the values of every clause for every row; here only for those that it takes.
    """
    key = f"{quote(alias)}.{_RID}"
    columns = [f'{key} AS "$key"']
    spelt = []
    taken: dict[bool, list[str]] = {True: [], False: []}
    for number, clause in enumerate(clauses):
        applies = f"{key} IS {'NOT ' if clause.matched else ''}NULL"
        if clause.condition:
            columns.append(f"({applies} AND ({clause.condition})) AS w{number}")
            applies = f"{applies} AND ({clause.condition})"
        takes = " AND NOT ".join(
            [applies, *(f"coalesce({c}, false)" for c in taken[clause.matched])]
        )
        taken[clause.matched].append(clause.condition or "true")
        columns += [
            f"CASE WHEN {takes} THEN {value} END AS c{number}_{place}"
            for place, (_, value) in enumerate(clause.values)
        ]
        head = "WHEN MATCHED" if clause.matched else "WHEN NOT MATCHED"
        head += f" AND {_CHANGES}.w{number}" if clause.condition else ""
        names = [column for column, _ in clause.values]
        held = [f"{_CHANGES}.c{number}_{place}" for place in range(len(names))]
        spelt.append(f"{head} THEN {action_sql(clause.action, names, held)}")
    joined = f"FROM {source} LEFT JOIN {visible_rows(context, table, alias)} ON {on}"
    return (
        f"MERGE INTO {physical(table)} AS {_TARGET} USING (SELECT {', '.join(columns)} {joined}) "
        f'AS {_CHANGES} ON {_TARGET}.{_RID} = {_CHANGES}."$key" {" ".join(spelt)} '
        "RETURNING merge_action"
    )


def action_sql(action: str, names: list[str], held: list[str]) -> str:
    """Return what a WHEN clause does, with the values of the columns that it writes."""
    if action == "DELETE":
        return action
    if action == "UPDATE":
        pairs = zip(names, held, strict=True)
        return f"UPDATE SET {', '.join(f'{name} = {value}' for name, value in pairs)}"
    return f"INSERT ({', '.join(names)}) VALUES ({', '.join(held)})"
