"""The DuckDB tables behind a table: made, changed and copied together with their history."""

from typing import Any

import duckdb

from ..language.errors import SqlError
from ..language.names import quote
from ..language.types import DataType, from_json
from .catalogue import Object

# Rows, last version, and last end of an image: see `state_of`.
State = tuple[int, int, int]


def state_of(cursor: duckdb.DuckDBPyConnection, table: int) -> State:
    """Return the state of a table that a connection sees.

    It tells states apart, because who writes a table holds its lock and no version is given twice.
    """
    (row,) = cursor.execute(
        f'SELECT count(*), coalesce(max("$from"), 0), (SELECT coalesce(max("$to"), 0) '
        f'FROM data."h{table}") FROM data."t{table}"'
    ).fetchall()
    return int(row[0]), int(row[1]), int(row[2])


def create(cursor: duckdb.DuckDBPyConnection, table: Object) -> None:
    """Make the tables of rows and of history, and the sequences of identity columns."""
    columns = table.body["columns"]
    # NOT NULL is checked where rows are written: DuckDB could not change it beside other changes.
    spelt = nullable = ", ".join(
        f"{quote(column['name'])} {from_json(column['type']).duckdb}" for column in columns
    )
    cursor.execute(
        f'CREATE TABLE data."t{table.id}" ({spelt}, "$rid" BIGINT DEFAULT nextval(\'hush.row_id\'), '
        '"$from" BIGINT, "$born" BIGINT)'
    )
    cursor.execute(
        f'CREATE TABLE data."h{table.id}" ({nullable}, "$rid" BIGINT, "$from" BIGINT, "$born" BIGINT, '
        '"$to" BIGINT)'
    )
    for column in columns:
        if "identity" in column:
            create_identity(cursor, table, column["identity"])


def create_identity(
    cursor: duckdb.DuckDBPyConnection, table: Object, identity: dict[str, Any]
) -> None:
    """Make the sequence of an identity column."""
    cursor.execute(
        f'CREATE SEQUENCE data."s{table.id}_{identity["id"]}" START WITH {identity["start"]} '
        f"INCREMENT BY {identity['step']} MINVALUE -9223372036854775807 MAXVALUE 9223372036854775807"
    )


def copy_rows(
    cursor: duckdb.DuckDBPyConnection, source: Object, target: Object, version: int, sql: str | None
) -> None:
    """Copy the rows of a table into a new one of the same columns."""
    names = ", ".join(quote(column["name"]) for column in target.body["columns"])
    query = sql or f'SELECT {names} FROM data."t{source.id}"'
    cursor.execute(
        f'INSERT INTO data."t{target.id}" ({names}, "$from", "$born") '
        f"SELECT *, {version}, {version} FROM ({query})"
    )


def alter(cursor: duckdb.DuckDBPyConnection, table: Object, change: str) -> None:
    """Run an ALTER TABLE on the rows and the history alike."""
    for prefix in ("t", "h"):
        cursor.execute(f'ALTER TABLE data."{prefix}{table.id}" {change}')


def add_column(cursor: duckdb.DuckDBPyConnection, table: Object, name: str, kind: DataType) -> None:
    """Add an empty column."""
    alter(cursor, table, f"ADD COLUMN {quote(name)} {kind.duckdb}")


def require_no_null(cursor: duckdb.DuckDBPyConnection, table: Object, name: str) -> None:
    """Fail when a column holds a null and so cannot forbid it.

    Raises:
        SqlError: It does.
    """
    row = cursor.execute(
        f'SELECT 1 FROM data."t{table.id}" WHERE {quote(name)} IS NULL LIMIT 1'
    ).fetchone()
    if row is not None:
        raise SqlError(
            f"SQL compilation error:\nColumn '{name}' contains null values. Not null constraint "
            "cannot be added.",
            2027,
            "22000",
        )


def row_count(cursor: duckdb.DuckDBPyConnection, table: Object) -> int:
    """Return the number of rows of a table."""
    row = cursor.execute(f'SELECT count(*) FROM data."t{table.id}"').fetchone()
    return int(row[0]) if row else 0


def forget(cursor: duckdb.DuckDBPyConnection, table: Object) -> None:
    """Delete the tables for good."""
    for prefix in ("t", "h"):
        cursor.execute(f'DROP TABLE IF EXISTS data."{prefix}{table.id}"')
