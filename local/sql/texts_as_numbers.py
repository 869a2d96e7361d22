"""Texts where a number is expected: a constant is the number that it spells, any other NUMBER(18,5).

https://docs.snowflake.com/en/sql-reference/data-type-conversion (usage notes)
"""

import re

from sqlglot import exp

from ..language.errors import SqlError
from ..language.types import DataType
from .expression_types import KEY, kind_of, number_kind

_OPERATIONS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_OF_ONE = (exp.Neg, exp.Abs, exp.Ceil, exp.Floor, exp.Round)
_CALLS = {"MOD", "DIV0", "DIV0NULL"}
_COMPARISONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
_NUMERIC = {"NUMBER", "FLOAT"}
_SPELT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
COERCED = DataType("NUMBER", 18, 5)


def number_of_text(node: exp.Expr) -> None:
    """Make a number of a text that an operation or a comparison has beside one.

    Raises:
        SqlError: A constant in arithmetic spells no number (100038).
    """
    parent = node.parent
    is_call = isinstance(parent, exp.Anonymous) and str(parent.this).upper() in _CALLS
    if is_call or (isinstance(parent, _OF_ONE) and node.arg_key == "this"):
        _convert(node, arithmetic=True)
    elif isinstance(parent, (*_OPERATIONS, *_COMPARISONS)):
        other = parent.expression if node.arg_key == "this" else parent.this
        kind = kind_of(other)
        arithmetic = isinstance(parent, _OPERATIONS)
        if kind is not None and kind.base in (_NUMERIC | {"VARCHAR"} if arithmetic else _NUMERIC):
            _convert(node, arithmetic=arithmetic, beside=kind)
    elif isinstance(parent, exp.Between | exp.In):
        others = [parent.this, *parent.expressions, parent.args.get("low"), parent.args.get("high")]
        kinds = [kind_of(other) for other in others if other is not None and other is not node]
        numeric = [kind for kind in kinds if kind is not None and kind.base in _NUMERIC]
        # A text among texts is compared as one.
        if numeric and (node.arg_key == "this" or kind_of(parent.this) in numeric):
            _convert(node, arithmetic=False, beside=numeric[0])


def _convert(node: exp.Expr, *, arithmetic: bool, beside: DataType | None = None) -> None:
    if isinstance(node, exp.Literal):
        _constant(node, arithmetic)
        return
    # Compared with a float, a text is one: 18 digits would cut it.
    as_float = not arithmetic and beside is not None and beside.base == "FLOAT"
    kind = DataType("FLOAT") if as_float else COERCED
    spelt = "DOUBLE" if as_float else f"NUMBER({COERCED.precision}, {COERCED.scale})"
    made = exp.Cast(this=node.copy(), to=exp.DataType.build(spelt, dialect="snowflake"))
    made.meta[KEY] = kind
    node.replace(made)


def _constant(node: exp.Literal, arithmetic: bool) -> None:
    spelled = str(node.this).strip()
    if not _SPELT.fullmatch(spelled):
        if arithmetic:
            raise SqlError(f"Numeric value '{spelled[:60]}' is not recognized", 100038, "22018")
        # The engine says so where a row is compared with it.
        return
    made: exp.Expr = exp.Literal.number(spelled.lstrip("+-"))
    # For what stands on the other side.
    made.meta[KEY] = number_kind(spelled.lstrip("+-"))
    node.replace(exp.Neg(this=made) if spelled.startswith("-") else made)
