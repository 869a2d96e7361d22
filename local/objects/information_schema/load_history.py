"""LOAD_HISTORY: https://docs.snowflake.com/en/sql-reference/info-schema/load_history"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ...sessions.transaction import Transaction
from ..kinds.showing import timestamp
from .visible import schema_objects

NAME = "LOAD_HISTORY"
COLUMNS = (
    ("SCHEMA_NAME", "VARCHAR"), ("FILE_NAME", "VARCHAR"), ("TABLE_NAME", "VARCHAR"),
    ("LAST_LOAD_TIME", "TIMESTAMP WITH TIME ZONE"), ("STATUS", "VARCHAR"), ("ROW_COUNT", "BIGINT"),
    ("ROW_PARSED", "BIGINT"), ("FIRST_ERROR_MESSAGE", "VARCHAR"), ("FIRST_ERROR_LINE_NUMBER", "BIGINT"),
    ("FIRST_ERROR_CHARACTER_POSITION", "BIGINT"), ("FIRST_ERROR_COL_NAME", "VARCHAR"),
    ("ERROR_COUNT", "BIGINT"), ("ERROR_LIMIT", "BIGINT"),
)  # fmt: skip


def loads(transaction: Transaction, table: Object) -> list[tuple[Any, ...]]:
    """Return what is remembered of the files that were loaded into a table."""
    found: list[tuple[Any, ...]] = transaction.cursor.execute(
        "SELECT shown, stage, size, loaded, status, parsed, rows, errors, message, line, character, "
        '"column", query_id FROM hush.loads WHERE "table" = ? ORDER BY loaded, path',
        [table.id],
    ).fetchall()
    return found


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each file that was loaded into a table that the role may see."""
    found = []
    for item, path in schema_objects(session, database, ("TABLE",)):
        for (
            shown,
            _,
            _,
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
            found.append(
                [path[1], shown, path[2], timestamp(loaded), status, count, parsed, message, line, place, column,
                 errors, None]
            )  # fmt: skip
    return found
