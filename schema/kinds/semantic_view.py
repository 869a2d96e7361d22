"""Semantic views: https://docs.snowflake.com/en/sql-reference/sql/create-semantic-view

The clauses have a fixed order: TABLES, RELATIONSHIPS, FACTS, DIMENSIONS, METRICS, COMMENT,
AI_SQL_GENERATION, AI_QUESTION_CATEGORIZATION. DESCRIBE tells tables, relationships and expressions;
instructions and search services are compared with what was applied last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ..names import Sql, literal
from ..stack import Stack
from ..values import OperationClass, Payload, Row, Value
from .base import Mistake
from .common import SchemaObject
from .properties import words
from .semantic_reading import described
from .semantic_view_spec import Expression, LogicalTable, Relationship, SemanticView

__all__ = [
    "Expression", "LogicalTable", "Relationship", "SemanticView", "SemanticViewKind",
]  # fmt: skip


class SemanticViewKind(SchemaObject[SemanticView]):
    name = "semantic_view"
    plural = "semantic_views"
    privileges = ("MONITOR", "REFERENCES", "SELECT")
    spec_type = SemanticView
    order = 62
    show = "SEMANTIC VIEWS"
    optional = True
    properties = ()
    replaced_by = (
        "tables", "relationships", "facts", "dimensions", "metrics", "instructions",
        "question_instructions", "searches", "comment",
    )  # fmt: skip
    replace_class: ClassVar[OperationClass] = "safe"
    replace_reason = "grants are kept"

    def normalise(self, spec: SemanticView) -> SemanticView:
        searches = tuple(
            f"{item.table}.{item.name} {item.search}" for item in spec.dimensions if item.search
        )
        return spec if searches == spec.searches else replace(spec, searches=searches)

    def left_out(self, spec: SemanticView, stack: Stack) -> str:
        return "" if stack.semantic_views else "semantic_views is false on this stack"

    def fit(self, spec: SemanticView, stack: Stack) -> tuple[SemanticView, tuple[str, ...]]:
        if stack.cortex_search or not any(item.search for item in spec.dimensions):
            return spec, ()
        without = tuple(replace(item, search=None) for item in spec.dimensions)
        spec = replace(spec, dimensions=without, searches=())
        return spec, ("its dimensions have no search on this stack",)

    def check(self, name: str, spec: SemanticView, stack: Stack) -> Iterator[Mistake]:
        if not spec.dimensions and not spec.metrics:
            yield Mistake("dimensions", "a semantic view needs a dimension or a metric", "add one")
        known = {table.name for table in spec.tables}
        for item in (*spec.facts, *spec.dimensions, *spec.metrics):
            if item.table is not None and item.table not in known:
                yield Mistake(
                    "tables",
                    f"{item.table}.{item.name} is on no table of this view",
                    "declare it under tables:",
                )
        for item in (*spec.facts, *spec.dimensions):
            if item.table is None:
                yield Mistake(
                    "dimensions",
                    f"{item.name} needs a table",
                    "add table: …; only metrics may have none",
                )
        for link in spec.relationships:
            if link.table not in known or link.to not in known:
                yield Mistake(
                    "relationships",
                    f"{link.name} joins a table that is not in this view",
                    "declare it",
                )

    def read_row(self, row: Row) -> SemanticView:
        return SemanticView(comment=words(row.get("comment")), tables=())

    def needs_own_query(self, spec: SemanticView) -> bool:
        return True

    def own_query(self, name: str) -> str:
        return f"DESCRIBE SEMANTIC VIEW {name}"

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        return described(rows)

    def body(self, name: str, spec: SemanticView) -> Payload:
        return {
            "tables": [_table(item) for item in spec.tables],
            "relationships": [_relationship(item) for item in spec.relationships],
            "facts": [_expression(item) for item in spec.facts],
            "dimensions": [_expression(item) for item in spec.dimensions],
            "metrics": [_expression(item) for item in spec.metrics],
            "comment": spec.comment,
            "instructions": spec.instructions,
            "question_instructions": spec.question_instructions,
        }


def _table(item: LogicalTable) -> dict[str, Value]:
    return {
        "alias": item.name.sql,
        "on": item.on.name.sql,
        "primary_key": [column.sql for column in item.primary_key],
        "synonyms": [literal(word) for word in item.synonyms],
        "comment": item.comment,
    }


def _relationship(item: Relationship) -> dict[str, Value]:
    return {
        "name": item.name.sql,
        "table": item.table.sql,
        "columns": [column.sql for column in item.columns],
        "to": item.to.sql,
    }


def _expression(item: Expression) -> dict[str, Value]:
    prefix = f"{item.table}." if item.table else ""
    return {
        "name": Sql(f"{prefix}{item.name}"),
        "expression": Sql(item.expression),
        "synonyms": [literal(word) for word in item.synonyms],
        "comment": item.comment,
        "search": item.search.sql if item.search else None,
    }
