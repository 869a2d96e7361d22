"""Finds `ORDER BY VECTOR_*(column, vector) LIMIT k` in a translated query.

A part that is found gets a mark in the place of a condition on its table. When the query runs, the
mark becomes `true`, or a condition that lets through the few rows that can be among the first k:
DuckDB evaluates and sorts these itself, so that every answer is its own. What is not of this very
shape stays as it is.
"""

import uuid
from dataclasses import dataclass

from sqlglot import exp

from ..translate.dialect import write
from .question import VOLATILE, has, is_constant, question_of, resolved

# DuckDB's function -> its name in `scores`.
FUNCTIONS = {
    "ARRAY_COSINE_SIMILARITY": "cosine",
    "ARRAY_INNER_PRODUCT": "inner",
    "ARRAY_DISTANCE": "l2",
    "HUSH.L1_DISTANCE": "l1",
}
# What changes how many rows there are, or computes over more than one.
_OTHERS = ("laterals", "group", "having", "distinct", "qualify", "pivots", "sample", "windows")


@dataclass(frozen=True)
class Nearest:
    """A part of a query that asks for the nearest rows of a table.

    Attributes:
        mark: Stands in the SQL for the condition on the table's rows.
        table: Id of the table.
        column: Name of its column of vectors.
        function: `cosine`, `inner`, `l2` or `l1`.
        descending: Whether the greatest come first.
        nulls_first: Whether rows without a vector come first.
        skips_nulls: Whether rows without a vector are left out.
        vector: SQL of the vector asked for.
        text: The parameter that is the vector as JSON, when it is one.
        wanted: SQL of how many rows are wanted.
        allowed: SQL of the `$rid` of the rows that pass the other conditions; None: all do.
    """

    mark: str
    table: int
    column: str
    function: str
    descending: bool
    nulls_first: bool
    skips_nulls: bool
    vector: str
    text: str | None
    wanted: str
    allowed: str | None


def find_nearest(tree: exp.Expr) -> tuple[Nearest, ...]:
    """Return the parts of a translated query that a matrix can answer, and mark them in it."""
    found = []
    for select in tree.find_all(exp.Select):
        # A mark goes into a select below: all are read before the first is changed.
        read = _read(select)
        if read is not None:
            found.append(read)
    for inner, nearest in found:
        _add_condition(inner, exp.column(nearest.mark, quoted=True))
    return tuple(nearest for _, nearest in found)


def fill(sql: str, conditions: dict[str, str]) -> str:
    """Return the SQL with a condition in the place of each mark."""
    for mark, condition in conditions.items():
        sql = sql.replace(f'"{mark}"', condition)
    return sql


def plain(sql: str, parts: tuple[Nearest, ...]) -> str:
    """Return the SQL as DuckDB alone answers it."""
    return fill(sql, dict.fromkeys((part.mark for part in parts), "true"))


def _read(select: exp.Select) -> tuple[exp.Select, Nearest] | None:
    """Return what a select asks for, and the select below it that reads the table."""
    order, limit = select.args.get("order"), select.args.get("limit")
    if order is None or not isinstance(limit, exp.Limit) or not _is_standalone(select):
        return None
    if has(select, *_OTHERS) or _is_unusual(select):
        return None
    source = _source(select)
    if source is None:
        return None
    alias, inner, table = source
    first = order.expressions[0]
    called = _call_of(_selected(first.this, select))
    if called is None:
        return None
    function, arguments = called
    columns = {item.name for item in inner.expressions}
    question = question_of(select)
    if question is None:
        return None
    arguments = [resolved(item, question, columns) for item in arguments]
    names = [_column_of(item, alias, columns) for item in arguments]
    constants = [item for item, name in zip(arguments, names, strict=True) if name is None]
    if len(constants) != 1 or not is_constant(constants[0]):
        return None
    (column,) = (name for name in names if name is not None)
    if not any(isinstance(item, exp.Column) and item.name == column for item in inner.expressions):
        # A masking policy stands in its place.
        return None
    split = _split(select, alias, columns, column)
    if split is None:
        return None
    skips_nulls, others = split
    wanted = _wanted(select, limit)
    if wanted is None:
        return None
    allowed = None
    if others or inner.args.get("where"):
        allowed = _allowed(select, inner, alias, others)
    nearest = Nearest(
        mark=f"$nearest_{uuid.uuid4().hex}",
        table=table,
        column=column,
        function=function,
        descending=bool(first.args.get("desc")),
        nulls_first=bool(first.args.get("nulls_first")),
        skips_nulls=skips_nulls,
        vector=write(constants[0]),
        text=_text(constants[0]),
        wanted=wanted,
        allowed=allowed,
    )
    return inner, nearest


def _is_standalone(select: exp.Select) -> bool:
    """Tell whether a select is the whole query, a table expression, or a branch of a union of such.

    Anything else may refer to rows outside of it.
    """
    node: exp.Expr | None = select
    while node is not None and node.parent is not None:
        parent = node.parent
        if isinstance(parent, exp.Subquery):
            if not isinstance(
                parent.parent, exp.From | exp.Join | exp.SetOperation | exp.Paren | None
            ):
                return False
        elif isinstance(parent, exp.Join):
            if node.arg_key != "this":
                return False
        elif isinstance(parent, exp.Select):
            if node.arg_key not in {"from_", "joins", "with_"}:
                return False
        elif not isinstance(parent, exp.From | exp.CTE | exp.With | exp.SetOperation | exp.Paren):
            return False
        node = parent
    return True


