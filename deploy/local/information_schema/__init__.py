"""INFORMATION_SCHEMA: one file a view, made of the catalogue when it is read.

A file has `NAME`, `COLUMNS` (name and type) and `rows(session, database)`.
"""

import datetime as dt
import importlib
import json
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from ..errors import missing
from ..names import Name, quote
from ..translate.context import Context


@cache
def views() -> dict[str, ModuleType]:
    """Return the views by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "NAME"):
            found[loaded.NAME] = loaded
    return found


def relation(context: Context, name: Name) -> str:
    """Return DuckDB's SQL for a view of INFORMATION_SCHEMA.

    Raises:
        SqlError: There is none of that name.
    """
    view = views().get(name.last)
    if view is None:
        raise missing("OBJECT", str(name))
    session = context.session
    database = session.find_database(name.database) if name.database else session.current_database()
    return literal_relation(context, view.COLUMNS, view.rows(session, database))


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
                f"c{index}": None if value is None else _spelt(value)
                for index, value in enumerate(row)
            }
            for row in rows
        ]
    )
    held = context.parameter(content).this.name
    return f"SELECT {names} FROM (SELECT unnest(from_json(${held}, '{shape}')) AS j)"


def _spelt(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
