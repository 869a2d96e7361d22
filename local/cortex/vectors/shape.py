"""Finds `ORDER BY VECTOR_*(column, vector) LIMIT k` in a translated query.

A part that is found gets a mark in the place of a condition on its table. When the query runs, the
mark becomes `true`, or a condition that lets through the few rows that can be among the first k:
DuckDB evaluates and sorts these itself, so that every answer is its own. What is not of this very
shape stays as it is.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...sql.dialect import write
from ...sql.one_table import (
    OTHERS,
    add_condition,
    allowed_of,
    column_of,
    conjuncts,
    is_standalone,
    is_unusual,
    selected_of,
    source_of,
    wanted_of,
)
from ...sql.question import has, is_constant, question_of, resolved

# DuckDB's function -> its name in `scores`.
FUNCTIONS = {
    "ARRAY_COSINE_SIMILARITY": "cosine",
    "ARRAY_INNER_PRODUCT": "inner",
    "ARRAY_DISTANCE": "l2",
    "HUSH.L1_DISTANCE": "l1",
}


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


def find_nearest(select: exp.Select) -> list[tuple[Nearest, Callable[[], None]]]:
    """Return the part of a translated select that a matrix can answer, and what marks it."""
    read = _read(select)
    if read is None:
        return []
    inner, nearest = read
    return [(nearest, lambda: add_condition(inner, exp.column(nearest.mark, quoted=True)))]


def _read(select: exp.Select) -> tuple[exp.Select, Nearest] | None:
    """Return what a select asks for, and the select below it that reads the table."""
    order, limit = select.args.get("order"), select.args.get("limit")
    if order is None or not isinstance(limit, exp.Limit) or not is_standalone(select):
        return None
    if has(select, *OTHERS) or is_unusual(select):
        return None
    source = source_of(select)
    if source is None:
        return None
    alias, inner, table = source
    first = order.expressions[0]
    called = _call_of(selected_of(first.this, select))
    if called is None:
        return None
    function, arguments = called
    columns = {item.name for item in inner.expressions}
    question = question_of(select)
    if question is None:
        return None
    arguments = [resolved(item, question, columns) for item in arguments]
    names = [column_of(item, alias, columns) for item in arguments]
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
    wanted = wanted_of(select, limit)
    if wanted is None:
        return None
    allowed = None
    if others or inner.args.get("where"):
        allowed = allowed_of(select, inner, alias, others)
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
    for condition in conjuncts(where.this):
        bare = condition.unnest()
        if isinstance(bare, exp.Not) and isinstance(bare.this.unnest(), exp.Is):
            test = bare.this.unnest()
            if (
                isinstance(test.expression, exp.Null)
                and column_of(test.this, alias, columns) == column
            ):
                skips = True
                continue
        if any(isinstance(node, exp.Query) for node in condition.walk()):
            return None
        for node in condition.find_all(exp.Column):
            if column_of(node, alias, columns) is None:
                return None
        others.append(condition)
    return skips, others


def _text(node: exp.Expr) -> str | None:
    """Return the name of the parameter in `PARSE_JSON(parameter)::ARRAY::VECTOR`."""
    calls = ["HUSH.TO_VARIANT", "HUSH.PARSE_JSON"]
    node = node.this if isinstance(node, exp.Cast) else node
    while calls and isinstance(node, exp.Anonymous) and str(node.this).upper() == calls[0]:
        (node,) = node.expressions
        calls.pop(0)
    return str(node.name) if not calls and isinstance(node, exp.Parameter) else None
