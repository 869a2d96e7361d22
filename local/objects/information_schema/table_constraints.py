"""TABLE_CONSTRAINTS: https://docs.snowflake.com/en/sql-reference/info-schema/table_constraints"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ..kinds.showing import timestamp
from ..show_more import constraint_name
from .visible import schema_objects

NAME = "TABLE_CONSTRAINTS"
_TIME = "TIMESTAMP WITH TIME ZONE"
COLUMNS = (
    ("CONSTRAINT_CATALOG", "VARCHAR"), ("CONSTRAINT_SCHEMA", "VARCHAR"), ("CONSTRAINT_NAME", "VARCHAR"),
    ("TABLE_CATALOG", "VARCHAR"), ("TABLE_SCHEMA", "VARCHAR"), ("TABLE_NAME", "VARCHAR"),
    ("CONSTRAINT_TYPE", "VARCHAR"), ("IS_DEFERRABLE", "VARCHAR"), ("INITIALLY_DEFERRED", "VARCHAR"),
    ("ENFORCED", "VARCHAR"), ("COMMENT", "VARCHAR"), ("CREATED", _TIME), ("LAST_ALTERED", _TIME),
    ("RELY", "VARCHAR"),
)  # fmt: skip


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each constraint; none is enforced."""
    found = []
    for item, path in schema_objects(session, database, ("TABLE",)):
        created = timestamp(item.created)
        for constraint in item.body.get("constraints") or []:
            name = constraint_name(item, constraint)
            rely = "YES" if constraint.get("rely") else "NO"
            found.append(
                [
                    path[0],
                    path[1],
                    name,
                    *path,
                    constraint["type"],
                    "NO",
                    "YES",
                    "NO",
                    None,
                    created,
                    created,
                    rely,
                ]
            )
    return found
