"""SCHEMATA: https://docs.snowflake.com/en/sql-reference/info-schema/schemata"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ..kinds.showing import timestamp

NAME = "SCHEMATA"
_TIME = "TIMESTAMP WITH TIME ZONE"
COLUMNS = (
    ("CATALOG_NAME", "VARCHAR"), ("SCHEMA_NAME", "VARCHAR"), ("SCHEMA_OWNER", "VARCHAR"),
    ("IS_TRANSIENT", "VARCHAR"), ("IS_MANAGED_ACCESS", "VARCHAR"), ("RETENTION_TIME", "BIGINT"),
    ("DEFAULT_CHARACTER_SET_CATALOG", "VARCHAR"), ("DEFAULT_CHARACTER_SET_SCHEMA", "VARCHAR"),
    ("DEFAULT_CHARACTER_SET_NAME", "VARCHAR"), ("SQL_PATH", "VARCHAR"), ("CREATED", _TIME),
    ("LAST_ALTERED", _TIME), ("COMMENT", "VARCHAR"),
)  # fmt: skip


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each schema that the role may see, INFORMATION_SCHEMA included."""
    found: list[list[Any]] = [
        [database.name, "INFORMATION_SCHEMA", None, "NO", "NO", 1, *[None] * 7]
    ]
    for schema in session.engine.catalogue.children(database.id, "SCHEMA"):
        if session.names.may_see(schema):
            created = timestamp(schema.created)
            days = schema.body.get("properties", {}).get("DATA_RETENTION_TIME_IN_DAYS", 1)
            found.append(
                [
                    database.name,
                    schema.name,
                    schema.owner,
                    "YES" if schema.body.get("transient") else "NO",
                    "YES" if schema.body.get("managed") else "NO",
                    days,
                    None,
                    None,
                    None,
                    None,
                    created,
                    created,
                    schema.comment or None,
                ]
            )
    return found
