"""Types of the columns and simple expressions of a query, from the catalogue.

DuckDB knows fewer types than Snowflake: a VARIANT is its JSON, a TIMESTAMP_TZ its TIMESTAMPTZ. What
the names lose is found out here before the tables are replaced: every expression whose type is
certain carries it in `meta["type"]`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ..language.errors import SqlError, invalid_identifier, unsupported
from ..language.types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    TIMESTAMP_LTZ,
    TIMESTAMP_NTZ,
    TIMESTAMP_TZ,
    VARIANT,
    DataType,
)
from ..sessions.session import Session
from .number_types import added, combined, divided, multiplied
from .spelt_types import snowflake_type

if TYPE_CHECKING:
    from ..language.names import Name

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
    **dict.fromkeys(("PARSE_JSON", "TRY_PARSE_JSON", "TO_VARIANT", "GET", "GET_PATH", "GET_IGNORE_CASE",
                     "ARRAY_MAX", "ARRAY_MIN", "STRIP_NULL_VALUE"), VARIANT),
    **dict.fromkeys(("TO_DATE", "TRY_TO_DATE", "DATE"), DATE),
    **dict.fromkeys(("TO_TIME", "TRY_TO_TIME", "TIME"), TIME),
    **dict.fromkeys(("TO_TIMESTAMP", "TRY_TO_TIMESTAMP", "TO_TIMESTAMP_NTZ", "TRY_TO_TIMESTAMP_NTZ"), TIMESTAMP_NTZ),
    **dict.fromkeys(("TO_TIMESTAMP_LTZ", "TRY_TO_TIMESTAMP_LTZ"), TIMESTAMP_LTZ),
    **dict.fromkeys(("TO_TIMESTAMP_TZ", "TRY_TO_TIMESTAMP_TZ"), TIMESTAMP_TZ),
    **dict.fromkeys(("GETDATE", "SYSTIMESTAMP", "TIMESTAMP_LTZ_FROM_PARTS", "AS_TIMESTAMP_LTZ"), TIMESTAMP_LTZ),
    **dict.fromkeys(("TIMESTAMP_TZ_FROM_PARTS", "AS_TIMESTAMP_TZ"), TIMESTAMP_TZ),
    **dict.fromkeys(("SYSDATE", "AS_TIMESTAMP_NTZ"), TIMESTAMP_NTZ),
    **dict.fromkeys(("AS_DATE",), DATE),
    **dict.fromkeys(("TO_CHAR", "TO_VARCHAR"), TEXT),
    **dict.fromkeys(("TO_DOUBLE", "TRY_TO_DOUBLE"), FLOAT),
    **dict.fromkeys(("TO_BOOLEAN", "TRY_TO_BOOLEAN"), BOOLEAN),
    **dict.fromkeys(("TO_BINARY", "TRY_TO_BINARY"), BINARY),
    **dict.fromkeys(
        ("ARRAY_CONSTRUCT", "ARRAY_AGG", "ARRAY_CAT", "ARRAY_APPEND", "ARRAY_PREPEND", "ARRAY_DISTINCT", "ARRAY_COMPACT",
         "ARRAY_SLICE", "ARRAY_SORT", "ARRAY_INTERSECTION", "ARRAY_EXCEPT", "ARRAY_UNIQUE_AGG", "SPLIT",
         "STRTOK_TO_ARRAY", "TO_ARRAY", "OBJECT_KEYS", "AS_ARRAY", "ARRAY_CONSTRUCT_COMPACT", "ARRAY_FLATTEN",
         "ARRAY_GENERATE_RANGE", "ARRAY_INSERT", "ARRAY_REMOVE", "ARRAY_REMOVE_AT", "ARRAY_REVERSE", "ARRAYS_ZIP"),
        ARRAY,
    ),
    **dict.fromkeys(
        ("OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL", "OBJECT_AGG", "OBJECTAGG", "TO_OBJECT", "AS_OBJECT",
         "ARRAYS_TO_OBJECT", "OBJECT_DELETE", "OBJECT_INSERT", "OBJECT_PICK"), OBJECT
    ),
}  # fmt: skip
_DOTTED_CALLS = dict.fromkeys(
    ("SNOWFLAKE.CORTEX.SPLIT_TEXT_RECURSIVE_CHARACTER", "SNOWFLAKE.CORTEX.SPLIT_TEXT_MARKDOWN_HEADER"),
    ARRAY,
)  # fmt: skip
_NODES: dict[type, DataType] = {
    exp.HexString: BINARY,
    exp.JSONExtract: VARIANT,
    exp.Bracket: VARIANT,
    exp.Array: ARRAY,
    exp.Struct: OBJECT,
    exp.ArrayFilter: ARRAY,
    exp.Transform: ARRAY,
    exp.TsOrDsToDate: DATE,
    exp.CurrentDate: DATE,
    exp.CurrentTime: TIME,
    exp.Localtime: TIME,
    exp.TimeFromParts: TIME,
    exp.TimestampFromParts: TIMESTAMP_NTZ,
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
    exp.Paren, exp.Max, exp.Min, exp.AnyValue, exp.DateAdd, exp.AddMonths, exp.TimeSlice, exp.TimestampTrunc, exp.DateTrunc, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.Window, exp.Filter, exp.WithinGroup, exp.Nullif, exp.Neg, exp.Distinct,
    exp.DateSub, exp.ArgMax, exp.ArgMin, exp.NthValue, exp.Mode, exp.IgnoreNulls, exp.RespectNulls, exp.Order, exp.Ordered,
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


def _refuse_mixed(
    node: exp.SetOperation, place: int, kind: DataType | None, other: DataType | None
) -> None:
    """Refuse a column that is a TIMESTAMP_TZ in one query and may be something else in the other."""
    bases = {held.base for held in (kind, other) if held is not None}
    if "TIMESTAMP_TZ" not in bases or (kind is not None and other is not None and len(bases) == 1):
        return
    unknown = node.this if kind is None else node.expression if other is None else None
    columns = unknown.selects if isinstance(unknown, exp.Query) else []
    if place < len(columns) and isinstance(columns[place].unalias().unnest(), exp.Null):
        return
    raise unsupported(
        f"a set operation whose column {place + 1} is a TIMESTAMP_TZ in one query alone: cast it in both"
    )


class Inference:
    """Walks a query, whose identifiers are folded, from the outside in."""

    def __init__(self, session: Session, view: Any = None) -> None:
        self.session = session
        self.view = view

    def whole(self, tree: exp.Expr, scope: Scope) -> Columns:
        """Mark a query or an expression; return the columns of a query."""
        if isinstance(tree, exp.Query) and not isinstance(tree, exp.Table):
            return self.query(tree, {}, scope if scope.sources else None)
        if isinstance(tree, exp.Values):
            return self._values(tree, scope, {})
        self._mark(tree, scope, {})
        return {}

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
            for place, ((name, (kind, nullable)), (other, _)) in enumerate(
                zip(left.items(), right.values(), strict=False)
            ):
                if kind != other:
                    _refuse_mixed(node, place, kind, other)
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
            self.source(source, scope, ctes, nullable=outer)
        found: Columns = {}
        # A name that the SELECT list gives can be used in the rest of it, if no column has it.
        named: Columns = {}
        aliases = Scope({"": named}, parent=scope)
        for item in node.expressions:
            self._mark(item, aliases, ctes)
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
                    aliases.find(inner.table or None, inner.name)
                    if isinstance(inner, exp.Column)
                    else None
                )
                found[item.alias_or_name] = held or (inner.meta.get(KEY), True)
                if scope.find(None, item.alias_or_name) is None:
                    named[item.alias_or_name] = found[item.alias_or_name]
        for key, value in node.args.items():
            if key in {"expressions", "from_", "with_"} or value is None:
                continue
            for part in value if isinstance(value, list) else [value]:
                if key == "joins":
                    self._mark(part.args.get("on"), aliases, ctes)
                elif isinstance(part, exp.Expr) and key != "laterals":
                    self._mark(part, aliases, ctes)
        return found

    def source(
        self, node: exp.Expr, scope: Scope, ctes: dict[str, Columns], *, nullable: bool
    ) -> None:
        """Add the columns of what stands in FROM to a scope."""
        alias = node.alias
        columns: Columns = {}
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            for moment in ("when", "changes"):
                self._mark(node.args.get(moment), scope, ctes)
            alias = alias or node.name
            if not node.args.get("db") and node.name in ctes:
                columns = ctes[node.name]
            else:
                columns = self._table(node)
        elif isinstance(node, exp.Subquery):
            columns = self.query(node.this, ctes, scope)
        elif isinstance(node, exp.Values):
            columns = self._values(node, scope, ctes)
        elif isinstance(node, exp.Lateral | exp.TableFromRows):
            inner = node.this
            name = str(getattr(inner, "this", "")).upper()
            if isinstance(inner, exp.Explode) or name == "FLATTEN":
                columns = {key: (kind, True) for key, kind in _FLATTEN.items()}
            elif name.endswith("SPLIT_TO_TABLE"):
                columns = {"SEQ": (NUMBER, True), "INDEX": (NUMBER, True), "VALUE": (TEXT, True)}
            self._mark(inner, scope, ctes)
        for join in node.args.get("joins") or []:
            self.source(join.this, scope, ctes, nullable=nullable)
            self._mark(join.args.get("on"), scope, ctes)
        columns = _renamed(columns, node.args.get("alias"))
        if nullable:
            columns = {name: (kind, True) for name, (kind, _) in columns.items()}
        scope.sources[alias] = columns

    def _values(self, node: exp.Values, scope: Scope, ctes: dict[str, Columns]) -> Columns:
        """Return the columns of VALUES: of a type when all rows agree in it."""
        rows = []
        for row in node.expressions:
            values = row.expressions if isinstance(row, exp.Tuple) else [row]
            for value in values:
                self._mark(value, scope, ctes)
            rows.append([None if isinstance(v, exp.Null) else (v.meta.get(KEY), v) for v in values])
        return {
            f"COLUMN{place}": (_common([held[0] for held in column if held is not None]), True)
            for place, column in enumerate(zip(*rows, strict=False), 1)
        }

    def _table(self, node: exp.Table) -> Columns:
        from .context import Context
        from .identifiers import name_of
        from .stored import columns_of, find_relation

        name: Name = name_of(node)
        if name.schema == "INFORMATION_SCHEMA":
            return {}
        context = Context(self.session, behalf=self.view)
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
        if isinstance(node, exp.Lambda):
            _mark_arguments(node)
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
                raise invalid_identifier(node.name)
            return found[0] if found is not None else None
        if isinstance(node, exp.Cast):
            try:
                return snowflake_type(node.to)
            except SqlError:
                return None
        if isinstance(node, exp.Literal):
            if node.is_string:
                return TEXT
            return number_kind(str(node.this))
        if isinstance(node, exp.Boolean | exp.Predicate):
            return BOOLEAN
        if isinstance(node, exp.Anonymous):
            name = str(node.this).upper()
            if name == "AI_EMBED" and _tells_errors(node):
                return OBJECT
            return _number_call(node) if name in _NUMBER_CALLS else _CALLS.get(name)
        if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
            path = f"{node.this}.{node.expression.this}"
            return _DOTTED_CALLS.get(path.replace('"', "").upper())
        return _of_parts(node, self._of_date)

    @staticmethod
    def _of_date(node: exp.Expr, kind: DataType | None) -> DataType | None:
        if isinstance(node, exp.DateAdd) and kind == DATE:
            unit = str(node.args["unit"].name).upper() if node.args.get("unit") else "DAY"
            return DATE if unit in {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} else TIMESTAMP_NTZ
        return kind


def _of_parts(
    node: exp.Expr, of_date: Callable[[exp.Expr, DataType | None], DataType | None]
) -> DataType | None:
    """Return the type that follows from the types of an expression's parts."""
    if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
        return _of_equals(node)
    if isinstance(node, exp.Neg):
        return _numeric(node.this)
    if isinstance(node, exp.CurrentTimestamp):
        return TIMESTAMP_NTZ if node.args.get("sysdate") else TIMESTAMP_LTZ
    if isinstance(node, exp.ConvertTimezone):
        return TIMESTAMP_NTZ if node.args.get("source_tz") is not None else TIMESTAMP_TZ
    if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        kind = node.this.meta.get(KEY)
        return kind if kind is not None and kind.base.startswith("TIMESTAMP") else None
    if isinstance(node, _SAME_AS_FIRST):
        first = node.this
        kind = first.meta.get(KEY) if isinstance(first, exp.Expr) else None
        return of_date(node, kind)
    if isinstance(node, exp.If | exp.Case | exp.Nvl2):
        return _of_branches(node)
    if type(node) in _ARITHMETIC or isinstance(node, exp.Sum | exp.Avg | exp.Median):
        return _of_numbers(node)
    return _NODES.get(type(node))


