"""Arithmetic on exact numbers, and functions of a domain: what Snowflake refuses is no NaN here.

https://docs.snowflake.com/en/sql-reference/operators-arithmetic
"""

from typing import Any

from sqlglot import exp

from ...language.types import DataType
from ..context import Context, call, cast, text
from ..expression_types import KEY, kind_of
from ..native import of_count
from ..number_types import combined, divided

_WIDE = 38
# Digits before the point that a product with the smallest units leaves room for.
_LEADING = 18


def _units(scale: int) -> exp.Expr:
    return exp.Literal.number("1" + "0" * scale)


def _whole(value: exp.Expr, scale: int) -> exp.Expr:
    """Return an exact number as a whole number of its smallest unit."""
    if scale == 0:
        return cast(value, "HUGEINT")
    if 2 * scale > _WIDE - _LEADING:
        # The product would have more than 38 digits: the digits as they are printed.
        digits = cast(cast(value, f"DECIMAL({_WIDE},{scale})"), "VARCHAR")
        return cast(call("replace", digits, text("."), text("")), "HUGEINT")
    return cast(exp.Mul(this=exp.Paren(this=value), expression=_units(scale)), "HUGEINT")


def _unit(scale: int) -> exp.Expr:
    text = "0." + "0" * (scale - 1) + "1" if scale else "1"
    return cast(exp.Literal.number(text), f"DECIMAL({scale + 1},{scale})")


def _scales(node: exp.Expr) -> tuple[int, int] | None:
    kinds = [kind_of(node.this), kind_of(node.expression)]
    if any(kind is None or kind.base != "NUMBER" for kind in kinds):
        return None
    left, right = kinds
    return (left.scale or 0, right.scale or 0) if left is not None and right is not None else None


def _div(node: exp.Div, context: Context) -> exp.Expr:
    scales, kind = _scales(node), kind_of(node)
    if scales is None or kind is None or kind.base != "NUMBER":
        return call("hush.div", node.this, node.expression)
    left, right = scales
    scale = kind.scale or 0
    return call(
        "hush.divide",
        _whole(node.this, left),
        _units(scale - left + right),
        _whole(node.expression, right),
        _unit(scale),
    )


def _remainder(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    kinds = [kind_of(left), kind_of(right)]
    if any(kind is None or kind.base != "NUMBER" for kind in kinds) or not any(
        kind.scale for kind in kinds if kind is not None
    ):
        return call("hush.mod", left, right)
    first, second = kinds
    assert first is not None
    assert second is not None
    scale = combined(first, second).scale or 0
    made = call(
        "hush.modulo",
        _whole(cast(left, f"DECIMAL({_WIDE},{scale})"), scale),
        _whole(cast(right, f"DECIMAL({_WIDE},{scale})"), scale),
        _unit(scale),
    )
    made.meta[KEY] = DataType("NUMBER", _WIDE, scale)
    return made


def _mod(node: exp.Mod, context: Context) -> exp.Expr:
    return _remainder(node.this.unnest(), node.expression.unnest())


def _mul(node: exp.Mul, context: Context) -> exp.Expr | None:
    """A product keeps twelve digits behind the point, or as many as a factor has."""
    scales, kind = _scales(node), kind_of(node)
    if scales is None or kind is None or sum(scales) <= (kind.scale or 0):
        return None
    return cast(exp.Paren(this=node.copy()), f"DECIMAL({_WIDE},{kind.scale})")


def _or_zero(null_too: bool) -> Any:
    """DIV0 and DIV0NULL: 0 instead of an error, with the type of the quotient."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        dividend, divisor = arguments
        quotient = exp.Div(this=dividend, expression=call("nullif", divisor, exp.Literal.number(0)))
        kinds = [kind_of(dividend), kind_of(divisor)]
        exact = all(kind is not None and kind.base == "NUMBER" for kind in kinds)
        if exact and kinds[0] is not None and kinds[1] is not None:
            quotient.expression.meta[KEY] = kinds[1]
            quotient.meta[KEY] = divided(kinds[0], kinds[1])
        made = _div(quotient, context)
        zero = exp.EQ(this=divisor.copy(), expression=exp.Literal.number(0))
        missing = exp.Is(this=divisor.copy(), expression=exp.Null())
        condition: exp.Expr = exp.Or(this=zero, expression=missing) if null_too else zero
        given = exp.Not(this=exp.Is(this=dividend.copy(), expression=exp.Null()))
        condition = exp.And(this=given, expression=exp.Paren(this=condition))
        return exp.Case(ifs=[exp.If(this=condition, true=exp.Literal.number(0))], default=made)

    return rewrite


def _in_domain(node: exp.Func, context: Context) -> exp.Expr:
    name = type(node).__name__.lower()
    return call(f"hush.{name}", cast(node.this, "DOUBLE"))


def _log(node: exp.Log, context: Context) -> exp.Expr:
    return call("hush.log", cast(node.this, "DOUBLE"), cast(node.expression, "DOUBLE"))


def _power(node: exp.Pow, context: Context) -> exp.Expr:
    return call("hush.power", cast(node.this, "DOUBLE"), cast(node.expression, "DOUBLE"))


def _trunc(node: exp.Trunc, context: Context) -> exp.Expr | None:
    """A scale of null gives null, where the engine wants one."""
    return exp.Null() if isinstance(node.args.get("decimals"), exp.Null) else None


NODES: dict[type, Any] = {
    exp.Trunc: _trunc,
    exp.Div: _div,
    exp.Mod: _mod,
    exp.Mul: _mul,
    exp.Log: _log,
    exp.Pow: _power,
    # What lies outside of the domain is an error.
    **dict.fromkeys((exp.Acos, exp.Asin, exp.Sqrt, exp.Ln, exp.Acosh, exp.Atanh), _in_domain),
}
CALLS = {
    "MOD": of_count("MOD", 2, _remainder),
    "DIV0": _or_zero(False),
    "DIV0NULL": _or_zero(True),
}
