"""Finds `expression IN (texts)`, by itself or several with OR, among the conditions on a table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from ...sql.dialect import write
from ...sql.one_table import conjuncts
from ...sql.question import has, is_constant, table_expression
from .reading import is_volatile, mark_of, of_row, restrict


@dataclass(frozen=True)
class Named:
    """Conditions of which a row must meet one: an expression of it is one of some texts.

    Attributes:
        mark: Stands for the condition on the table's rows.
        table: Id of the table.
        tests: SQL of an expression of the row `R`, and of each text, or of a query of one column.
    """

    mark: str
    table: int
    tests: tuple[tuple[str, tuple[str, ...] | str], ...]


def find_named(
    select: exp.Select, alias: str, inner: exp.Select, table: int
) -> tuple[Named, Callable[[], None]] | None:
    where = select.args.get("where")
    if where is None or any(has(join, "side", "method") for join in select.args.get("joins") or []):
        return None
    for condition in conjuncts(where.this):
        tests = [_test(node, alias, inner) for node in _alternatives(condition)]
        known = tuple(test for test in tests if test is not None)
        if len(known) == len(tests):
            mark = mark_of("named")
            return Named(mark, table, known), partial(restrict, inner, mark)
    return None


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.Or):
        return [*_alternatives(node.this), *_alternatives(node.expression)]
    return [node]


def _test(
    node: exp.Expr, alias: str, inner: exp.Select
) -> tuple[str, tuple[str, ...] | str] | None:
    if not isinstance(node, exp.In) or has(node, "unnest", "field", "is_global"):
        return None
    expression = of_row(node.this, alias, inner)
    if expression is None:
        return None
    query = node.args.get("query")
    if query is not None:
        query = query.this if isinstance(query, exp.Subquery) else query
        if not isinstance(query, exp.Select) or len(query.expressions) != 1:
            return None
        common = _apart(query, alias)
        if query.expressions[0].is_star or common is None:
            return None
        return expression, common + write(query)
    if not node.expressions or not all(map(is_constant, node.expressions)):
        return None
    return expression, tuple(write(item) for item in node.expressions)


def _apart(query: exp.Select, alias: str | None) -> str | None:
    """Return WITH of what a query reads; None when it reads a table, or a row outside of it."""
    common: dict[str, str] = {}
    for node in query.walk():
        if isinstance(node, exp.Rand) or is_volatile(node):
            return None
        if isinstance(node, exp.Column) and node.table == alias:
            return None
        if isinstance(node, exp.Table):
            made = None if node.args.get("db") else table_expression(query, node.name)
            if not isinstance(made, exp.Select) or _apart(made, None) != "":
                return None
            common[write(exp.to_identifier(node.name, quoted=True))] = write(made)
    parts = ", ".join(f"{name} AS ({sql})" for name, sql in common.items())
    return f"WITH {parts} " if parts else ""