def _mark_arguments(node: exp.Lambda) -> None:
    """Mark the uses of a lambda's arguments: an element of an array is a VARIANT."""
    names = {argument.name for argument in node.expressions}
    for used in node.this.find_all(exp.Identifier):
        if used.name in names and not isinstance(used.parent, exp.Column | exp.Dot):
            used.meta[KEY] = VARIANT


def branches(node: exp.Expr) -> list[exp.Expr]:
    """Return the expressions of which a conditional one gives one."""
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    values = [node.args.get("true"), node.args.get("false"), node.args.get("default")]
    values += [branch.args.get("true") for branch in node.args.get("ifs") or []]
    return [value for value in values if value is not None]


_SEMI = {"VARIANT", "OBJECT", "ARRAY"}


def _of_branches(node: exp.Expr) -> DataType | None:
    kinds = {value.meta.get(KEY) for value in branches(node) if not isinstance(value, exp.Null)}
    if len(kinds) == 1:
        return kinds.pop()
    zoned = _zoned(kinds)
    if zoned is not None:
        return zoned
    # Beside a VARIANT everything becomes one.
    return VARIANT if any(kind is not None and kind.base in _SEMI for kind in kinds) else None


_ARITHMETIC: dict[type, Callable[[DataType, DataType], DataType]] = {
    exp.Add: added, exp.Sub: added, exp.Mul: multiplied, exp.Div: divided, exp.Mod: combined,
}  # fmt: skip


