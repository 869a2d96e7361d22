"""What SHOW and INFORMATION_SCHEMA tell of a table: its kind, retention, rows and bytes."""

from ...engine import storage
from ...engine.catalogue import Object
from ...language.types import from_json
from ...sessions.session import Session


def table_kind(item: Object) -> str:
    """Return a table's kind as SHOW has it."""
    if item.body.get("temporary"):
        return "TEMPORARY"
    return "TRANSIENT" if item.body.get("transient") else "TABLE"


def inherited_retention(session: Session, item: Object) -> int:
    """Return the days of time travel that a table gets from its schema or database."""
    catalogue = session.engine.catalogue
    parent = catalogue.get(item.parent)
    while parent is not None:
        days = parent.body.get("properties", {}).get("DATA_RETENTION_TIME_IN_DAYS")
        if days is not None:
            return int(days)
        parent = catalogue.get(parent.parent) if parent.parent else None
    return 1


def estimated_rows(session: Session, item: Object) -> int:
    """Return the number of rows of a table; DuckDB keeps it, so that it costs no scan."""
    return storage.row_count(session.transaction.cursor, item)


# Bytes of a value, by type; of a text an average.
_WIDTHS = {
    "BOOLEAN": 1,
    "DATE": 4,
    "VARCHAR": 16,
    "BINARY": 16,
    "VARIANT": 32,
    "OBJECT": 32,
    "ARRAY": 32,
}


_BLOCK = 512


def estimated_bytes(item: Object, rows: int) -> int:
    """Return about how many bytes so many rows take: whole blocks, at least two for any."""
    width = 0
    for column in item.body["columns"]:
        kind = from_json(column["type"])
        width += 4 * (kind.length or 0) if kind.base == "VECTOR" else _WIDTHS.get(kind.base, 8)
    return max(2, -(-rows * width // _BLOCK)) * _BLOCK if rows else 0
