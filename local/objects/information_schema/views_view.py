"""VIEWS: https://docs.snowflake.com/en/sql-reference/info-schema/views"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ..get_ddl import is_hidden
from ..kinds.showing import timestamp
from .visible import schema_objects

NAME = "VIEWS"
_TIME = "TIMESTAMP WITH TIME ZONE"
COLUMNS = (
    ("TABLE_CATALOG", "VARCHAR"), ("TABLE_SCHEMA", "VARCHAR"), ("TABLE_NAME", "VARCHAR"),
    ("TABLE_OWNER", "VARCHAR"), ("VIEW_DEFINITION", "VARCHAR"), ("CHECK_OPTION", "VARCHAR"),
    ("IS_UPDATABLE", "VARCHAR"), ("INSERTABLE_INTO", "VARCHAR"), ("IS_SECURE", "VARCHAR"),
    ("CREATED", _TIME), ("LAST_ALTERED", _TIME), ("LAST_DDL", _TIME), ("COMMENT", "VARCHAR"),
)  # fmt: skip


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each view that the role may see."""
    found = []
    for item, path in schema_objects(session, database, ("VIEW",)):
        created = timestamp(item.created)
        secure = "YES" if item.body.get("secure") else "NO"
        found.append(
            [
                *path,
                item.owner,
                None if is_hidden(session.identity, item) else item.body["text"],
                "NONE",
                "NO",
                "NO",
                secure,
                created,
                created,
                created,
                item.comment,
            ]
        )
    return found
