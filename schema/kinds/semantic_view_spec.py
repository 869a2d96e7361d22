"""What a semantic view is made of. Not a kind: the values of `semantic_view.py`."""

from dataclasses import dataclass, field
from typing import Annotated

from ..names import Identifier, QualifiedName
from ..resource import Spec
from .annotations import OneOf, Ref, SqlText, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalTable:
    name: Identifier
    on: Annotated[Target, OneOf("table", "view", "dynamic_table")]
    primary_key: tuple[Identifier, ...] = ()
    synonyms: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """`table (columns) REFERENCES to`."""

    name: Identifier
    table: Identifier
    columns: tuple[Identifier, ...]
    to: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A fact, dimension or metric: `table.name AS expression`. A derived metric has no table.

    `filter`, of facts and dimensions with a condition: it can stand in WHERE by its name.
    `private`, of facts and metrics: other expressions use it, queries cannot.
    """

    name: Identifier
    table: Identifier | None = None
    expression: Annotated[str, SqlText("expression")]
    synonyms: tuple[str, ...] = ()
    comment: str = ""
    filter: bool = False
    private: bool = False
    # Compared by `SemanticView.searches`: DESCRIBE does not tell it.
    search: Annotated[QualifiedName, Ref("cortex_search_service")] | None = field(
        default=None, compare=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedQuery:
    """A question, and the query that somebody has found to answer it.

    `verified_at` is a date or a moment (UTC), `verified_by` is `PURPOSE = CONTACT`; an `onboarding`
    question is suggested to whoever begins.
    """

    name: Identifier
    question: str
    sql: Annotated[str, SqlText("query")]
    verified_at: str = ""
    # Compared by `SemanticView.verifiers`: how DESCRIBE spells it is not documented.
    verified_by: str = field(default="", compare=False)
    onboarding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticView(Spec):
    tables: tuple[LogicalTable, ...] = field(metadata={"readable": False})
    relationships: tuple[Relationship, ...] = field(default=(), metadata={"readable": False})
    facts: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    dimensions: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    metrics: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    instructions: str = field(default="", metadata={"readable": False})
    question_instructions: str = field(default="", metadata={"readable": False})
    verified_queries: tuple[VerifiedQuery, ...] = field(default=(), metadata={"readable": False})
    searches: tuple[str, ...] = field(default=(), metadata={"yaml": False, "readable": False})
    verifiers: tuple[str, ...] = field(default=(), metadata={"yaml": False, "readable": False})
