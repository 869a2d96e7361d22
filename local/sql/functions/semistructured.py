"""VARIANT, OBJECT and ARRAY: all of them DuckDB's JSON."""

from collections.abc import Callable
from json.encoder import encode_basestring as quoted
from typing import Any

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ..context import Context, as_text, as_variant, call, cast, text
from ..expression_types import kind_of
from ..native import array_of, listed, path_of


def macro(name: str, count: int | None = None) -> Any:
    """Return the rewriting of a call to a macro of the same arguments."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if count is not None:
            _require_count(name.removeprefix("hush.").upper(), count, arguments)
        return call(name, *arguments)

    return rewrite


def _require_count(name: str, count: int, arguments: list[exp.Expr]) -> None:
    if len(arguments) != count:
        many = "not enough" if len(arguments) < count else "too many"
        raise compilation(
            f"{many} arguments for function [{name}(…)], expected {count}, got {len(arguments)}",
            938,
            "22023",
        )


def _of_one(name: str, make: Callable[[exp.Expr], exp.Expr]) -> Any:
    """Return the rewriting of a function of one value, which is made a VARIANT first."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        _require_count(name, 1, arguments)
        return make(as_variant(arguments[0]))

    return rewrite


def _pairs(arguments: list[exp.Expr]) -> list[exp.Expr]:
    if arguments and arguments[0].is_star:
        raise unsupported("OBJECT_CONSTRUCT(*)")
    if len(arguments) % 2:
        raise compilation("OBJECT_CONSTRUCT takes pairs of keys and values", 938, "22023")
    return arguments


