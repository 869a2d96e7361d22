"""Types of the columns and simple expressions of a query, from the catalogue.

DuckDB knows fewer types than Snowflake: a VARIANT is its JSON, a TIMESTAMP_TZ its TIMESTAMPTZ. What
the names lose is found out here before the tables are replaced: every expression whose type is
certain carries it in `meta["type"]`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ..errors import SqlError, compilation
from ..session import Session
from ..types import (
    ARRAY,
    BOOLEAN,
    DATE,
    NUMBER,
    OBJECT,
    TEXT,
    TIMESTAMP_NTZ,
    VARIANT,
    DataType,
    parse_type,
)

if TYPE_CHECKING:
    from ..names import Name

KEY = "type"
_FLATTEN = {
    "SEQ": NUMBER,
    "KEY": TEXT,
    "PATH": TEXT,
    "INDEX": NUMBER,
    "VALUE": VARIANT,
    "THIS": VARIANT,
}
_STREAM = {"METADATA$ACTION": TEXT, "METADATA$ISUPDATE": BOOLEAN, "METADATA$ROW_ID": TEXT}
Columns = dict[str, tuple[DataType | None, bool]]

_CALLS = {
    **dict.fromkeys(("PARSE_JSON", "TRY_PARSE_JSON", "TO_VARIANT", "GET", "GET_PATH"), VARIANT),
    **dict.fromkeys(
        ("ARRAY_CONSTRUCT", "ARRAY_AGG", "ARRAY_CAT", "ARRAY_APPEND", "ARRAY_PREPEND", "ARRAY_DISTINCT", "ARRAY_COMPACT",
         "ARRAY_SLICE", "ARRAY_SORT", "ARRAY_INTERSECTION", "ARRAY_EXCEPT", "ARRAY_UNIQUE_AGG", "SPLIT",
         "STRTOK_TO_ARRAY", "TO_ARRAY", "OBJECT_KEYS", "AS_ARRAY"),
        ARRAY,
    ),
    **dict.fromkeys(
        ("OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL", "OBJECT_AGG", "TO_OBJECT", "AS_OBJECT"), OBJECT
    ),
}  # fmt: skip
_NODES: dict[type, DataType] = {
    exp.JSONExtract: VARIANT,
    exp.Bracket: VARIANT,
    exp.Array: ARRAY,
    exp.Struct: OBJECT,
    exp.TsOrDsToDate: DATE,
    exp.CurrentDate: DATE,
    exp.DateFromParts: DATE,
    exp.LastDay: DATE,
    exp.TsOrDsToTimestamp: TIMESTAMP_NTZ,
    exp.Concat: TEXT,
    exp.DPipe: TEXT,
    exp.Upper: TEXT,
    exp.Lower: TEXT,
    exp.Trim: TEXT,
    exp.ToChar: TEXT,
    exp.Count: NUMBER,
    exp.Length: NUMBER,
}
_SAME_AS_FIRST = (
    exp.Paren, exp.Max, exp.Min, exp.Coalesce, exp.AnyValue, exp.DateAdd, exp.TimestampTrunc, exp.DateTrunc, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.Window, exp.Filter, exp.WithinGroup, exp.Nullif, exp.Neg, exp.Distinct,
)  # fmt: skip


@dataclass
class Scope:
    """What the names of a SELECT can mean."""

    sources: dict[str, Columns] = field(default_factory=dict)
    parent: "Scope | None" = None

    def find(self, table: str | None, name: str) -> tuple[DataType | None, bool] | None:
        """Return type and nullability of a column, None when it is not certain which it is."""
        if table is not None:
            source = self.sources.get(table)
            if source is not None:
                return source.get(name)
        else:
            held = [source[name] for source in self.sources.values() if name in source]
            if len(held) == 1:
                return held[0]
            if held:
                return None
        return self.parent.find(table, name) if self.parent is not None else None

    def differs_in_case(self, table: str | None, name: str) -> bool:
        """Tell whether a name is that of no column, but for its case."""
        sources = [self.sources.get(table, {})] if table is not None else self.sources.values()
        names = {held for source in sources for held in source}
        if name in names:
            return False
        if any(held.upper() == name.upper() for held in names):
            return True
        return self.parent is not None and self.parent.differs_in_case(table, name)


class Inference:
    """Walks a query, whose identifiers are folded, from the outside in."""

    def __init__(self, session: Session, view: Any = None) -> None:
        self.session = session
        self.view = view

    def query(self, node: exp.Expr, ctes: dict[str, Columns], parent: Scope | None) -> Columns:
        """Mark the expressions of a query and return its columns."""
        with_ = node.args.get("with_")
        if with_ is not None:
            ctes = dict(ctes)
            for cte in with_.expressions:
                found = self.query(cte.this, ctes, parent)
                ctes[cte.alias] = _renamed(found, cte.args.get("alias"))
        if isinstance(node, exp.Subquery):
            return self.query(node.this, ctes, parent)
        if isinstance(node, exp.SetOperation):
            left = self.query(node.this, ctes, parent)
            right = self.query(node.expression, ctes, parent)
            merged: Columns = {}
            for (name, (kind, nullable)), (other, _) in zip(
                left.items(), right.values(), strict=False
            ):
                merged[name] = (kind if kind == other else None, nullable)
            return merged
        if isinstance(node, exp.Select):
            return self._select(node, ctes, parent)
        return {}

    def _select(self, node: exp.Select, ctes: dict[str, Columns], parent: Scope | None) -> Columns:
        scope = Scope(parent=parent)
        from_ = node.args.get("from_")
        sources = [from_.this] if from_ is not None else []
        joins = node.args.get("joins") or []
        outer = any(join.side for join in joins)
        for source in sources + [join.this for join in joins] + (node.args.get("laterals") or []):
            self._source(source, scope, ctes, nullable=outer)
        found: Columns = {}
        for item in node.expressions:
            self._mark(item, scope, ctes)
            if isinstance(item, exp.Star):
                excluded = {each.name for each in item.args.get("except_") or []}
                for columns in scope.sources.values():
                    found.update(
                        {name: kind for name, kind in columns.items() if name not in excluded}
                    )
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                found.update(scope.sources.get(item.table, {}))
            else:
                inner = item.this if isinstance(item, exp.Alias) else item
                held = (
                    scope.find(inner.table or None, inner.name)
                    if isinstance(inner, exp.Column)
                    else None
                )
                found[item.alias_or_name] = held or (inner.meta.get(KEY), True)
        # A name that the SELECT list gives can be used in the rest of it.
        aliases = Scope(parent=scope)
        aliases.sources[""] = {
            name: kind for name, kind in found.items() if scope.find(None, name) is None
        }
        for key, value in node.args.items():
            if key in {"expressions", "from_", "with_"} or value is None:
                continue
            for part in value if isinstance(value, list) else [value]:
                if key == "joins":
                    self._mark(part.args.get("on"), aliases, ctes)
                elif isinstance(part, exp.Expr) and key != "laterals":
                    self._mark(part, aliases, ctes)
        return found

    def _source(
        self, node: exp.Expr, scope: Scope, ctes: dict[str, Columns], *, nullable: bool
    ) -> None:
        alias = node.alias
        columns: Columns = {}
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            alias = alias or node.name
            if not node.args.get("db") and node.name in ctes:
                columns = ctes[node.name]
            else:
                columns = self._table(node)
        elif isinstance(node, exp.Subquery):
            columns = self.query(node.this, ctes, scope)
        elif isinstance(node, exp.Lateral | exp.TableFromRows):
            inner = node.this
            name = str(getattr(inner, "this", "")).upper()
            if isinstance(inner, exp.Explode) or name == "FLATTEN":
                columns = {key: (kind, True) for key, kind in _FLATTEN.items()}
            self._mark(inner, scope, ctes)
        for join in node.args.get("joins") or []:
            self._source(join.this, scope, ctes, nullable=nullable)
            self._mark(join.args.get("on"), scope, ctes)
        columns = _renamed(columns, node.args.get("alias"))
        if nullable:
            columns = {name: (kind, True) for name, (kind, _) in columns.items()}
        scope.sources[alias] = columns

    def _table(self, node: exp.Table) -> Columns:
        from .context import Context
        from .tables import columns_of, find_relation, name_of

        name: Name = name_of(node)
        if name.schema == "INFORMATION_SCHEMA":
            return {}
        context = Context(self.session, owner_view=self.view)
        try:
            item = find_relation(context, name)
        except SqlError:
            return {}
        extra: Columns = {}
        if item.kind == "STREAM":
            source = self.session.engine.catalogue.get(int(item.body["source"]))
            if source is None:
                return {}
            item = source
            extra = {key: (kind, False) for key, kind in _STREAM.items()}
        return {column.name: (column.type, column.nullable) for column in columns_of(item)} | extra

    def _mark(self, node: Any, scope: Scope, ctes: dict[str, Columns]) -> None:
        """Mark an expression and all below it; nested queries are walked on their own."""
        if not isinstance(node, exp.Expr):
            return
        if isinstance(node, exp.Query) and not isinstance(node, exp.Table):
            columns = self.query(node, ctes, scope)
            if columns:
                node.meta[KEY] = next(iter(columns.values()))[0]
            return
        for child in node.iter_expressions():
            self._mark(child, scope, ctes)
        kind = self._type(node, scope)
        if kind is not None:
            node.meta[KEY] = kind

    def _type(self, node: exp.Expr, scope: Scope) -> DataType | None:
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            found = scope.find(node.table or None, node.name)
            if found is None and scope.differs_in_case(node.table or None, node.name):
                # DuckDB would find it: it does not tell names apart by case.
                raise compilation(f"invalid identifier '{node.name}'", 904, "42000")
            return found[0] if found is not None else None
        if isinstance(node, exp.Cast):
            try:
                return parse_type(node.to.sql(dialect="snowflake"))
            except SqlError:
                return None
        if isinstance(node, exp.Literal):
            if node.is_string:
                return TEXT
            return _number(str(node.this))
        if isinstance(node, exp.Boolean | exp.Predicate):
            return BOOLEAN
        if isinstance(node, exp.Anonymous):
            return _CALLS.get(str(node.this).upper())
        if isinstance(node, _SAME_AS_FIRST):
            first = node.this
            kind = first.meta.get(KEY) if isinstance(first, exp.Expr) else None
            return self._of_date(node, kind)
        if isinstance(node, exp.If | exp.Case):
            return _branches(node)
        return _NODES.get(type(node))

    @staticmethod
    def _of_date(node: exp.Expr, kind: DataType | None) -> DataType | None:
        if isinstance(node, exp.DateAdd) and kind == DATE:
            unit = str(node.args["unit"].name).upper() if node.args.get("unit") else "DAY"
            return DATE if unit in {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} else TIMESTAMP_NTZ
        return kind


def _branches(node: exp.Expr) -> DataType | None:
    values = [node.args.get("true"), node.args.get("false"), node.args.get("default")]
    values += [branch.args.get("true") for branch in node.args.get("ifs") or []]
    kinds = {
        value.meta.get(KEY)
        for value in values
        if value is not None and not isinstance(value, exp.Null)
    }
    return kinds.pop() if len(kinds) == 1 else None


def _number(text: str) -> DataType | None:
    whole, _, fraction = text.partition(".")
    if "e" in text.lower() or not (whole + fraction).isdigit():
        return None
    digits = len(whole.lstrip("0")) + len(fraction)
    return DataType("NUMBER", max(1, min(38, digits)), min(37, len(fraction)))


def _renamed(columns: Columns, alias: Any) -> Columns:
    names = [each.name for each in alias.args.get("columns") or []] if alias is not None else []
    if not names:
        return columns
    return dict(zip(names, columns.values(), strict=False))


def infer(tree: exp.Expr, session: Session, view: Any = None) -> Columns:
    """Mark the expressions of a query and return what is known of its columns."""
    return Inference(session, view).query(tree, {}, None)


def kind_of(node: exp.Expr | None) -> DataType | None:
    """Return the type that an expression is known to have."""
    return node.meta.get(KEY) if node is not None else None
