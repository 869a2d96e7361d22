"""VARIANT, OBJECT and ARRAY: all of them DuckDB's JSON."""

from typing import Any

from sqlglot import exp

from ...errors import compilation, unsupported
from ..context import Context, call, cast, text


def macro(name: str, count: int | None = None) -> Any:
    """Return the rewriting of a call to a macro of the same arguments."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if count is not None and len(arguments) != count:
            many = "not enough" if len(arguments) < count else "too many"
            shown = name.removeprefix("hush.").upper()
            raise compilation(
                f"{many} arguments for function [{shown}(…)], expected {count}, got {len(arguments)}",
                938,
                "22023",
            )
        return call(name, *arguments)

    return rewrite


def _parse_json(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return call("hush.parse_json", arguments[0])


def _pairs(arguments: list[exp.Expr]) -> list[exp.Expr]:
    if len(arguments) % 2:
        raise compilation("OBJECT_CONSTRUCT takes pairs of keys and values", 938, "22023")
    return arguments


def _object(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if not arguments:
        return cast(text("{}"), "JSON")
    if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
        raise unsupported("OBJECT_CONSTRUCT(*)")
    # Pairs whose value is null are left out.
    return call("hush.without_nulls", call("json_object", *_values(_pairs(arguments))))


def _object_keep(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return (
        call("json_object", *_values(_pairs(arguments))) if arguments else cast(text("{}"), "JSON")
    )


def _values(arguments: list[exp.Expr]) -> list[exp.Expr]:
    return [
        argument if index % 2 == 0 else call("hush.to_variant", argument)
        for index, argument in enumerate(arguments)
    ]


def _array(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return call("json_array", *(call("hush.to_variant", argument) for argument in arguments))


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
    index = node.expressions[0]
    if isinstance(index, exp.Literal) and not index.is_string:
        return call("json_extract", node.this, text(f"$[{index.this}]"))
    if isinstance(index, exp.Literal):
        quoted = str(index.this).replace('"', '\\"')
        return call("json_extract", node.this, text(f'$."{quoted}"'))
    return call("hush.element", node.this, index)


def _array_agg(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        return call("hush.array_unique_agg", *arguments[0].expressions)
    return call("hush.array_agg", *arguments)


def _within(node: exp.WithinGroup, context: Context) -> exp.Expr | None:
    inner = node.this
    if isinstance(inner, exp.Anonymous) and str(inner.this) == "hush.array_agg":
        order = node.expression
        listed = call("list", exp.Order(this=inner.expressions[0], expressions=order.expressions))
        filtered = exp.Filter(
            this=listed,
            expression=exp.Where(
                this=exp.Is(this=inner.expressions[0].copy(), expression=exp.Null()).not_()
            ),
        )
        return exp.Coalesce(this=call("to_json", filtered), expressions=[cast(text("[]"), "JSON")])
    return None


def _get(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    bracket = exp.Bracket(this=arguments[0], expressions=[arguments[1]])
    found = _bracket(bracket, context)
    assert found is not None
    return found


def _get_path(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    path = arguments[1]
    if not isinstance(path, exp.Literal):
        raise unsupported("GET_PATH with a path that is not a literal")
    return call("json_extract", arguments[0], text("$." + str(path.this)))


def _typeof(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return call("hush.variant_type", arguments[0])


CALLS = {
    "PARSE_JSON": _parse_json,
    "TRY_PARSE_JSON": macro("hush.try_parse_json", 1),
    "TO_JSON": macro("hush.json_text", 1),
    "TO_VARIANT": macro("hush.to_variant", 1),
    "TO_ARRAY": macro("hush.to_array", 1),
    "TO_OBJECT": macro("hush.to_variant", 1),
    "OBJECT_CONSTRUCT": _object,
    "OBJECT_CONSTRUCT_KEEP_NULL": _object_keep,
    "OBJECT_KEYS": macro("hush.object_keys", 1),
    "OBJECT_AGG": lambda arguments, _: call(
        "json_group_object", arguments[0], call("hush.to_variant", arguments[1])
    ),
    "ARRAY_CONSTRUCT": _array,
    "ARRAY_AGG": _array_agg,
    "ARRAY_UNIQUE_AGG": macro("hush.array_unique_agg", 1),
    "ARRAY_SIZE": macro("hush.array_size", 1),
    "ARRAY_CONTAINS": macro("hush.array_contains", 2),
    "ARRAY_POSITION": macro("hush.array_position", 2),
    "ARRAY_TO_STRING": macro("hush.array_to_string", 2),
    "ARRAY_CAT": macro("hush.array_cat", 2),
    "ARRAY_APPEND": macro("hush.array_append", 2),
    "ARRAY_PREPEND": macro("hush.array_prepend", 2),
    "ARRAY_DISTINCT": macro("hush.array_distinct", 1),
    "ARRAY_COMPACT": macro("hush.array_compact", 1),
    "ARRAY_SLICE": macro("hush.array_slice", 3),
    "ARRAY_SORT": macro("hush.array_sort", 1),
    "ARRAYS_OVERLAP": macro("hush.arrays_overlap", 2),
    "ARRAY_INTERSECTION": macro("hush.array_intersection", 2),
    "ARRAY_EXCEPT": macro("hush.array_except", 2),
    "SPLIT": macro("hush.split", 2),
    "STRTOK_TO_ARRAY": lambda arguments, _: call(
        "hush.strtok_to_array", arguments[0], arguments[1] if len(arguments) > 1 else text(" ")
    ),
    "GET": _get,
    "GET_PATH": _get_path,
    "TYPEOF": _typeof,
    "IS_NULL_VALUE": macro("hush.is_null_value", 1),
    "AS_VARCHAR": macro("hush.to_text", 1),
    "AS_ARRAY": macro("hush.as_array", 1),
    "AS_OBJECT": macro("hush.as_object", 1),
    "IS_ARRAY": lambda arguments, _: exp.EQ(
        this=call("json_type", arguments[0]), expression=text("ARRAY")
    ),
    "IS_OBJECT": lambda arguments, _: exp.EQ(
        this=call("json_type", arguments[0]), expression=text("OBJECT")
    ),
}
NODES = {
    exp.Array: _array_node,
    exp.Struct: _struct,
    exp.Bracket: _bracket,
    exp.WithinGroup: _within,
}
