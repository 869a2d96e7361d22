"""Forms of Snowflake's queries that DuckDB has in another spelling, given that one once read."""

from sqlglot import exp

from ..language.errors import compilation, unsupported
from .hierarchies import connect
from .outer_joins import outer_joins


def reshape(tree: exp.Expr) -> exp.Expr:
    """Return a tree with these forms replaced; the given tree is used up."""
    outer_joins(tree)
    connect(tree)
    for join in tree.find_all(exp.Join):
        if join.args.get("method") == "ASOF":
            _asof(join)
    for sample in tree.find_all(exp.TableSample):
        if sample.args.get("size") is not None:
            # A number of rows: https://docs.snowflake.com/en/sql-reference/constructs/sample
            sample.set("method", exp.var("RESERVOIR"))
    for window in tree.find_all(exp.Window):
        _sequence_order(window)
    for order in tree.find_all(exp.Order):
        _order_by_all(order)
    for subquery in list(tree.find_all(exp.Subquery)):
        _bracketed(subquery)
    return tree


def _asof(join: exp.Join) -> None:
    """Put MATCH_CONDITION beside the other conditions; rows without a match stay.

    https://docs.snowflake.com/en/sql-reference/constructs/asof-join
    """
    match = join.args.get("match_condition")
    if match is None:
        raise compilation("ASOF JOIN needs MATCH_CONDITION", 1003, "42000")
    if join.args.get("using"):
        raise unsupported("ASOF JOIN … USING")
    match = match.unnest()
    if not isinstance(match, exp.GTE | exp.GT | exp.LTE | exp.LT):
        raise compilation("MATCH_CONDITION must be one of >=, >, <= and <", 1003, "42000")
    on = join.args.get("on")
    join.set("match_condition", None)
    join.set("side", "LEFT")
    join.set("on", exp.and_(on, match) if on is not None else match)


def _sequence_order(window: exp.Window) -> None:
    """Leave rows as they come where a window orders by SEQ1() and its like."""
    order = window.args.get("order")
    for ordered in order.expressions if order is not None else ():
        if isinstance(ordered.this, exp.Seq1 | exp.Seq2 | exp.Seq4 | exp.Seq8):
            ordered.set("this", exp.Literal.number(1))


def _order_by_all(order: exp.Order) -> None:
    """Read ALL as the keyword: https://docs.snowflake.com/en/sql-reference/constructs/order-by"""
    if len(order.expressions) != 1 or not isinstance(order.expressions[0], exp.Ordered):
        return
    ordered = order.expressions[0]
    column = ordered.this
    if (
        isinstance(column, exp.Column)
        and not column.table
        and column.name.upper() == "ALL"
        and not column.this.args.get("quoted")
    ):
        ordered.set("this", exp.var("ALL"))


def _bracketed(subquery: exp.Subquery) -> None:
    """Read `FROM (t)` as `FROM t`."""
    inner = subquery.this
    if not isinstance(inner, exp.Table | exp.TableFromRows):
        return
    for key in ("alias", "sample", "joins", "pivots", "laterals"):
        held = subquery.args.get(key)
        if held:
            if inner.args.get(key):
                return
            inner.set(key, held)
    subquery.replace(inner)
