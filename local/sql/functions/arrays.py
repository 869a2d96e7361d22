"""Functions on arrays and objects that the engine's own functions in Python answer.

A line of `_NATIVE` is a function of Snowflake: the function of the engine, the form of each
argument, and what stands for arguments that are left out. Forms: `v` a VARIANT, `e` an element
(null is undefined), `t` a text, `i` a whole number, `b` a truth value.

https://docs.snowflake.com/en/sql-reference/functions-semistructured
"""

from typing import Any

from sqlglot import exp

from ..context import Context, as_text, as_variant, call, cast, text
from ..native import FORMS, array_of, by_table, constant, count_wrong, listed, native, path_of

# Name -> (function of the engine, forms, defaults of the last arguments in SQL, kind of result).
_NATIVE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "ARRAY_APPEND": ("array_append", "ve", (), "JSON"),
    "ARRAY_PREPEND": ("array_prepend", "ve", (), "JSON"),
    "ARRAY_CAT": ("array_cat", "vv", (), "JSON"),
    "ARRAY_COMPACT": ("array_compact", "v", (), "JSON"),
    "ARRAY_CONTAINS": ("array_contains", "vv", (), ""),
    "ARRAY_DISTINCT": ("array_distinct", "v", (), "JSON"),
    "ARRAY_EXCEPT": ("array_except", "vv", (), "JSON"),
    "ARRAY_FLATTEN": ("array_flatten", "v", (), "JSON"),
    "ARRAY_GENERATE_RANGE": ("array_generate_range", "iii", ("1",), "JSON"),
    "ARRAY_INSERT": ("array_insert", "vie", (), "JSON"),
    "ARRAY_INTERSECTION": ("array_intersection", "vv", (), "JSON"),
    "ARRAY_MAX": ("array_max", "v", (), "JSON"),
    "ARRAY_MIN": ("array_min", "v", (), "JSON"),
    "ARRAY_POSITION": ("array_position", "vv", (), ""),
    "ARRAY_REMOVE": ("array_remove", "vv", (), "JSON"),
    "ARRAY_REMOVE_AT": ("array_remove_at", "vi", (), "JSON"),
    "ARRAY_REVERSE": ("array_reverse", "v", (), "JSON"),
    "ARRAY_SIZE": ("array_size", "v", (), ""),
    "ARRAY_SLICE": ("array_slice", "vii", (), "JSON"),
    "ARRAY_TO_STRING": ("array_to_string", "vt", (), ""),
    "ARRAYS_OVERLAP": ("arrays_overlap", "vv", (), ""),
    "ARRAYS_TO_OBJECT": ("arrays_to_object", "vv", (), "JSON"),
    "CHECK_JSON": ("check_json", "t", (), ""),
    "GET_IGNORE_CASE": ("get_ignore_case", "vt", (), "JSON"),
    "OBJECT_INSERT": ("object_insert", "vtvb", ("false",), "JSON"),
    "OBJECT_KEYS": ("object_keys", "v", (), "JSON"),
    "SNOWFLAKE.CORTEX.SPLIT_TEXT_MARKDOWN_HEADER": ("split_by_header", "tvii", ("0",), "JSON"),
    "TYPEOF": ("type_of", "v", (), ""),
}


