"""Semantic views: https://docs.snowflake.com/en/sql-reference/sql/create-semantic-view

The clauses have a fixed order: TABLES, RELATIONSHIPS, FACTS, DIMENSIONS, METRICS, COMMENT,
AI_SQL_GENERATION, AI_QUESTION_CATEGORIZATION, AI_VERIFIED_QUERIES. DESCRIBE reports all of them;
search services and who verified a query are compared with what was applied last.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from ..names import Sql, literal
from ..sql.queries import complete_names
from ..stack import Stack
from ..values import OperationClass, Payload, Row, Value
from .base import Change, Mistake
from .common import SchemaObject
from .properties import words
from .semantic_reading import described, in_order_of, moment_text
from .semantic_view_spec import (
    Expression,
    LogicalTable,
    Relationship,
    SemanticView,
    VerifiedQuery,
)

__all__ = [
    "Expression", "LogicalTable", "Relationship", "SemanticView", "SemanticViewKind",
    "VerifiedQuery",
]  # fmt: skip

_VERIFIED_BY: Final = re.compile(r"\s*[A-Za-z_]+\s*=\s*[^\s=()'][^=()']*")


class SemanticViewKind(SchemaObject[SemanticView]):
    name = "semantic_view"
    plural = "semantic_views"
    privileges = ("MONITOR", "REFERENCES", "SELECT")
    spec_type = SemanticView
    order = 62
    show = "SEMANTIC VIEWS"
    optional = True
    completes_names = True
    properties = ()
    replaced_by = (
        "tables", "relationships", "facts", "dimensions", "metrics", "instructions",
        "question_instructions", "verified_queries", "searches", "verifiers", "comment",
    )  # fmt: skip
    replace_class: ClassVar[OperationClass] = "safe"
    replace_reason = "grants are kept"

    def normalise(self, spec: SemanticView) -> SemanticView:
        searches = tuple(
            f"{item.table}.{item.name} {item.search}" for item in spec.dimensions if item.search
        )
        verifiers = tuple(
            f"{item.name} {item.verified_by}" for item in spec.verified_queries if item.verified_by
        )
        queries = tuple(
            replace(item, verified_at=moment_text(found)) if found is not None else item
            for item in spec.verified_queries
            for found in (_moment(item.verified_at),)
        )
        if (searches, verifiers, queries) == (spec.searches, spec.verifiers, spec.verified_queries):
            return spec
        return replace(spec, searches=searches, verifiers=verifiers, verified_queries=queries)

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
        yield from _mistakes_of_labels(spec)
        for query in spec.verified_queries:
            yield from _mistakes_of_query(query, spec)
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

    def difference(
        self, name: str, desired: SemanticView, actual: SemanticView
    ) -> Iterator[Change]:
        yield from super().difference(name, desired, in_order_of(desired, actual))

    def completed(self, spec: SemanticView, full_name: Callable[[str], str | None]) -> SemanticView:
        queries = tuple(
            replace(item, sql=complete_names(item.sql, full_name)) for item in spec.verified_queries
        )
        return replace(spec, verified_queries=queries)

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
            "verified_queries": [_verified(item) for item in spec.verified_queries],
        }


def _mistakes_of_labels(spec: SemanticView) -> Iterator[Mistake]:
    for item in spec.metrics:
        if item.filter:
            problem = f"{item.name} is a metric, and no filter"
            yield Mistake("metrics", problem, "filter: true is for facts and dimensions")
    for item in spec.dimensions:
        if item.private:
            problem = f"{item.name} is a dimension, which is always public"
            yield Mistake("dimensions", problem, "private: true is for facts and metrics")


def _mistakes_of_query(query: VerifiedQuery, spec: SemanticView) -> Iterator[Mistake]:
    named = [item for item in spec.verified_queries if item.name == query.name]
    if len(named) > 1 and named[0] is query:
        yield Mistake(
            "verified_queries", f"{query.name} comes {len(named)} times", "give each its own name"
        )
    if not query.question.strip():
        yield Mistake("verified_queries", f"{query.name} has no question", "write one")
    if query.verified_at and _moment(query.verified_at) is None:
        problem = f"verified_at of {query.name} is {query.verified_at!r}"
        yield Mistake("verified_queries", problem, "write a date: 2026-11-02")
    if query.verified_by and not _VERIFIED_BY.fullmatch(query.verified_by):
        problem = f"verified_by of {query.name} is {query.verified_by!r}"
        yield Mistake("verified_queries", problem, "write PURPOSE = CONTACT, as in STEWARD = ada")


def _moment(text: str) -> datetime | None:
    """A date or a moment as YAML has it; UTC where it names no zone. None: it is neither."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _verified(item: VerifiedQuery) -> dict[str, Value]:
    moment = _moment(item.verified_at)
    return {
        "name": item.name.sql,
        "question": item.question,
        "at": Sql(str(int(moment.timestamp()))) if moment is not None else None,
        "onboarding": item.onboarding,
        "by": f"({item.verified_by.strip()})" if item.verified_by else None,
        "sql": item.sql,
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
    access = "PRIVATE " if item.private else ""
    prefix = f"{item.table}." if item.table else ""
    label = " LABELS = (FILTER)" if item.filter else ""
    return {
        "name": Sql(f"{access}{prefix}{item.name}{label}"),
        "expression": Sql(item.expression),
        "synonyms": [literal(word) for word in item.synonyms],
        "comment": item.comment,
        "search": item.search.sql if item.search else None,
    }
