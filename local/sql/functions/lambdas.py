"""FILTER, TRANSFORM and REDUCE: functions of one element, run by the engine over a list of JSON.

https://docs.snowflake.com/en/user-guide/querying-semistructured
"""

from sqlglot import exp

from ...language.errors import compilation
from ...language.types import DataType
from ..context import Context, as_element, as_variant, call, cast
from ..expression_types import kind_of
from ..marks import MADE
from .types import convert

_ELEMENT = "$item"


def _lambda_of(node: exp.Expr, count: int) -> exp.Lambda:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != count:
        raise compilation(f"a lambda expression of {count} arguments is expected", 1044, "42P13")
    return node


def _elements(array: exp.Expr) -> exp.Expr:
    """Return a list of the elements, an undefined one as null."""
    name = exp.to_identifier(_ELEMENT, quoted=True)
    return call(
        "list_transform",
        call("hush.items", as_variant(array)),
        _made(exp.Lambda(this=call("hush.defined", name.copy()), expressions=[name])),
    )


def _made(node: exp.Lambda) -> exp.Lambda:
    node.meta[MADE] = True
    return node


def _array(elements: exp.Expr) -> exp.Expr:
    name = exp.to_identifier(_ELEMENT, quoted=True)
    texts = _made(exp.Lambda(this=as_element(name.copy()), expressions=[name]))
    return call("to_json", call("list_transform", elements, texts))


def _filter(node: exp.ArrayFilter, context: Context) -> exp.Expr | None:
    if node.meta.get(MADE):
        return None
    condition = _lambda_of(node.expression, 1)
    return _array(call("list_filter", _elements(node.this), _made(condition)))


def _transform(node: exp.Transform, context: Context) -> exp.Expr:
    body = _lambda_of(node.expression, 1)
    body.set("this", as_element(body.this))
    return call("to_json", call("list_transform", _elements(node.this), _made(body)))


def _reduce(node: exp.Reduce, context: Context) -> exp.Expr:
    body = _lambda_of(node.args["merge"], 2)
    body.set("this", cast(as_variant(body.this), "JSON"))
    start = node.args["initial"]
    kind = kind_of(start)
    found = call(
        "list_reduce",
        _elements(node.this),
        _made(body),
        cast(as_variant(start), "JSON"),
    )
    if kind is None or kind.base in {"VARIANT", "ARRAY", "OBJECT"}:
        return found
    wide = DataType("NUMBER", 38, kind.scale) if kind.base == "NUMBER" else kind
    found.meta["type"] = DataType("VARIANT")
    return convert(
        found, wide if wide.base != "VARCHAR" else DataType("VARCHAR", length=16_777_216)
    )


NODES = {exp.ArrayFilter: _filter, exp.Transform: _transform, exp.Reduce: _reduce}
