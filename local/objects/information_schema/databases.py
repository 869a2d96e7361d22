"""DATABASES: https://docs.snowflake.com/en/sql-reference/info-schema/databases"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ..kinds.showing import timestamp

NAME = "DATABASES"
_TIME = "TIMESTAMP WITH TIME ZONE"
COLUMNS = (
    ("DATABASE_NAME", "VARCHAR"), ("DATABASE_OWNER", "VARCHAR"), ("IS_TRANSIENT", "VARCHAR"),
    ("COMMENT", "VARCHAR"), ("CREATED", _TIME), ("LAST_ALTERED", _TIME), ("RETENTION_TIME", "BIGINT"),
    ("TYPE", "VARCHAR"),
)  # fmt: skip


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each database that the role may see."""
    found = []
    for item in session.engine.catalogue.of_kind("DATABASE"):
        if session.names.may_see(item):
            created = timestamp(item.created)
            days = item.body.get("properties", {}).get("DATA_RETENTION_TIME_IN_DAYS", 1)
            transient = "YES" if item.body.get("transient") else "NO"
            found.append(
                [
                    item.name,
                    item.owner,
                    transient,
                    item.comment or None,
                    created,
                    created,
                    days,
                    "STANDARD",
                ]
            )
    return found
