"""Aggregates that DuckDB has under the same name with other edges."""

from sqlglot import exp

from ...language.errors import unsupported
from ..context import Context


def _count_if(node: exp.CountIf, context: Context) -> exp.Expr | None:
    """Of no rows DuckDB's COUNT_IF is null; Snowflake's is 0, as COUNT is."""
    if isinstance(node.this, exp.Distinct):
        return None
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=node.this.copy()))


def _count(node: exp.Count, context: Context) -> exp.Expr | None:
    """COUNT of several expressions counts the rows in which none is null."""
    if isinstance(node.this, exp.Star) and any(
        node.this.args.get(key) for key in ("except_", "ilike")
    ):
        raise unsupported("COUNT of a part of the columns")
    if isinstance(node.this, exp.Column) and isinstance(node.this.this, exp.Star):
        raise unsupported("COUNT(alias.*)")
    if isinstance(node.this, exp.Distinct) or not node.expressions:
        return None
    present = [
        exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
        for value in [node.this, *node.expressions]
    ]
    condition = exp.and_(*present)
    return exp.Count(this=exp.Case(ifs=[exp.If(this=condition, true=exp.Literal.number(1))]))


NODES = {exp.Count: _count, exp.CountIf: _count_if}
