"""FUNCTIONS: https://docs.snowflake.com/en/sql-reference/info-schema/functions"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from . import routines_rows

NAME = "FUNCTIONS"
COLUMNS = routines_rows.columns("FUNCTION")


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each function that the role may see."""
    return routines_rows.rows(session, database, "FUNCTION")
