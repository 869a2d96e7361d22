"""What DuckDB says of a query without running it, on a connection of its own."""

from typing import Any

import duckdb
from sqlglot import exp

from ..engine import limits
from ..engine.failures import from_duckdb
from ..language.errors import SqlError
from ..language.results import Column
from ..language.types import from_duckdb as type_from_duckdb
from ..sessions.session import Session
from .context import Context
from .dialect import parse, write
from .headers import name_columns, precise_types
from .parameters import numbered, used_parameters
from .query import translate_query


def bind_aside(session: Session, sql: str, context: Context) -> None:
    """Let DuckDB bind a statement on another connection: an error there ends no transaction."""
    cursor = session.engine.database.cursor()
    try:
        with limits.tracking(cursor):
            cursor.execute(f"EXPLAIN {sql}", used_parameters(sql, context) or None)
    finally:
        cursor.close()


def result_columns(
    session: Session, query: str, bindings: dict[str, Any] | None = None
) -> tuple[str, Context, list[Column]]:
    """Return DuckDB's SQL of a query, its context, and its columns with Snowflake's types."""
    context = Context(session, bindings or {})
    sql = numbered(query)
    tree = parse(sql)
    if not isinstance(tree, exp.Query):
        raise SqlError("SQL compilation error:\nThis is not a query.", 1003, "42000")
    name_columns(tree, sql)
    known = precise_types(tree, session.names)
    translated = write(translate_query(tree, context), spent=True)
    # Described on a connection of its own: an error must not end an open transaction.
    cursor = session.engine.database.cursor()
    try:
        with limits.tracking(cursor):
            described = cursor.execute(
                f"DESCRIBE {translated}", used_parameters(translated, context) or None
            ).fetchall()
    except duckdb.Error as error:
        raise from_duckdb(error) from None
    finally:
        cursor.close()
    columns = []
    for name, kind, *_ in described:
        held = type_from_duckdb(str(kind))
        found = known.get(str(name))
        same = found is not None and found.type.duckdb == held.duckdb
        columns.append(found if found is not None and same else Column(str(name), held))
    return translated, context, columns
