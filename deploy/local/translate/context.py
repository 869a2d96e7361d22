"""What a translation needs to know and finds out on its way."""

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from ..catalogue import Object, now
from ..session import Session
from ..types import DataType
from ..wire import Binding
from .marks import MADE


@dataclass
class Context:
    """One statement's translation.

    Attributes:
        session: Whose names, role and variables count.
        bindings: Values of `?` and `:name`.
        consume: Whether streams that are read move on (DML).
        parameters: DuckDB's named parameters, filled while translating.
        reads: Ids of the tables that the statement reads.
        streams: Streams that it reads.
        versions: Table -> version at which it is read, for streams on views.
        relations: Name -> DuckDB's SQL for what the statement reads under it.
        owner_view: Set while a view is expanded: its privileges are its owner's.
    """

    session: Session
    bindings: dict[str, Binding] = field(default_factory=dict)
    consume: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    reads: set[int] = field(default_factory=set)
    streams: list[Object] = field(default_factory=list)
    owner_view: Object | None = None
    depth: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    moment: int = field(default_factory=now)
    array_columns: dict[str, str] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)

    def parameter(self, value: Any, kind: str | None = None) -> exp.Expr:
        """Return an expression for a value that is handed to DuckDB beside the text."""
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        reference: exp.Expr = exp.Parameter(this=exp.Var(this=name))
        return exp.Cast(this=reference, to=duckdb_type(kind)) if kind else reference

    def relation(self, sql: str) -> str:
        """Return a name for DuckDB's SQL of some rows, to be put in when tables are resolved."""
        name = f"$rows{len(self.relations) + 1}"
        self.relations[name] = sql
        return name


@dataclass(frozen=True)
class TableColumn:
    """A column of a table in the catalogue, as translations use it."""

    name: str
    type: DataType
    nullable: bool = True


def duckdb_type(name: str) -> exp.DataType:
    """Return the node of a type that DuckDB spells like this."""
    return exp.DataType.build(name, dialect="duckdb")


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of one of DuckDB's functions, written as it is."""
    made = exp.Anonymous(this=name, expressions=list(arguments))
    made.meta[MADE] = True
    return made


def text(value: str) -> exp.Expr:
    """Return a string literal."""
    return exp.Literal.string(value)


def cast(value: exp.Expr, kind: str) -> exp.Expr:
    """Return a cast to one of DuckDB's types."""
    return exp.Cast(this=value, to=duckdb_type(kind))