def _is_unusual(select: exp.Select) -> bool:
    for item in [*select.expressions, select.args["order"], select.args.get("where")]:
        if item is None:
            continue
        for node in item.walk():
            if isinstance(node, exp.Window | exp.AggFunc | exp.Explode | exp.Unnest | exp.Rand):
                return True
            if isinstance(node, exp.Anonymous) and str(node.this).upper() in {*VOLATILE, "UNNEST"}:
                return True
    return False


def _source(select: exp.Select) -> tuple[str, exp.Select, int] | None:
    """Return the alias, the select and the id of the one table that is read."""
    from_ = select.args.get("from_")
    subquery = from_.this if from_ is not None else None
    if not isinstance(subquery, exp.Subquery) or not isinstance(subquery.this, exp.Select):
        return None
    alias = subquery.args.get("alias")
    if alias is None or alias.args.get("columns") or has(subquery, *_OTHERS, "joins"):
        return None
    inner = subquery.this
    if has(inner, *_OTHERS, "joins", "order", "limit", "offset", "with_"):
        return None
    below = inner.args.get("from_")
    table = below.this if below is not None else None
    if not isinstance(table, exp.Table) or table.text("db").lower() != "data":
        return None
    name = table.name
    if not name.startswith("t") or not name[1:].isdigit() or table.alias:
        return None
    return subquery.alias, inner, int(name[1:])


def _selected(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """Return what an item of ORDER BY means: itself, a selected expression by name or by number."""
    if isinstance(node, exp.Literal) and not node.is_string:
        place = int(str(node.this)) if str(node.this).isdigit() else 0
        # A star before it would shift the places.
        items: list[exp.Expr] = select.expressions[:place]
        if place and len(items) == place and not any(item.is_star for item in items):
            return items[-1].unalias()
    if isinstance(node, exp.Column) and not node.table:
        for item in select.expressions:
            if isinstance(item, exp.Alias) and item.alias == node.name:
                found = item.this
                assert isinstance(found, exp.Expr)
                return found
    return node


def _call_of(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """Return the function and the arguments of one of the four functions."""
    while isinstance(node, exp.Paren | exp.Cast):
        if isinstance(node, exp.Cast) and not node.to.is_type("double"):
            return None
        node = node.this
    if not isinstance(node, exp.Anonymous):
        return None
    function = FUNCTIONS.get(str(node.this).upper())
    return None if function is None else (function, list(node.expressions))


def _column_of(node: exp.Expr, alias: str, columns: set[str]) -> str | None:
    if not isinstance(node, exp.Column) or node.table not in {"", alias}:
        return None
    return node.name if node.name in columns else None


def _split(
    select: exp.Select, alias: str, columns: set[str], column: str
) -> tuple[bool, list[exp.Expr]] | None:
    """Return whether WHERE leaves out rows without a vector, and its other conditions.

    Returns:
        None when a condition cannot be evaluated on its own.
    """
    where = select.args.get("where")
    if where is None:
        return False, []
    skips, others = False, []
    for condition in _conjuncts(where.this):
        bare = condition.unnest()
        if isinstance(bare, exp.Not) and isinstance(bare.this.unnest(), exp.Is):
            test = bare.this.unnest()
            if (
                isinstance(test.expression, exp.Null)
                and _column_of(test.this, alias, columns) == column
            ):
                skips = True
                continue
        if any(isinstance(node, exp.Query) for node in condition.walk()):
            return None
        for node in condition.find_all(exp.Column):
            if _column_of(node, alias, columns) is None:
                return None
        others.append(condition)
    return skips, others


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        return [*_conjuncts(node.this), *_conjuncts(node.expression)]
    return [node]


def _text(node: exp.Expr) -> str | None:
    """Return the name of the parameter in `PARSE_JSON(parameter)::ARRAY::VECTOR`."""
    calls = ["HUSH.TO_VARIANT", "HUSH.PARSE_JSON"]
    node = node.this if isinstance(node, exp.Cast) else node
    while calls and isinstance(node, exp.Anonymous) and str(node.this).upper() == calls[0]:
        (node,) = node.expressions
        calls.pop(0)
    return str(node.name) if not calls and isinstance(node, exp.Parameter) else None


def _wanted(select: exp.Select, limit: exp.Limit) -> str | None:
    """Return SQL for how many rows are sorted out: LIMIT and OFFSET together."""
    offset = select.args.get("offset")
    parts = [limit.expression, *([offset.expression] if offset is not None else [])]
    if any(part is None or not is_constant(part) for part in parts):
        return None
    if all(isinstance(part, exp.Literal) and str(part.this).isdigit() for part in parts):
        return str(sum(int(str(part.this)) for part in parts))
    return " + ".join(f"CAST({write(part)} AS BIGINT)" for part in parts)


def _allowed(select: exp.Select, inner: exp.Select, alias: str, others: list[exp.Expr]) -> str:
    below = inner.copy()
    below.append("expressions", exp.column("$rid", quoted=True))
    made = exp.Select(expressions=[exp.column("$rid", quoted=True)])
    made.set("from_", exp.From(this=below.subquery(exp.to_identifier(alias, quoted=True))))
    if others:
        made.set("where", exp.Where(this=exp.and_(*(item.copy() for item in others), copy=False)))
    return write(made)


def _add_condition(select: exp.Select, condition: exp.Expr) -> None:
    where = select.args.get("where")
    if where is not None:
        condition = exp.And(this=exp.Paren(this=where.this), expression=condition)
    select.set("where", exp.Where(this=condition))
