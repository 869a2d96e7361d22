"""TABLES: https://docs.snowflake.com/en/sql-reference/info-schema/tables"""

from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from ..kinds.showing import timestamp
from ..kinds.table_facts import estimated_bytes, estimated_rows, inherited_retention
from .visible import relations

NAME = "TABLES"
_TIME = "TIMESTAMP WITH TIME ZONE"
COLUMNS = (
    ("TABLE_CATALOG", "VARCHAR"), ("TABLE_SCHEMA", "VARCHAR"), ("TABLE_NAME", "VARCHAR"),
    ("TABLE_OWNER", "VARCHAR"), ("TABLE_TYPE", "VARCHAR"), ("IS_TRANSIENT", "VARCHAR"),
    ("CLUSTERING_KEY", "VARCHAR"), ("ROW_COUNT", "BIGINT"), ("BYTES", "BIGINT"),
    ("RETENTION_TIME", "BIGINT"), ("SELF_REFERENCING_COLUMN_NAME", "VARCHAR"),
    ("REFERENCE_GENERATION", "VARCHAR"), ("USER_DEFINED_TYPE_CATALOG", "VARCHAR"),
    ("USER_DEFINED_TYPE_SCHEMA", "VARCHAR"), ("USER_DEFINED_TYPE_NAME", "VARCHAR"),
    ("IS_INSERTABLE_INTO", "VARCHAR"), ("IS_TYPED", "VARCHAR"), ("COMMIT_ACTION", "VARCHAR"),
    ("CREATED", _TIME), ("LAST_ALTERED", _TIME), ("LAST_DDL", _TIME), ("LAST_DDL_BY", "VARCHAR"),
    ("AUTO_CLUSTERING_ON", "VARCHAR"), ("COMMENT", "VARCHAR"), ("IS_TEMPORARY", "VARCHAR"),
    ("IS_ICEBERG", "VARCHAR"), ("IS_DYNAMIC", "VARCHAR"), ("IS_IMMUTABLE", "VARCHAR"), ("IS_HYBRID", "VARCHAR"),
)  # fmt: skip
_TYPES = {"TABLE": "BASE TABLE", "DYNAMIC TABLE": "BASE TABLE", "VIEW": "VIEW"}


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each table and view that the role may see."""
    found = []
    for item, path in relations(session, database):
        table = item.kind != "VIEW"
        count = estimated_rows(session, item) if table else None
        created = timestamp(item.created)
        cluster = item.body.get("cluster_by")
        days = item.body.get("properties", {}).get("DATA_RETENTION_TIME_IN_DAYS")
        found.append(
            [
                *path,
                item.owner or None,
                "LOCAL TEMPORARY" if table and item.body.get("temporary") else _TYPES[item.kind],
                "YES" if item.body.get("transient") else "NO",
                f"LINEAR({', '.join(cluster)})" if cluster else None,
                count,
                None if count is None else estimated_bytes(item, count),
                (days if days is not None else inherited_retention(session, item))
                if table
                else None,
                None,
                None,
                None,
                None,
                None,
                "YES" if table else "NO",
                "YES" if table else None,
                None,
                created,
                created,
                created,
                session.identity.user.name,
                "YES" if cluster else "NO",
                item.comment or None,
                "YES" if item.body.get("temporary") else "NO",
                "NO",
                "YES" if item.kind == "DYNAMIC TABLE" else "NO",
                "NO",
                "NO",
            ]
        )
    return found
