"""RANDOM with a seed, and RANDSTR.

https://docs.snowflake.com/en/sql-reference/functions/random
https://docs.snowflake.com/en/sql-reference/functions/randstr
"""

from sqlglot import exp

from ...language.errors import unsupported
from ..context import Context, call


def _seeded(node: exp.Rand, context: Context) -> exp.Expr | None:
    """The numbers of the seed's sequence, row by row: those that the documentation shows.

    Equal seeds give equal numbers in a row. Snowflake may hand them to the rows in another order.
    """
    seed = node.this
    if seed is None:
        return None
    if not _per_row(node):
        raise unsupported("RANDOM with a seed, but in the columns of a SELECT or in its ORDER BY")
    if not isinstance(seed.unnest(), exp.Literal | exp.Neg):
        raise unsupported("RANDOM with a seed that is no number")
    number = exp.Window(this=exp.RowNumber())
    place = exp.Sub(this=number, expression=exp.Literal.number(1))
    return call("hush_random", seed.copy(), place)


def _per_row(node: exp.Expr) -> bool:
    """Tell whether a window function may stand where the node does."""
    below, parent = node, node.parent
    while parent is not None and not isinstance(parent, exp.Select):
        if isinstance(parent, exp.AggFunc | exp.Window | exp.Lambda):
            return False
        if parent.arg_key == "order" and not isinstance(parent.parent, exp.Select):
            return False
        below, parent = parent, parent.parent
    return parent is not None and below.arg_key in {"expressions", "order"}


def _randstr(node: exp.Randstr, context: Context) -> exp.Expr | None:
    """Another text for each value of the generator: for each row, when that is RANDOM()."""
    generator = node.args.get("generator")
    return call("hush.randstr", node.this, generator) if generator is not None else None


NODES = {exp.Rand: _seeded, exp.Randstr: _randstr}