def _array_sort(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Undefined elements stand last, or first in descending order, unless the third argument says."""
    if not 1 <= len(arguments) <= 3:
        raise count_wrong("ARRAY_SORT", 1, 3, len(arguments))
    ascending = arguments[1] if len(arguments) > 1 else exp.true()
    first = arguments[2] if len(arguments) > 2 else exp.Not(this=ascending.copy())
    return native("array_sort", [arguments[0], ascending, first], "vbb", "JSON")


def _compact(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return native("array_compact", [array_of(arguments)], "v", "JSON")


def _zip(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    return cast(call("hush_arrays_zip", listed(arguments, "v")), "JSON")


def _delete(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    first, *keys = arguments
    made = call("hush_object_delete", FORMS["v"](first), listed(keys, "t"))
    return cast(made, "JSON")


def _pick(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    first, *keys = arguments
    if len(keys) == 1 and (
        isinstance(keys[0], exp.Array)
        or (isinstance(keys[0], exp.Anonymous) and str(keys[0].this) == "json_array")
        or (keys[0].meta.get("type") is not None and keys[0].meta["type"].base == "ARRAY")
    ):
        return native("object_pick_all", [first, keys[0]], "vv", "JSON")
    return cast(call("hush_object_pick", FORMS["v"](first), listed(keys, "t")), "JSON")


def _parse(function: str) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not 1 <= len(arguments) <= 2:
            raise count_wrong("PARSE_JSON", 1, 2, len(arguments))
        option = str(arguments[1].this).lower() if len(arguments) > 1 else "s"
        duplicates = exp.Boolean(this="d" in option)
        return native(function, [arguments[0], duplicates], "tb", "JSON")

    return rewrite


def _path_text(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    parsed = native("parse_json", [arguments[0], exp.false()], "tb", "JSON")
    return as_text(call("json_extract", parsed, text(path_of(arguments[1]))))


# What AS_… and IS_… are called -> the type in a VARIANT, and the type of what AS_… returns.
_KINDS = {
    "BINARY": ("BINARY", "BLOB"), "BOOLEAN": ("BOOLEAN", "BOOLEAN"), "CHAR": ("VARCHAR", "VARCHAR"),
    "VARCHAR": ("VARCHAR", "VARCHAR"), "DATE": ("DATE", "DATE"), "DOUBLE": ("DOUBLE", "DOUBLE"),
    "REAL": ("DOUBLE", "DOUBLE"), "INTEGER": ("INTEGER", "BIGINT"), "TIME": ("TIME", "TIME"),
    "TIMESTAMP_NTZ": ("TIMESTAMP_NTZ", "TIMESTAMP"),
    "TIMESTAMP_LTZ": ("TIMESTAMP_LTZ", "TIMESTAMP WITH TIME ZONE"),
    "TIMESTAMP_TZ": ("TIMESTAMP_TZ", "INTERVAL"),
}  # fmt: skip


_READERS = {"TIMESTAMP_LTZ": "hush.text_instant", "TIMESTAMP_TZ": "hush.text_tz"}


def _as(kind: str, target: str) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        found = native("as_type", [arguments[0], text(kind)], "vt")
        if target == "BLOB":
            return call("unhex", found)
        if kind in _READERS:
            return call(_READERS[kind], found, text(""), exp.false())
        return cast(found, target)

    return rewrite


def _as_decimal(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    precision = int(arguments[1].name) if len(arguments) > 1 else 38
    scale = int(arguments[2].name) if len(arguments) > 2 else 0
    found = native("as_type", [arguments[0], text("DECIMAL")], "vt")
    return cast(found, f"DECIMAL({precision},{scale})")


def _as_container(kind: str) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        value = as_variant(arguments[0])
        same = exp.EQ(this=call("json_type", value), expression=text(kind))
        return exp.Case(ifs=[exp.If(this=same, true=value.copy())])

    return rewrite


def _is(kind: str) -> Any:
    return lambda arguments, _: native("is_type", [arguments[0], text(kind)], "vt")


def _of_variants(function: str) -> Any:
    """GREATEST and LEAST when a VARIANT is among what they compare."""

    def rewrite(node: exp.Greatest | exp.Least, context: Context) -> exp.Expr | None:
        kind = node.meta.get("type")
        if kind is None or kind.base != "VARIANT":
            return None
        return cast(call(function, listed([node.this, *node.expressions], "v")), "JSON")

    return rewrite


NODES = {
    exp.Greatest: _of_variants("hush_variant_greatest"),
    exp.Least: _of_variants("hush_variant_least"),
}


def _split_text(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    name = "SNOWFLAKE.CORTEX.SPLIT_TEXT_RECURSIVE_CHARACTER"
    if not 3 <= len(arguments) <= 5:
        raise count_wrong(name, 3, 5, len(arguments))
    given = [*arguments, *([constant("0")] if len(arguments) == 3 else [])]
    if len(given) == 4:
        given.append(array_of([text("\n\n"), text("\n"), text(" "), text("")]))
    return native("split_recursive", given, "ttiiv", "JSON")


CALLS: dict[str, Any] = by_table(_NATIVE)
CALLS |= {f"AS_{name}": _as(kind, target) for name, (kind, target) in _KINDS.items()}
CALLS |= {f"IS_{name}": _is(kind) for name, (kind, _) in _KINDS.items()}
CALLS |= {
    "ARRAY_SORT": _array_sort,
    "SNOWFLAKE.CORTEX.SPLIT_TEXT_RECURSIVE_CHARACTER": _split_text,
    "ARRAY_CONSTRUCT_COMPACT": _compact,
    "ARRAYS_ZIP": _zip,
    "AS_ARRAY": _as_container("ARRAY"),
    "AS_OBJECT": _as_container("OBJECT"),
    "AS_DECIMAL": _as_decimal,
    "AS_NUMBER": _as_decimal,
    "IS_ARRAY": _is("ARRAY"),
    "IS_OBJECT": _is("OBJECT"),
    "IS_DECIMAL": _is("DECIMAL"),
    "JSON_EXTRACT_PATH_TEXT": _path_text,
    "OBJECT_DELETE": _delete,
    "OBJECT_PICK": _pick,
    "PARSE_JSON": _parse("parse_json"),
    "TRY_PARSE_JSON": _parse("try_parse_json"),
}
