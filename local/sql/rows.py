"""Rows that Python made, as a relation of DuckDB's."""

import datetime as dt
import json
from typing import Any

from ..language.names import quote
from ..language.zoned import from_arrow, spelt
from ..sessions.session import Session
from .context import Context
from .parameters import used_parameters


def literal_relation(
    context: Context, columns: tuple[tuple[str, str], ...], rows: list[list[Any]]
) -> str:
    """Return DuckDB's SQL for rows that Python made; `columns` are names and DuckDB's types.

    The rows are a parameter: in the text they would be parsed, megabytes of them.
    """
    shape = json.dumps([{f"c{index}": "VARCHAR" for index in range(len(columns))}])
    names = ", ".join(
        f"CAST(j.c{index} AS {kind}) AS {quote(name)}" for index, (name, kind) in enumerate(columns)
    )
    content = json.dumps(
        [
            {
                f"c{index}": None if value is None else _spelt(value, columns[index][1])
                for index, value in enumerate(row)
            }
            for row in rows
        ]
    )
    held = context.parameter(content).this.name
    return f"SELECT {names} FROM (SELECT unnest(from_json(${held}, '{shape}')) AS j)"


def first_value(session: Session, sql: str, context: Context) -> Any:
    """Return the first value of DuckDB's SQL of a query, None when it has no row."""
    cursor = session.transaction.cursor.execute(sql, used_parameters(sql, context) or None)
    if any(str(kind) == "INTERVAL" for _, kind, *_ in cursor.description or []):
        reader: Any = cursor.to_arrow_reader(1)
        with reader:
            return from_arrow(reader.read_all().column(0))[0]
    row = cursor.fetchone()
    return row[0] if row else None


def _spelt(value: Any, kind: str) -> str:
    if isinstance(value, dt.datetime) and kind == "INTERVAL":
        return spelt(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
