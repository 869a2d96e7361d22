"""The description of a column as the protocol spells it."""

from typing import Any

from ...language.results import Column


def rowtype(column: Column) -> dict[str, Any]:
    """Return the description of a column as the protocol spells it."""
    kind = column.type
    base = _WIRE_NAMES.get(kind.base, kind.base.lower())
    described: dict[str, Any] = {
        "name": column.name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": column.nullable,
        "type": base,
        "byteLength": None,
        "length": None,
        "scale": None,
        "precision": None,
        "collation": None,
    }
    if kind.base == "NUMBER":
        described |= {"precision": kind.precision, "scale": kind.scale}
    elif kind.base == "VARCHAR":
        # Four bytes a character at most, and never more than a value may have.
        described |= {
            "length": kind.length,
            "byteLength": min(4 * (kind.length or 0), 16_777_216),
        }
    elif kind.base == "BINARY":
        described |= {"length": kind.length, "byteLength": kind.length}
    elif kind.base == "TIME" or kind.base.startswith("TIMESTAMP"):
        described |= {"precision": 0, "scale": kind.precision if kind.precision is not None else 9}
    elif kind.base == "VECTOR":
        inner = {**described, "name": "", "type": "real" if kind.element == "FLOAT" else "fixed"}
        if kind.element != "FLOAT":
            inner |= {"precision": 38, "scale": 0}
        described |= {"vectorDimension": kind.length, "fields": [inner]}
    return described


_WIRE_NAMES = {"NUMBER": "fixed", "FLOAT": "real", "VARCHAR": "text"}
