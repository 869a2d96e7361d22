"""TO_… and TRY_TO_…, with formats; a format need not be a literal.

https://docs.snowflake.com/en/sql-reference/functions-conversion
"""

from typing import Any

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ...language.types import MAX_TEXT, DataType, parse_type
from ..context import Context, as_text, call, cast, text
from ..expression_types import kind_of
from ..native import constant, count_wrong
from .types import ZONED, convert, from_number, of_utc


def _plain(kind: str, *, safe: bool = False) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if len(arguments) != 1:
            raise unsupported(f"a format in a conversion to {kind}")
        return convert(arguments[0], parse_type(kind), safe=safe)

    return rewrite


def _moment(kind: str, *, safe: bool = False) -> Any:
    """TO_DATE and its sisters: a second argument is a format, or of a number its scale."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not 1 <= len(arguments) <= 2:
            raise count_wrong(f"TO_{kind}", 1, 2, len(arguments))
        found = parse_type(kind)
        if len(arguments) == 1:
            return convert(arguments[0], found, safe=safe)
        value, second = arguments
        if isinstance(second, exp.Literal) and not second.is_string:
            made = from_number(value, int(second.name))
            return (
                of_utc(made, found.base)
                if found.base.startswith("TIMESTAMP")
                else cast(made, found.duckdb)
            )
        return convert(value, found, safe=safe, form=cast(as_text(second), "VARCHAR"))

    return rewrite


def _number(name: str, *, safe: bool) -> Any:
    """TO_NUMBER: a format, then digits in all and behind the point; each may be left out."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not 1 <= len(arguments) <= 4:
            raise count_wrong(name, 1, 4, len(arguments))
        value, *rest = arguments
        numbers = [int(item.name) for item in rest if _is_number(item)]
        kind = DataType(
            "NUMBER", numbers[0] if numbers else 38, numbers[1] if len(numbers) > 1 else 0
        )
        forms = [item for item in rest if not _is_number(item)]
        if forms:
            value = call(
                "hush_number_parse",
                cast(as_text(value), "VARCHAR"),
                forms[0],
                exp.Boolean(this=safe),
            )
            value.meta["type"] = DataType("VARCHAR", length=MAX_TEXT)
        return convert(value, kind, safe=safe)

    return rewrite


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _to_char(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if not 1 <= len(arguments) <= 2:
        raise count_wrong("TO_CHAR", 1, 2, len(arguments))
    value = arguments[0]
    if len(arguments) == 1:
        return as_text(value)
    form, kind = arguments[1], kind_of(value)
    if isinstance(value, exp.HexString) or (kind is not None and kind.base == "BINARY"):
        return _of_binary(value, form)
    if kind is None:
        return call("hush.formatted", value, form)
    if kind.base in ZONED:
        name = "hush.tz_moment" if kind.base == "TIMESTAMP_TZ" else "hush.ltz_moment"
        return call("hush_moment_format", call(name, value), form)
    if kind.base == "DATE" or kind.base.startswith("TIME"):
        return call("hush_moment_format", cast(value, "VARCHAR"), form)
    if kind.base in {"NUMBER", "FLOAT"}:
        return call("hush_number_format", cast(value, "VARCHAR"), form)
    raise compilation(
        f"Invalid argument types for function 'TO_CHAR': ({kind}, VARCHAR)", 1044, "42P13"
    )


def _of_binary(value: exp.Expr, form: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.HexString):
        value = call("unhex", text(str(value.this)))
    name = str(form.this).upper().replace("-", "") if isinstance(form, exp.Literal) else ""
    if name == "HEX":
        return call("hex", value)
    if name == "BASE64":
        return call("hush_base64_encode_binary", value, constant("0"), constant("''"))
    if name == "UTF8":
        return call("hush_utf8", value, exp.false())
    raise unsupported("this format of BINARY")


def _to_binary(*, safe: bool) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        quietly = exp.Boolean(this=safe)
        value = cast(as_text(arguments[0]), "VARCHAR")
        form = arguments[1] if len(arguments) > 1 else text("HEX")
        name = str(form.this).upper().replace("-", "") if isinstance(form, exp.Literal) else ""
        if name == "HEX":
            return call("hush_hex_decode", value, quietly)
        if name == "BASE64":
            return call("hush_base64_decode", value, constant("''"), quietly)
        if name == "UTF8":
            return call("encode", value)
        raise unsupported("this format of BINARY")

    return rewrite


_MOMENTS = {
    "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMP_NTZ": "TIMESTAMP_NTZ",
    "TIMESTAMP_LTZ": "TIMESTAMP_LTZ", "TIMESTAMP_TZ": "TIMESTAMP_TZ",
}  # fmt: skip
CALLS: dict[str, Any] = {
    "TO_CHAR": _to_char,
    "TO_VARCHAR": _to_char,
    "TO_BINARY": _to_binary(safe=False),
    "TRY_TO_BINARY": _to_binary(safe=True),
    "DATE": _moment("DATE"),
    "TIME": _moment("TIME"),
}
for _name, _kind in _MOMENTS.items():
    CALLS[f"TO_{_name}"] = _moment(_kind)
    CALLS[f"TRY_TO_{_name}"] = _moment(_kind, safe=True)
for _name in ("DECIMAL", "NUMBER", "NUMERIC"):
    CALLS[f"TO_{_name}"] = _number(f"TO_{_name}", safe=False)
    CALLS[f"TRY_TO_{_name}"] = _number(f"TRY_TO_{_name}", safe=True)
for _name in ("BOOLEAN", "DOUBLE"):
    CALLS[f"TO_{_name}"] = _plain(_name)
    CALLS[f"TRY_TO_{_name}"] = _plain(_name, safe=True)