def _object(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Pairs whose key or value is null are left out."""
    return _constructed(_pairs(arguments), keep=False)


def _object_keep(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return _constructed(_pairs(arguments), keep=True)


def _constructed(arguments: list[exp.Expr], *, keep: bool) -> exp.Expr:
    keys = [str(key.this) for key in arguments[0::2] if isinstance(key, exp.Literal)]
    if keys and len(set(keys)) == len(arguments) // 2 and all(k.is_string for k in arguments[0::2]):
        return _written(dict(zip(keys, arguments[1::2], strict=True)), keep=keep)
    made = call(
        "hush_object_construct",
        _texts(arguments[0::2], "t"),
        _texts(arguments[1::2], "v"),
        exp.Boolean(this=keep),
    )
    return cast(made, "JSON")


def _written(pairs: dict[str, exp.Expr], *, keep: bool) -> exp.Expr:
    """Return an object of known keys: the texts of its pairs in their order, without the nulls."""
    parts = []
    for key in sorted(pairs):
        value = cast(as_variant(pairs[key]), "VARCHAR")
        if keep:
            value = call("coalesce", value, text("null"))
        parts.append(exp.DPipe(this=text(f"{quoted(key)}:"), expression=value))
    return cast(call("concat", text("{"), call("concat_ws", text(","), *parts), text("}")), "JSON")


def _texts(arguments: list[exp.Expr], form: str) -> exp.Expr:
    return listed(arguments, form) if arguments else cast(exp.Null(), "VARCHAR[]")


def _array(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return array_of(arguments)


def _array_node(node: exp.Array, context: Context) -> exp.Expr | None:
    if isinstance(node.parent, exp.Cast) and node.parent.to.this == exp.DType.VECTOR:
        # A vector's literal: DuckDB casts the list as it is.
        return None
    return _array(list(node.expressions), context)


def _struct(node: exp.Struct, context: Context) -> exp.Expr:
    flat: list[exp.Expr] = []
    for item in node.expressions:
        if not isinstance(item, exp.PropertyEQ):
            raise unsupported("this object literal")
        key = item.this
        flat += [key if isinstance(key, exp.Literal) else text(key.name), item.expression]
    return _object_keep(flat, context)


def _bracket(node: exp.Bracket, context: Context) -> exp.Expr | None:
    if len(node.expressions) != 1:
        raise unsupported("a slice")
    return _element(node.this, node.expressions[0])


def _element(value: exp.Expr, index: exp.Expr) -> exp.Expr:
    """Return an element of an array by its place, or a value of an object by its key."""
    value = as_variant(value)
    if isinstance(index, exp.Literal) and index.is_string:
        return call("hush.field", value, index)
    kind = kind_of(index)
    if isinstance(index, exp.Literal) and str(index.this).isdigit():
        # What is no array has no such path.
        return call("hush.defined", call("json_extract", value, text(f"$[{index.this}]")))
    if isinstance(index, exp.Literal | exp.Neg) or (kind is not None and kind.base == "NUMBER"):
        return call("hush.array_at", value, cast(index, "BIGINT"))
    if kind is not None and kind.base == "VARCHAR":
        return call("hush.field", value, index)
    return call("hush.lookup", value, index)


def _extract(node: exp.JSONExtract, context: Context) -> exp.Expr | None:
    """A path with a place in an array may lead to an undefined element: that is null."""
    path = node.expression
    if isinstance(path, exp.JSONPath) and path.find(exp.JSONPathSubscript) is not None:
        return call("hush.defined", node.copy())
    return None


def _array_agg(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        return call("hush.array_unique_agg", *arguments[0].expressions)
    return call("hush.array_agg", *arguments)


def _within(node: exp.WithinGroup, context: Context) -> exp.Expr | None:
    """ARRAY_AGG in an order, which the engine takes within the brackets."""
    inner = node.this
    name = str(inner.this) if isinstance(inner, exp.Anonymous) else ""
    if name not in {"hush.array_agg", "hush.array_unique_agg"}:
        return None
    value: exp.Expr = as_variant(inner.expressions[0])
    orders = list(node.expression.expressions)
    if name == "hush.array_unique_agg":
        # The order is that of the values themselves: of distinct ones no other is possible.
        for order in orders:
            order.set("this", value.copy())
        value = exp.Distinct(expressions=[value])
    filtered = exp.Filter(
        this=call("list", exp.Order(this=value, expressions=orders)),
        expression=exp.Where(
            this=exp.Is(this=inner.expressions[0].copy(), expression=exp.Null()).not_()
        ),
    )
    return exp.Coalesce(this=call("to_json", filtered), expressions=[cast(text("[]"), "JSON")])


def _get(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    value, index = arguments
    return _element(value, index)


def _get_path(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    value, path = arguments
    return call("hush.defined", call("json_extract", as_variant(value), text(path_of(path))))


def _object_agg(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    key, value = arguments
    lists = [
        call("list", cast(as_text(key), "VARCHAR")),
        call("list", cast(as_variant(value), "VARCHAR")),
    ]
    return cast(call("hush_object_agg", *lists), "JSON")


CALLS = {
    "TO_JSON": _of_one("TO_JSON", lambda value: call("hush_document", cast(value, "VARCHAR"))),
    "TO_VARIANT": _of_one("TO_VARIANT", lambda value: value),
    "TO_ARRAY": _of_one("TO_ARRAY", lambda value: call("hush.to_array", value)),
    "TO_OBJECT": _of_one("TO_OBJECT", lambda value: call("hush.to_object", value)),
    "OBJECT_CONSTRUCT": _object,
    "OBJECT_CONSTRUCT_KEEP_NULL": _object_keep,
    "OBJECT_AGG": _object_agg,
    "OBJECTAGG": _object_agg,
    "ARRAY_CONSTRUCT": _array,
    "ARRAY_AGG": _array_agg,
    "ARRAY_UNIQUE_AGG": macro("hush.array_unique_agg", 1),
    "SPLIT": macro("hush.split", 2),
    "STRTOK_TO_ARRAY": lambda arguments, _: call(
        "hush.strtok_to_array", arguments[0], arguments[1] if len(arguments) > 1 else text(" ")
    ),
    "GET": _get,
    "GET_PATH": _get_path,
    "STRIP_NULL_VALUE": macro("hush.strip_null_value", 1),
    "IS_NULL_VALUE": macro("hush.is_null_value", 1),
}
NODES = {
    exp.Array: _array_node,
    exp.Struct: _struct,
    exp.Bracket: _bracket,
    exp.JSONExtract: _extract,
    exp.WithinGroup: _within,
}