def _of_numbers(node: exp.Expr) -> DataType | None:
    """Return the type of arithmetic on numbers, None when an operand is none for certain."""
    first = node.this
    if isinstance(first, exp.Distinct) and len(first.expressions) == 1:
        first = first.expressions[0]
    kinds = [first.meta.get(KEY)]
    if type(node) in _ARITHMETIC:
        kinds = [_numeric(first), _numeric(node.expression)]
    if any(kind is None or kind.base not in {"NUMBER", "FLOAT"} for kind in kinds):
        return None
    if any(kind is not None and kind.base == "FLOAT" for kind in kinds):
        return FLOAT
    left, right = kinds[0], kinds[-1]
    assert left is not None
    assert right is not None
    if isinstance(node, exp.Sum):
        return DataType("NUMBER", 38, left.scale)
    if isinstance(node, exp.Avg):
        return DataType("NUMBER", 38, divided(left, NUMBER).scale)
    if isinstance(node, exp.Median):
        return DataType("NUMBER", 38, min(37, (left.scale or 0) + 3))
    return _ARITHMETIC[type(node)](left, right)


def _numeric(node: exp.Expr) -> DataType | None:
    """Return the type of an operand; a text counts as a number, a constant as that which it spells.

    https://docs.snowflake.com/en/sql-reference/data-type-conversion
    """
    if isinstance(node, exp.Literal) and node.is_string:
        return number_kind(str(node.this).strip().lstrip("+-"))
    kind: DataType | None = node.meta.get(KEY)
    if kind is not None and kind.base == "VARCHAR":
        return DataType("NUMBER", 18, 5)
    return kind


