"""PROCEDURES: https://docs.snowflake.com/en/sql-reference/info-schema/procedures"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from . import routines_rows

NAME = "PROCEDURES"
COLUMNS = routines_rows.columns("PROCEDURE")


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each procedure that the role may see."""
    return routines_rows.rows(session, database, "PROCEDURE")
