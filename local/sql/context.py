"""What a translation needs to know and finds out on its way."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlglot import exp

from ..access.gate import Asker
from ..engine.catalogue import Object, now
from ..language.errors import SqlError, missing
from ..language.names import Name
from ..language.results import Binding
from ..language.types import DataType
from ..sessions import temporary
from ..sessions.session import Session
from .marks import MADE

_MAX_DEPTH = 40


class Translator(ABC):
    """A part of the stack: translates what stands inside what is being translated."""

    @abstractmethod
    def translate(self, tree: exp.Expr, context: "Context") -> exp.Expr:
        """Return a tree as DuckDB runs it; the given tree is used up."""


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
        shapes: Name -> what is known of the columns of those relations.
        columns: What is known of the columns of the query: type and whether they can be null.
        kinds: Types of the values that the latest translated query gives, in order, or of the
            one that an expression is; empty where they cannot be counted, None where not certain.
        sources: What names in an expression outside of a query mean: columns by their table.
        behalf: The view, function or policy that is expanded: its owner's privileges count, and
            names are looked up in its schema.
    """

    session: Session
    bindings: dict[str, Binding] = field(default_factory=dict)
    consume: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    reads: set[int] = field(default_factory=set)
    streams: list[Object] = field(default_factory=list)
    behalf: Object | None = None
    depth: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    moment: int = field(default_factory=now)
    array_columns: dict[str, str] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, dict[str, tuple[DataType | None, bool]]] = field(default_factory=dict)
    columns: dict[str, tuple[DataType | None, bool]] = field(default_factory=dict)
    kinds: list[DataType | None] = field(default_factory=list)
    sources: dict[str, dict[str, tuple[DataType | None, bool]]] = field(default_factory=dict)

    def translate(self, tree: exp.Expr) -> exp.Expr:
        """Return the tree of a query or an expression as DuckDB runs it; it is used up."""
        return self.session.engine.part(Translator).translate(tree, self)

    def within(self, behalf: Object) -> "Context":
        """Return a context for what a view, a function or a policy is made of.

        Raises:
            SqlError: It is within itself, or too deep.
        """
        if self.depth >= _MAX_DEPTH:
            raise SqlError(
                f"SQL compilation error:\n{behalf.kind.capitalize()} '{behalf.name}' refers to "
                "itself, or too deep.",
                2037,
                "42000",
            )
        return Context(
            self.session,
            parameters=self.parameters,
            reads=self.reads,
            behalf=behalf,
            depth=self.depth + 1,
            moment=self.moment,
        )

    @property
    def asker(self) -> Asker:
        """Whose privileges count."""
        if self.behalf is None:
            return self.session.identity.asker
        return self.session.identity.gate.owner_of(self.behalf)

    @property
    def is_shared(self) -> bool:
        """Whether a view, function or policy that all sessions have is expanded."""
        catalogue = self.session.engine.catalogue
        return self.behalf is not None and not temporary.is_temporary(catalogue, self.behalf)

    def find(self, kind: str, name: Name) -> Object:
        """Return an object by the name that the statement, or what it expands, gives it.

        Raises:
            SqlError: It does not exist, or there is none of that name for who asks.
        """
        if self.behalf is None:
            return self.session.names.find(kind, name)
        try:
            place = self.schema_of(name)
        except SqlError:
            raise missing(kind, str(name)) from None
        catalogue = self.session.engine.catalogue
        held = catalogue.find(kind, place.id, name.last)
        mine = self.session.temporary.find(kind, place.id, name.last)
        # A view that all sessions have reads what all of them see, where that is there.
        found = (held or mine) if self.is_shared else (mine or held)
        if found is None or not self.session.identity.gate.sees(self.asker, found):
            raise missing(kind, str(name))
        return found

    def schema_of(self, name: Name) -> Object:
        """Return the schema of a name that the statement, or what it expands, gives an object.

        Raises:
            SqlError: It does not exist, or there is none of that name for who asks.
        """
        if self.behalf is None:
            return self.session.names.find_schema(name.database, name.schema)
        database, schema, *_ = self.session.engine.catalogue.path(self.behalf)
        return self.session.identity.gate.find_schema(
            self.asker, name.database or database, name.schema or schema
        )

    def require(self, privilege: str, on: Object, shown: str | None = None) -> None:
        """Fail unless who asks holds a privilege on an object."""
        name = shown or self.session.engine.catalogue.full_name(on)
        self.session.identity.gate.require(self.asker, privilege, on, name)

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
    return _built(name).copy()