def _common(kinds: list[DataType | None]) -> DataType | None:
    """Return the type that values of one column have, None when it is not certain."""
    known = [kind for kind in kinds if kind is not None]
    if not known or len(known) != len(kinds) or len({kind.base for kind in known}) != 1:
        return None
    if known[0].base == "NUMBER":
        scale = max(kind.scale or 0 for kind in known)
        whole = max((kind.precision or 38) - (kind.scale or 0) for kind in known)
        return DataType("NUMBER", min(38, whole + scale), scale)
    return known[0]


def _of_equals(node: exp.Expr) -> DataType | None:
    """Return the type of one of several expressions: a VARIANT when one of them is."""
    kinds = [each.meta.get(KEY) for each in [node.this, *node.expressions]]
    return VARIANT if VARIANT in kinds else (kinds[0] if len(set(kinds)) == 1 else _zoned({*kinds}))


def _zoned(kinds: set[DataType | None]) -> DataType | None:
    """Return the timestamp with a zone that values become beside one, None when there is none."""
    bases = {kind.base for kind in kinds if kind is not None}
    if bases & _SEMI:
        return None
    if "TIMESTAMP_TZ" in bases:
        return TIMESTAMP_TZ
    return TIMESTAMP_LTZ if "TIMESTAMP_LTZ" in bases else None


