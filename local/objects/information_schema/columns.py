"""COLUMNS: https://docs.snowflake.com/en/sql-reference/info-schema/columns"""

from typing import Any

from ...engine.catalogue import Object
from ...language.types import from_json
from ...sessions.session import Session
from .visible import relations

NAME = "COLUMNS"
COLUMNS = (
    ("TABLE_CATALOG", "VARCHAR"), ("TABLE_SCHEMA", "VARCHAR"), ("TABLE_NAME", "VARCHAR"),
    ("COLUMN_NAME", "VARCHAR"), ("ORDINAL_POSITION", "BIGINT"), ("COLUMN_DEFAULT", "VARCHAR"),
    ("IS_NULLABLE", "VARCHAR"), ("DATA_TYPE", "VARCHAR"), ("CHARACTER_MAXIMUM_LENGTH", "BIGINT"),
    ("CHARACTER_OCTET_LENGTH", "BIGINT"), ("NUMERIC_PRECISION", "BIGINT"),
    ("NUMERIC_PRECISION_RADIX", "BIGINT"), ("NUMERIC_SCALE", "BIGINT"),
    ("DATETIME_PRECISION", "BIGINT"), ("INTERVAL_TYPE", "VARCHAR"), ("INTERVAL_PRECISION", "VARCHAR"),
    ("CHARACTER_SET_CATALOG", "VARCHAR"), ("CHARACTER_SET_SCHEMA", "VARCHAR"),
    ("CHARACTER_SET_NAME", "VARCHAR"), ("COLLATION_CATALOG", "VARCHAR"),
    ("COLLATION_SCHEMA", "VARCHAR"), ("COLLATION_NAME", "VARCHAR"), ("DOMAIN_CATALOG", "VARCHAR"),
    ("DOMAIN_SCHEMA", "VARCHAR"), ("DOMAIN_NAME", "VARCHAR"), ("UDT_CATALOG", "VARCHAR"),
    ("UDT_SCHEMA", "VARCHAR"), ("UDT_NAME", "VARCHAR"), ("SCOPE_CATALOG", "VARCHAR"),
    ("SCOPE_SCHEMA", "VARCHAR"), ("SCOPE_NAME", "VARCHAR"), ("MAXIMUM_CARDINALITY", "BIGINT"),
    ("DTD_IDENTIFIER", "VARCHAR"), ("IS_SELF_REFERENCING", "VARCHAR"), ("IS_IDENTITY", "VARCHAR"),
    ("IDENTITY_GENERATION", "VARCHAR"), ("IDENTITY_START", "VARCHAR"), ("IDENTITY_INCREMENT", "VARCHAR"),
    ("IDENTITY_MAXIMUM", "VARCHAR"), ("IDENTITY_MINIMUM", "VARCHAR"), ("IDENTITY_CYCLE", "VARCHAR"),
    ("IDENTITY_ORDERED", "VARCHAR"), ("SCHEMA_EVOLUTION_RECORD", "VARCHAR"), ("COMMENT", "VARCHAR"),
    ("DATA_TYPE_ALIAS", "VARCHAR"),
)  # fmt: skip
_NAMES = {"VARCHAR": "TEXT"}


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each column of what the role may see."""
    found = []
    for item, path in relations(session, database):
        for position, column in enumerate(item.body.get("columns", []), 1):
            kind = from_json(column["type"])
            text = kind.length if kind.base in {"VARCHAR", "BINARY"} else None
            octets = min(4 * text, 16_777_216) if text and kind.base == "VARCHAR" else text
            number = kind.base == "NUMBER"
            identity = column.get("identity")
            found.append(
                [
                    *path,
                    column["name"],
                    position,
                    column.get("default"),
                    "NO" if column.get("not_null") else "YES",
                    _NAMES.get(kind.base, kind.base),
                    text,
                    octets,
                    kind.precision if number else None,
                    10 if number else None,
                    kind.scale if number else None,
                    kind.precision if kind.base.startswith("TIME") else None,
                    *[None] * 7,
                    column.get("collation"),
                    *[None] * 11,
                    "NO",
                    "YES" if identity else "NO",
                    "BY DEFAULT" if identity else None,
                    identity["start"] if identity else None,
                    identity["step"] if identity else None,
                    None,
                    None,
                    "NO" if identity else None,
                    ("YES" if identity.get("ordered", True) else "NO") if identity else None,
                    None,
                    column.get("comment"),
                    str(kind),
                ]
            )
    return found
