"""What `named`, `counted` and `telling` read alike: expressions and conditions of a row."""

import uuid

from sqlglot import exp

from ...sql.dialect import write
from ...sql.one_table import add_condition, column_of, conjuncts
from ...sql.question import VOLATILE, is_constant

_ALIAS = "R"


def mark_of(kind: str) -> str:
    """Return a name that no column has."""
    return f"${kind}_{uuid.uuid4().hex}"


def restrict(inner: exp.Select, mark: str) -> None:
    """Put a mark among the conditions on a table's rows."""
    add_condition(inner, exp.column(mark, quoted=True))


def is_volatile(node: exp.Expr) -> bool:
    """Tell whether a call may answer otherwise each time."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in VOLATILE


def of_row(node: exp.Expr, alias: str, inner: exp.Select) -> str | None:
    """Return the SQL of an expression over columns of the row `R`, as they are stored."""
    stored = stored_in(inner)
    for item in node.walk():
        if isinstance(item, exp.Query | exp.Rand | exp.Star | exp.AggFunc | exp.Window):
            return None
        if isinstance(item, exp.Column) and column_of(item, alias, stored) is None:
            return None
        if is_volatile(item):
            return None
    if node.find(exp.Column) is None:
        return None
    copy = node.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", exp.to_identifier(_ALIAS, quoted=True))
    return write(copy)


def stored_in(inner: exp.Select) -> set[str]:
    """Return the columns that are no expression: a masking policy would stand in their place."""
    return {item.name for item in inner.expressions if isinstance(item, exp.Column)}


def contains(node: exp.Expr, alias: str, inner: exp.Select) -> tuple[str, str] | None:
    """Return the column and the SQL of the word of `CONTAINS(column, word)`."""
    if isinstance(node, exp.Contains):
        arguments = [node.this, node.expression]
    elif isinstance(node, exp.Anonymous) and str(node.this).upper() == "CONTAINS":
        arguments = list(node.expressions)
    else:
        return None
    if len(arguments) != 2 or not is_constant(arguments[1]):
        return None
    column = column_of(arguments[0], alias, stored_in(inner))
    return None if column is None else (column, write(arguments[1]))


def conditions_of(select: exp.Select, alias: str, inner: exp.Select) -> list[exp.Expr] | None:
    """Return the conditions of a select, each of which can be evaluated on its own."""
    where = select.args.get("where")
    if where is None:
        return []
    columns = {item.name for item in inner.expressions}
    found = conjuncts(where.this)
    for condition in found:
        for node in condition.walk():
            if isinstance(node, exp.Query | exp.Rand) or is_volatile(node):
                return None
            if isinstance(node, exp.Column) and column_of(node, alias, columns) is None:
                return None
    return found
