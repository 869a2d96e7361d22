"""Division and remainder, which fail on zero in Snowflake."""

from sqlglot import exp

from ..context import Context, call


def _div(node: exp.Div, context: Context) -> exp.Expr:
    # Exact numbers give an exact number of six more digits, as Snowflake counts them.
    name = "hush.div_decimal" if node.meta.get("exact") else "hush.div"
    return call(name, node.this, node.expression)


def _mod(node: exp.Mod, context: Context) -> exp.Expr:
    return call("hush.mod", node.this, node.expression)


NODES = {exp.Div: _div, exp.Mod: _mod}
CALLS = {"MOD": lambda arguments, _: call("hush.mod", *arguments)}
