"""The table function COPY_HISTORY: https://docs.snowflake.com/en/sql-reference/functions/copy_history"""

import time
from typing import Any

from ...language.errors import compilation
from ...language.parser import Parser
from ...sql.context import Context
from ...sql.rows import literal_relation
from ..kinds.showing import timestamp
from .load_history import loads

ARGUMENTS = {"TABLE_NAME", "START_TIME", "END_TIME"}
_DAYS = 14 * 86_400_000_000
_TIME = "TIMESTAMP WITH TIME ZONE"
_COLUMNS = (
    ("FILE_NAME", "VARCHAR"), ("STAGE_LOCATION", "VARCHAR"), ("LAST_LOAD_TIME", _TIME), ("ROW_COUNT", "BIGINT"),
    ("ROW_PARSED", "BIGINT"), ("FILE_SIZE", "BIGINT"), ("FIRST_ERROR_MESSAGE", "VARCHAR"),
    ("FIRST_ERROR_LINE_NUMBER", "BIGINT"), ("FIRST_ERROR_CHARACTER_POS", "BIGINT"),
    ("FIRST_ERROR_COLUMN_NAME", "VARCHAR"), ("ERROR_COUNT", "BIGINT"), ("ERROR_LIMIT", "BIGINT"),
    ("STATUS", "VARCHAR"), ("TABLE_CATALOG_NAME", "VARCHAR"), ("TABLE_SCHEMA_NAME", "VARCHAR"),
    ("TABLE_NAME", "VARCHAR"), ("PIPE_CATALOG_NAME", "VARCHAR"), ("PIPE_SCHEMA_NAME", "VARCHAR"),
    ("PIPE_NAME", "VARCHAR"), ("PIPE_RECEIVED_TIME", _TIME),
)  # fmt: skip
_STATUSES = {
    "LOADED": "Loaded",
    "PARTIALLY_LOADED": "Partially loaded",
    "LOAD_FAILED": "Load failed",
}


def copy_history(context: Context, table: str, low: int | None, high: int | None) -> str:
    """Return DuckDB's SQL of the files that were loaded into a table.

    Args:
        context: Of the query.
        table: Its name, as text.
        low: From when on, in microseconds since 1970.
        high: Until when.
    """
    session = context.session
    if not table or low is None:
        raise compilation("COPY_HISTORY needs TABLE_NAME and START_TIME", 938, "22023")
    item = session.names.find("TABLE", Parser(table).name())
    session.identity.require("SELECT", item)
    path = session.engine.catalogue.path(item)
    earliest = max(low, time.time_ns() // 1000 - _DAYS)
    found = []
    for (
        shown,
        stage,
        size,
        loaded,
        status,
        parsed,
        count,
        errors,
        message,
        line,
        place,
        column,
        _,
    ) in loads(session.transaction, item):
        if loaded < earliest or (high is not None and loaded > high):
            continue
        held = session.engine.catalogue.get(stage)
        location = f"@{session.engine.catalogue.full_name(held)}" if held is not None else None
        found.append(
            [shown, location, timestamp(loaded), count, parsed, size, message, line, place, column, errors, None,
             _STATUSES[status], *path, None, None, None, None]
        )  # fmt: skip
    return literal_relation(context, _COLUMNS, found)


def run(context: Context, arguments: dict[str, Any], micro: Any) -> str:
    """Answer a call with its arguments by name; `micro` reads a moment."""
    return copy_history(
        context,
        str(arguments.get("TABLE_NAME") or ""),
        micro(arguments.get("START_TIME")),
        micro(arguments.get("END_TIME")),
    )