_NUMBER_CALLS = {
    f"{prefix}{name}" for prefix in ("TO_", "TRY_TO_") for name in ("DECIMAL", "NUMBER", "NUMERIC")
}


def _tells_errors(node: exp.Anonymous) -> bool:
    """Tell whether an AI function is called with `return_error_details => TRUE`."""
    last = node.expressions[-1] if len(node.expressions) == 3 else None
    return isinstance(last, exp.Boolean) and bool(last.this)


def _number_call(node: exp.Anonymous) -> DataType | None:
    """Return the type of TO_NUMBER: its last numbers are precision and scale."""
    given = [
        int(str(each.this))
        for each in node.expressions[1:]
        if isinstance(each, exp.Literal) and not each.is_string
    ]
    if len(given) > 2:
        return None
    return DataType("NUMBER", given[0] if given else 38, given[1] if len(given) > 1 else 0)


def number_kind(text: str) -> DataType | None:
    """Return the type of a constant number, None for a float."""
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


def infer(
    tree: exp.Expr,
    session: Session,
    view: Any = None,
    sources: dict[str, Columns] | None = None,
) -> Columns:
    """Mark the expressions of a query and return what is known of its columns.

    Args:
        tree: The query, or an expression.
        session: Whose names count.
        view: The view or function that it stands in.
        sources: What the names in an expression mean.
    """
    return Inference(session, view).whole(tree, Scope(dict(sources or {})))


def given_kinds(tree: exp.Expr, columns: Columns) -> list[DataType | None]:
    """Return the types of what a marked query gives, in order, or of an expression alone.

    Args:
        tree: The query, or an expression, that `infer` has marked.
        columns: What it returned.

    Returns:
        None for a type that is not certain; nothing where the columns cannot be counted.
    """
    query = tree.unnest() if isinstance(tree, exp.Subquery) else tree
    if isinstance(query, exp.Select):
        items = [item.unalias() for item in query.expressions]
        stars = [
            item if isinstance(item, exp.Star) else item.this for item in items if item.is_star
        ]
        if not stars:
            return [kind_of(item) for item in items]
        if any(key != "except_" and star.args.get(key) for star in stars for key in star.args):
            return []
    elif not isinstance(query, exp.Query | exp.Values):
        return [kind_of(query)]
    return [kind for kind, _ in columns.values()]


def columns_by_source(nodes: list[exp.Expr], session: Session) -> dict[str, Columns]:
    """Return the columns of tables and subqueries, whose identifiers are folded, by their names."""
    scope, inference = Scope(), Inference(session)
    for node in nodes:
        inference.source(node, scope, {}, nullable=False)
    return scope.sources


def kind_of(node: exp.Expr | None) -> DataType | None:
    """Return the type that an expression is known to have."""
    return node.meta.get(KEY) if node is not None else None
