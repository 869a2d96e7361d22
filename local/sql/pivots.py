"""PIVOT over the values that are there: `IN (ANY)` and `IN (SELECT …)` become lists of values.

https://docs.snowflake.com/en/sql-reference/constructs/pivot
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
from sqlglot import exp

from ..engine.failures import from_duckdb
from ..language.errors import compilation, unsupported
from .context import Context
from .dialect import write

_MOST_VALUES = 1_000


def fill_pivots(
    tree: exp.Expr, context: Context, translate: Callable[[exp.Expr, Context], exp.Expr]
) -> None:
    """Replace ANY and queries in the lists of pivots by the values that they stand for.

    Args:
        tree: A query as it was read.
        context: Of its translation.
        translate: What makes DuckDB's tree of a query.
    """
    query: exp.Query
    for pivot in list(tree.find_all(exp.Pivot)):
        for field in pivot.args.get("fields") or []:
            wanted = field.expressions[0] if len(field.expressions) == 1 else None
            if isinstance(wanted, exp.PivotAny):
                query = _distinct(pivot, field.this, wanted)
            elif isinstance(wanted, exp.Query):
                query = wanted.copy()
            else:
                continue
            values = _values(_with_ctes(query, pivot), context, translate)
            field.set("expressions", [_named(value) for value in values])
            # What sqlglot made of the text that is replaced.
            pivot.set("columns", None)
        if pivot.args.get("default_on_null"):
            _with_default(pivot)


def _with_default(pivot: exp.Pivot) -> None:
    """Put the default of DEFAULT ON NULL into the columns that the pivot makes."""
    default = pivot.args["default_on_null"]
    source, alias = pivot.parent, pivot.args.get("alias")
    fields = pivot.args["fields"]
    if len(fields) != 1 or len(pivot.expressions) != 1 or source is None:
        raise unsupported("PIVOT … DEFAULT ON NULL with more than one aggregate")
    if isinstance(pivot.expressions[0], exp.Alias) or (alias is not None and alias.columns):
        raise unsupported("PIVOT … DEFAULT ON NULL with names of its own")
    names = [
        (item if isinstance(item, exp.PivotAlias) else _named(item)).args["alias"]
        for item in fields[0].expressions
    ]
    filled = [
        exp.Alias(
            this=exp.Coalesce(this=exp.Column(this=name.copy()), expressions=[default.copy()]),
            alias=name.copy(),
        )
        for name in names
    ]
    pivot.set("default_on_null", None)
    pivot.set("alias", None)
    select = exp.Select(expressions=[exp.Star(replace=filled)])
    made = exp.Subquery(this=select, alias=alias.copy() if alias is not None else None)
    source.replace(made)
    select.set("from_", exp.From(this=source))


def _distinct(pivot: exp.Pivot, column: exp.Expr, wanted: exp.PivotAny) -> exp.Select:
    source = pivot.parent
    assert source is not None
    copy = source.copy()
    copy.set("pivots", None)
    order = wanted.this.copy() if wanted.this is not None else None
    query = exp.Select(expressions=[column.copy()], distinct=exp.Distinct())
    query.set("from_", exp.From(this=copy))
    query.set("order", order or exp.Order(expressions=[exp.Ordered(this=column.copy())]))
    return query


def _with_ctes(query: exp.Expr, node: exp.Expr) -> exp.Expr:
    """Give a query the table expressions that it can see where it stands."""
    found = node.parent
    while found is not None:
        with_ = found.args.get("with_")
        if with_ is not None and query.args.get("with_") is None:
            query.set("with_", with_.copy())
        found = found.parent
    return query


def _values(
    query: exp.Expr, context: Context, translate: Callable[[exp.Expr, Context], exp.Expr]
) -> list[exp.Expr]:
    inner = Context(context.session, context.bindings, behalf=context.behalf)
    sql = write(translate(query, inner))
    used = {name: value for name, value in inner.parameters.items() if f"${name}" in sql}
    cursor = context.session.transaction.cursor
    try:
        rows = cursor.execute(sql, used or None).fetchmany(_MOST_VALUES + 1)
    except duckdb.Error as error:
        if context.session.transaction.writing:
            context.session.transaction.recover()
        raise from_duckdb(error) from None
    if len(rows) > _MOST_VALUES:
        raise unsupported(f"PIVOT over more than {_MOST_VALUES:,} values")
    if not rows or len(rows[0]) != 1:
        raise compilation("PIVOT needs a column with at least one value", 1003, "42000")
    context.reads |= inner.reads
    # A query may give a value more than once: it is one column.
    return [_literal(value) for value in dict.fromkeys(row[0] for row in rows)]


def _named(value: exp.Expr) -> exp.Expr:
    """Return a value with the name of its column: a text in quotes, as it stands in a list."""
    literal = value.this if isinstance(value, exp.Cast) else value
    name = f"'{literal.name}'" if literal.is_string else literal.name
    return exp.PivotAlias(this=value, alias=exp.to_identifier(name, quoted=True))


def _literal(value: Any) -> exp.Expr:
    if isinstance(value, bool) or value is None:
        raise unsupported("PIVOT over NULL or a BOOLEAN")
    if isinstance(value, int | float | Decimal):
        return exp.Literal.number(str(value))
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType.build("DATE"))
    raise unsupported("PIVOT over values of this type")
