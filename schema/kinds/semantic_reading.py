"""What DESCRIBE SEMANTIC VIEW tells, as fields of a semantic view. Not a kind.

https://docs.snowflake.com/en/sql-reference/sql/desc-semantic-view: a row a property, `object_kind`,
`object_name`, `parent_entity`, `property`, `property_value`; lists are JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..names import Identifier, QualifiedName
from ..values import Row
from .annotations import Target
from .properties import words
from .semantic_view_spec import Expression, LogicalTable, Relationship

Properties = Mapping[str, str]
_EXPRESSIONS = {
    "facts": ("FACT",),
    "dimensions": ("DIMENSION",),
    "metrics": ("METRIC", "DERIVED_METRIC"),
}


def described(rows: Sequence[Row]) -> dict[str, Any]:
    """The fields that the rows tell; none when they hold no table, which every view has."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        kind, name = words(row.get("object_kind")), words(row.get("object_name"))
        place = (kind, words(row.get("parent_entity")), name)
        found.setdefault(place, {})[words(row.get("property"))] = words(row.get("property_value"))
    tables = tuple(_table(name, p) for (kind, _, name), p in found.items() if kind == "TABLE")
    if not tables:
        return {}
    links = (_link(name, p) for (kind, _, name), p in found.items() if kind == "RELATIONSHIP")
    expressions = {
        field: tuple(
            _expression(name, parent, p)
            for (kind, parent, name), p in found.items()
            if kind in kinds
        )
        for field, kinds in _EXPRESSIONS.items()
    }
    return {"tables": tables, "relationships": tuple(links), **expressions}


def _table(name: str, told: Properties) -> LogicalTable:
    parts = [told.get(f"BASE_TABLE_{part}_NAME", "") for part in ("DATABASE", "SCHEMA")]
    base = QualifiedName.of(*parts, told.get("BASE_TABLE_NAME", ""))
    return LogicalTable(
        name=Identifier(name),
        on=Target("", base),  # whether it is a table or a view is not told
        primary_key=_identifiers(told.get("PRIMARY_KEY", "")),
        synonyms=_listed(told.get("SYNONYMS", "")),
        comment=told.get("COMMENT", ""),
    )


def _link(name: str, told: Properties) -> Relationship:
    return Relationship(
        name=Identifier(name),
        table=Identifier(told.get("TABLE", "")),
        columns=_identifiers(told.get("FOREIGN_KEY", "")),
        to=Identifier(told.get("REF_TABLE", "")),
    )


def _expression(name: str, parent: str, told: Properties) -> Expression:
    table = told.get("TABLE") or parent
    return Expression(
        name=Identifier(name),
        table=Identifier(table) if table else None,
        expression=told.get("EXPRESSION", ""),
        synonyms=_listed(told.get("SYNONYMS", "")),
        comment=told.get("COMMENT", ""),
    )


def _listed(text: str) -> tuple[str, ...]:
    """`["a", "b"]` or `(a, b)`."""
    if text.startswith("["):
        return tuple(str(item) for item in json.loads(text))
    return tuple(part.strip() for part in text.strip("()").split(",") if part.strip())


def _identifiers(text: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(name) for name in _listed(text))
