"""What DESCRIBE SEMANTIC VIEW tells, as fields of a semantic view. Not a kind.

https://docs.snowflake.com/en/sql-reference/sql/desc-semantic-view: a row a property, `object_kind`,
`object_name`, `parent_entity`, `property`, `property_value`; lists are JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..names import Identifier, QualifiedName
from ..values import Row
from .annotations import Target
from .properties import truth, whole, words
from .semantic_view_spec import (
    Expression,
    LogicalTable,
    Relationship,
    SemanticView,
    VerifiedQuery,
)

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
    instructions = {
        name: value
        for (kind, _, _), told in found.items()
        if kind == "CUSTOM_INSTRUCTIONS"
        for name, value in told.items()
    }
    return {
        "tables": tables,
        "relationships": tuple(links),
        **expressions,
        "instructions": instructions.get("AI_SQL_GENERATION", ""),
        "question_instructions": instructions.get("AI_QUESTION_CATEGORIZATION", ""),
        "verified_queries": tuple(
            _verified(name, p)
            for (kind, _, name), p in found.items()
            if kind == "AI_VERIFIED_QUERY"
        ),
    }


def in_order_of(desired: SemanticView, actual: SemanticView) -> SemanticView:
    """What was read, its parts in the order of the definition: DESCRIBE sorts them by name."""
    fields = ("tables", "relationships", "facts", "dimensions", "metrics", "verified_queries")
    told: dict[str, Any] = {f: _sorted(getattr(desired, f), getattr(actual, f)) for f in fields}
    return replace(actual, **told)


def _sorted(wanted: tuple[Any, ...], there: tuple[Any, ...]) -> tuple[Any, ...]:
    places = {_place(item): place for place, item in enumerate(wanted)}
    return tuple(sorted(there, key=lambda item: places.get(_place(item), len(places))))


def _place(item: Any) -> tuple[Any, Any]:
    return getattr(item, "table", None), item.name


def moment_text(moment: datetime) -> str:
    """A moment in UTC as a definition is compared by it: the day alone at midnight."""
    whole_day = moment.time().replace(microsecond=0) == datetime.min.time()
    return moment.date().isoformat() if whole_day else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _verified(name: str, told: Properties) -> VerifiedQuery:
    seconds = whole(told.get("VERIFIED_AT"))
    return VerifiedQuery(
        name=Identifier(name),
        question=told.get("QUESTION", ""),
        sql=told.get("SQL", ""),
        verified_at="" if seconds is None else moment_text(datetime.fromtimestamp(seconds, UTC)),
        verified_by=told.get("VERIFIED_BY", "").strip().strip("()").strip(),
        onboarding=truth(told.get("ONBOARDING_QUESTION")),
    )


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
        filter="filter" in (label.lower() for label in _listed(told.get("LABELS", ""))),
        private=told.get("ACCESS_MODIFIER", "") == "PRIVATE",
    )


def _listed(text: str) -> tuple[str, ...]:
    """`["a", "b"]` or `(a, b)`."""
    if text.startswith("["):
        return tuple(str(item) for item in json.loads(text))
    return tuple(part.strip() for part in text.strip("()").split(",") if part.strip())


def _identifiers(text: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(name) for name in _listed(text))
