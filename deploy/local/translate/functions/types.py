"""Data types, casts and conversions."""

import re
from typing import Any

from sqlglot import exp

from ...errors import compilation, unsupported
from ...types import MAX_TEXT, DataType, parse_type
from ..context import Context, call, cast, duckdb_type, text
from ..marks import MADE


def snowflake_type(node: exp.DataType) -> DataType:
    """Return the data type that a node of a statement spells."""
    return parse_type(node.sql(dialect="snowflake"))


def convert(value: exp.Expr, kind: DataType, *, safe: bool = False) -> exp.Expr:
    """Return an expression that turns a value into a type, as CAST or TRY_CAST do."""
    if kind.base in {"VARIANT", "OBJECT", "ARRAY"}:
        return call("hush.to_variant", value)
    if kind.base == "VARCHAR":
        made: exp.Expr = call("hush.to_text", value)
        if kind.length is not None and kind.length < MAX_TEXT:
            made = call("hush.fit", made, exp.Literal.number(kind.length))
        return made
    held = value.meta.get("type")
    semi = held is not None and held.base in {"VARIANT", "OBJECT", "ARRAY"}
    if kind.base != "VECTOR" and (
        semi
        or isinstance(value, exp.JSONExtract)
        or (isinstance(value, exp.Anonymous) and str(value.this).startswith("hush."))
    ):
        # Out of a VARIANT: its text converts, where JSON as such would not.
        value = call("hush.to_text", value)
    if kind.base == "NUMBER" and kind.scale == 0 and held is not None and held.base == "FLOAT":
        # Half away from zero, where DuckDB rounds to even.
        value = call("round", value)
    if kind.base.startswith("TIMESTAMP"):
        value = _with_colon(value, held)
    wrapped = exp.TryCast if safe else exp.Cast
    return wrapped(this=value, to=duckdb_type(kind.duckdb))


def _with_colon(value: exp.Expr, held: DataType | None) -> exp.Expr:
    """Return a text with `+0000` at its end written as DuckDB reads it, `+00:00`."""
    if isinstance(value, exp.Literal) and value.is_string:
        return text(re.sub(r"\s*([+-]\d\d)(\d\d)$", r"\1:\2", str(value.this)))
    if held is not None and held.base == "VARCHAR":
        return call("regexp_replace", value, text(r"\s*([+-]\d\d)(\d\d)$"), text(r"\1:\2"))
    return value


def _cast(node: exp.Cast, context: Context) -> exp.Expr | None:
    if node.meta.get(MADE):
        return None
    return convert(node.this, snowflake_type(node.to), safe=isinstance(node, exp.TryCast))


def _to(kind: str, *, safe: bool = False) -> Any:
    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if len(arguments) != 1:
            raise unsupported(f"a format or precision in a conversion to {kind}")
        return convert(arguments[0], parse_type(kind), safe=safe)

    return rewrite


def _to_char(node: exp.ToChar, context: Context) -> exp.Expr:
    if node.args.get("format") is None:
        return call("hush.to_text", node.this)
    return call("strftime", node.this, _format(node.args["format"]))


_FORMATS = (
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("MMMM", "%B"),
    ("MON", "%b"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("DY", "%a"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("FF3", "%g"),
    ("FF6", "%f"),
    ("FF", "%f"),
)


def _format(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Literal):
        raise unsupported("a format that is not a literal")
    found, rest = "", str(node.this)
    while rest:
        if rest.startswith("%"):
            found, rest = found + rest[:2], rest[2:]
            continue
        for mark, code in _FORMATS:
            if rest.upper().startswith(mark):
                found, rest = found + code, rest[len(mark) :]
                break
        else:
            if rest[0].isalpha() and rest[0] not in "T":
                raise compilation(f"Format element '{rest[0]}' is not known here.", 2260, "22023")
            found, rest = found + rest[0], rest[1:]
    return text(found)


def _to_number(node: exp.ToNumber, context: Context) -> exp.Expr:
    if node.args.get("format") is not None:
        raise unsupported("TO_NUMBER with a format")
    precision = node.args.get("precision")
    scale = node.args.get("scale")
    kind = DataType(
        "NUMBER", int(precision.name) if precision else 38, int(scale.name) if scale else 0
    )
    return convert(node.this, kind, safe=bool(node.args.get("safe")))


def _ts_or_ds(kind: str) -> Any:
    def rewrite(node: exp.Expr, context: Context) -> exp.Expr:
        if node.args.get("format") is not None:
            moment = call("strptime", node.this, _format(node.args["format"]))
            return cast(moment, parse_type(kind).duckdb)
        return convert(node.this, parse_type(kind), safe=bool(node.args.get("safe")))

    return rewrite


NODES = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.ToChar: _to_char,
    exp.ToNumber: _to_number,
    exp.TsOrDsToDate: _ts_or_ds("DATE"),
    exp.TsOrDsToTimestamp: _ts_or_ds("TIMESTAMP_NTZ"),
    exp.StrToTime: _ts_or_ds("TIMESTAMP_NTZ"),
    exp.StrToDate: _ts_or_ds("DATE"),
    exp.ToDouble: lambda node, _: convert(
        node.this, parse_type("DOUBLE"), safe=bool(node.args.get("safe"))
    ),
    exp.ToBoolean: lambda node, _: convert(
        node.this, parse_type("BOOLEAN"), safe=bool(node.args.get("safe"))
    ),
}
CALLS = {
    "TO_TIMESTAMP_NTZ": _to("TIMESTAMP_NTZ"),
    "TO_TIMESTAMP_LTZ": _to("TIMESTAMP_LTZ"),
    "TO_TIMESTAMP_TZ": _to("TIMESTAMP_TZ"),
    "TO_BOOLEAN": _to("BOOLEAN"),
    "TRY_TO_BOOLEAN": _to("BOOLEAN", safe=True),
    "TO_DOUBLE": _to("DOUBLE"),
}
