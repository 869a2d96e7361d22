"""Aggregates that DuckDB has under the same name with other edges."""

from sqlglot import exp

from ..context import Context


def _count_if(node: exp.CountIf, context: Context) -> exp.Expr | None:
    """Of no rows DuckDB's COUNT_IF is null; Snowflake's is 0, as COUNT is."""
    if isinstance(node.this, exp.Distinct):
        return None
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=node.this.copy()))


NODES = {exp.CountIf: _count_if}
