"""Functions that fit no other family."""

from functools import partial

from sqlglot import exp

from ..context import Context, call, cast, text
from ..native import of_count


def _hash(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Stable and 64 bits wide as Snowflake's; the values themselves differ. Equal numbers agree."""
    parts = [call("hush.hash_part", argument) for argument in arguments]
    return call("hush.hash", call("concat_ws", text("\x1f"), *parts))


def _values(node: exp.Values, context: Context) -> exp.Expr | None:
    """VALUES as a table: its columns are COLUMN1, COLUMN2, … unless named."""
    if not isinstance(node.parent, exp.From | exp.Join | exp.Subquery) or not node.expressions:
        return None
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return None
    first = node.expressions[0]
    width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    names = [exp.to_identifier(f"COLUMN{index}", quoted=True) for index in range(1, width + 1)]
    name = (
        alias.this
        if alias is not None and alias.this is not None
        else exp.to_identifier("VALUES", quoted=True)
    )
    node.set("alias", exp.TableAlias(this=name, columns=names))
    return None


def _brackets(node: exp.Subquery, context: Context) -> exp.Expr | None:
    """Brackets around one aliased relation, `((SELECT 1) AS v)`, which DuckDB 2.0.1 refuses."""
    inner = node.this
    if not isinstance(inner, exp.Subquery | exp.Table | exp.Values) or not inner.alias:
        return None
    if inner.args.get("joins"):
        return None
    if node.args.get("alias") is not None:
        node.set("this", exp.Select(expressions=[exp.Star()]).from_(inner.pop()))
        return None
    for name in ("joins", "pivots", "sample"):
        if node.args.get(name) and inner.args.get(name):
            return None
        if node.args.get(name):
            inner.set(name, node.args[name])
    return inner


def _paired(y: exp.Expr, x: exp.Expr) -> exp.Expr:
    """Return the second of a pair when the first is there, too."""
    present = exp.Not(this=exp.Is(this=y, expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=present, true=cast(x, "DOUBLE"))])


CALLS = {
    "REGR_VALX": of_count("REGR_VALX", 2, _paired),
    "REGR_VALY": of_count("REGR_VALY", 2, lambda y, x: _paired(x, y)),
    "BITMAP_BUCKET_NUMBER": of_count(
        "BITMAP_BUCKET_NUMBER", 1, partial(call, "hush.bitmap_bucket")
    ),
    "BITMAP_BIT_POSITION": of_count("BITMAP_BIT_POSITION", 1, partial(call, "hush.bitmap_bit")),
    "HASH": _hash,
    "WIDTH_BUCKET": lambda arguments, _: call("hush.width_bucket", *arguments),
}
NODES = {exp.Values: _values, exp.Subquery: _brackets}
