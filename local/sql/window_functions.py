"""Window functions that the engine lacks, in terms of a sum over the window.

https://docs.snowflake.com/en/sql-reference/functions-window
"""

from sqlglot import exp

from ..language.types import NUMBER, DataType
from .context import call, cast
from .expression_types import KEY, kind_of
from .number_types import divided


def rewrite_window(node: exp.Window) -> None:
    """Replace CONDITIONAL_TRUE_EVENT and RATIO_TO_REPORT over a window."""
    inner = node.this
    name = str(inner.this).upper() if isinstance(inner, exp.Anonymous) else type(inner).__name__
    if isinstance(inner, exp.Anonymous) and len(inner.expressions) != 1:
        return
    if name == "CONDITIONAL_TRUE_EVENT":
        _true_event(node, inner.expressions[0])
    elif name == "RATIO_TO_REPORT":
        _ratio(node, inner.expressions[0])


def _true_event(node: exp.Window, condition: exp.Expr) -> None:
    """Count the rows up to this one for which a condition holds: equal rows one after the other."""
    one = exp.If(this=cast(condition.copy(), "BOOLEAN"), true=exp.Literal.number(1))
    node.set("this", exp.Sum(this=exp.Case(ifs=[one], default=exp.Literal.number(0))))
    node.set(
        "spec",
        exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )
    node.meta[KEY] = NUMBER


def _ratio(node: exp.Window, value: exp.Expr) -> None:
    """Divide a value by the sum of its window; of a sum of 0 it is null."""
    kind = kind_of(value)
    total = node.copy()
    total.set("this", exp.Sum(this=value.copy()))
    total.set("order", None)
    quotient = exp.Div(this=value.copy(), expression=call("nullif", total, exp.Literal.number(0)))
    if kind is not None and kind.base == "NUMBER":
        wide = DataType("NUMBER", 38, kind.scale)
        quotient.this.meta[KEY] = kind
        quotient.expression.meta[KEY] = wide
        quotient.meta[KEY] = divided(kind, wide)
    made = exp.Paren(this=quotient)
    if KEY in quotient.meta:
        made.meta[KEY] = quotient.meta[KEY]
    node.replace(made)