@lru_cache(maxsize=256)
def _built(name: str) -> exp.DataType:
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
    made = exp.Cast(this=value, to=duckdb_type(kind))
    made.meta[MADE] = True
    return made


# Calls of the engine's whose results are JSON already.
_GIVES_JSON = {"json_array", "json_extract", "to_json", "hush.to_variant", "hush.present", "hush.text_variant",
               "hush.decimal_variant", "hush.element", "hush.defined", "hush.field",
               "hush.array_at", "hush.lookup", "hush.array_agg", "hush.array_unique_agg", "hush.split",
               "hush.strtok_to_array", "hush.to_array", "hush.to_object", "hush.strip_null_value"}  # fmt: skip


def as_variant(value: exp.Expr) -> exp.Expr:
    """Return a value as the JSON that holds it as a VARIANT; what is one stays as it is."""
    kind = value.meta.get("type")
    if isinstance(value, exp.Paren) and is_json(value.this):
        return value
    if is_json(value) or (kind is not None and kind.base in {"VARIANT", "OBJECT", "ARRAY"}):
        return value
    if kind is not None and kind.base in _VARIANT_OF:
        exact = kind.base == "NUMBER" and kind.scale
        return call("hush.decimal_variant" if exact else _VARIANT_OF[kind.base], value)
    return call("hush.to_variant", value)


# By the type of a value, what makes a VARIANT of it at less expense than `hush.to_variant`.
_VARIANT_OF = {"VARCHAR": "hush.text_variant", "NUMBER": "to_json", "BOOLEAN": "to_json"}


def as_element(value: exp.Expr) -> exp.Expr:
    """Return a value as an element of an array: a null is undefined."""
    if isinstance(value, exp.Literal | exp.Boolean):
        return as_variant(value)
    return call("hush.present", as_variant(value))


def is_json(value: exp.Expr) -> bool:
    """Tell whether an expression that was rewritten gives the engine's JSON."""
    if isinstance(value, exp.Anonymous):
        return str(value.this) in _GIVES_JSON
    if isinstance(value, exp.Cast):
        return value.meta.get(MADE) is True and value.to.this == exp.DType.JSON
    return isinstance(value, exp.JSONExtract)


def as_text(value: exp.Expr) -> exp.Expr:
    """Return a value as the text that a cast to VARCHAR gives."""
    kind = value.meta.get("type")
    if is_json(value) or (kind is not None and kind.base in {"VARIANT", "OBJECT", "ARRAY"}):
        if isinstance(value, exp.Anonymous) and str(value.this) == "hush.defined":
            # The text of what is undefined is null anyhow.
            (value,) = value.expressions
        return call("hush.variant_text", value)
    if kind is not None and kind.base in {"VARCHAR", "NUMBER", "BOOLEAN", "DATE"}:
        return (
            value if isinstance(value, exp.Literal) and value.is_string else cast(value, "VARCHAR")
        )
    if kind is not None and kind.base in _TEXT_OF:
        return _TEXT_OF[kind.base](value)
    return call("hush.to_text", value)


# By the type of a value, what makes a text of it at less expense than `hush.to_text`.
_TEXT_OF: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "FLOAT": lambda value: call("hush_float_text", cast(value, "DOUBLE")),
    "TIME": lambda value: call("left", cast(value, "VARCHAR"), exp.Literal.number(8)),
    "TIMESTAMP_NTZ": lambda value: call("hush.text_of_ntz", value),
    "TIMESTAMP_LTZ": lambda value: call("hush.text_of_ltz", value),
    "TIMESTAMP_TZ": lambda value: call("hush.text_of_tz", value),
}
