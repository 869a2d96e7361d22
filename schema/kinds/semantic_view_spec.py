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
    """A fact, dimension or metric: `table.name AS expression`. A derived metric has no table."""

    name: Identifier
    table: Identifier | None = None
    expression: Annotated[str, SqlText("expression")]
    synonyms: tuple[str, ...] = ()
    comment: str = ""
    # Compared by `SemanticView.searches`: DESCRIBE does not tell it.
    search: Annotated[QualifiedName, Ref("cortex_search_service")] | None = field(
        default=None, compare=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticView(Spec):
    tables: tuple[LogicalTable, ...] = field(metadata={"readable": False})
    relationships: tuple[Relationship, ...] = field(default=(), metadata={"readable": False})
    facts: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    dimensions: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    metrics: tuple[Expression, ...] = field(default=(), metadata={"readable": False})
    instructions: str = field(default="", metadata={"readable": False})
    question_instructions: str = field(default="", metadata={"readable": False})
    searches: tuple[str, ...] = field(default=(), metadata={"yaml": False, "readable": False})
