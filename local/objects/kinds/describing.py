"""DESCRIBE of what has columns."""

from typing import Any

from ...engine.catalogue import Object
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, from_json
from ...sessions.session import Session

_DESCRIBED = (
    "name",
    "type",
    "kind",
    "null?",
    "default",
    "primary key",
    "unique key",
    "check",
    "expression",
    "comment",
    "policy name",
    "privacy domain",
    "schema evolution record",
)


def describe_columns(session: Session, item: Object) -> Result:
    """Return the answer of DESCRIBE TABLE or VIEW."""
    keys = {"PRIMARY KEY": set(), "UNIQUE": set()}  # type: dict[str, set[str]]
    for constraint in item.body.get("constraints") or []:
        keys.setdefault(constraint["type"], set()).update(constraint["columns"])
    rows = []
    for column in item.body.get("columns", []):
        name = column["name"]
        policy = session.engine.catalogue.get(int(column.get("masking_policy") or -1))
        rows.append(
            [
                name,
                str(from_json(column["type"])),
                "COLUMN",
                "N" if column.get("not_null") else "Y",
                shown_default(column),
                "Y" if name in keys["PRIMARY KEY"] else "N",
                "Y" if name in keys["UNIQUE"] else "N",
                None,
                None,
                column.get("comment"),
                session.engine.catalogue.full_name(policy) if policy is not None else None,
                None,
                None,
            ]
        )
    return Result([Column(name, TEXT) for name in _DESCRIBED], rows, SHOW)


def shown_default(column: dict[str, Any]) -> str | None:
    """Return a column's default as DESCRIBE shows it."""
    if "identity" in column:
        identity = column["identity"]
        order = "ORDER" if identity.get("ordered", True) else "NOORDER"
        return f"IDENTITY START {identity['start']} INCREMENT {identity['step']} {order}"
    default = column.get("default")
    return None if default is None else str(default)
