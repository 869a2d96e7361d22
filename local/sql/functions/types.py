"""Casts: what `::`, CAST and TRY_CAST make of a value.

https://docs.snowflake.com/en/sql-reference/data-type-conversion
"""

from sqlglot import exp

from ...language.errors import compilation
from ...language.types import MAX_TEXT, DataType
from ..context import Context, as_text, as_variant, call, cast, duckdb_type, is_json, text
from ..spelt_types import snowflake_type

_SEMI = {"VARIANT", "OBJECT", "ARRAY"}
_TEMPORAL = {"DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"}
# What has an instant, and a wall-clock time at its offset or in the session's time zone.
ZONED = {"TIMESTAMP_LTZ", "TIMESTAMP_TZ"}
# Kind -> what reads a text of it, and what takes a value of a type that is not known.
_READERS = {
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP_NTZ": "timestamp",
    "TIMESTAMP_LTZ": "instant",
    "TIMESTAMP_TZ": "tz",
}
_MICRO = 6
# What messages call the types that a VARIANT is cast to, and how much of its text they show.
_OUT_OF_VARIANT = {"NUMBER": "FIXED", "FLOAT": "REAL", "BOOLEAN": "BOOLEAN"}
# Digits behind the point up to which rounding a float loses none of it.
_EXACT = 14
_PARSED = ("hush_parse_json", "hush.parse_json")
# A number that JSON cannot hold exactly, as `language.variants` marks it.
_MARKED = r'"\\u0001[MF]([^"]*)"'


def convert(
    value: exp.Expr, kind: DataType, *, safe: bool = False, form: exp.Expr | None = None
) -> exp.Expr:
    """Return an expression that turns a value into a type, as CAST or TRY_CAST do.

    Args:
        value: What is converted.
        kind: Into what.
        safe: Whether what cannot be converted is null instead of an error.
        form: The format of a date, time or timestamp in text; AUTO when absent.
    """
    if kind.base in _SEMI:
        return _container(value, kind)
    if kind.base == "VARCHAR":
        return _text(value, kind, safe)
    held: DataType | None = value.meta.get("type")
    semi = is_json(value) or (held is not None and held.base in _SEMI)
    if semi and not safe and kind.base in _OUT_OF_VARIANT:
        return _out_of_variant(value, kind)
    if kind.base in _TEMPORAL:
        return _cut(_temporal(value, held, kind.base, safe, form), kind)
    if semi and kind.base == "VECTOR":
        value = _numbers(value)
    elif semi:
        # Out of a VARIANT: its text converts, where JSON as such would not.
        value, held = as_text(value), DataType("VARCHAR", length=MAX_TEXT)
        if kind.base in {"NUMBER", "FLOAT"}:
            value = call("hush.number_text", value)
    is_text = held is not None and held.base == "VARCHAR"
    if kind.base == "BOOLEAN" and is_text:
        return call("hush.text_boolean", value, exp.Boolean(this=safe))
    if kind.base == "BOOLEAN" and held is not None and held.base == "FLOAT":
        return call("hush.float_boolean", value, exp.Boolean(this=safe))
    if kind.base == "BINARY" and is_text:
        return call("hush_hex_decode", cast(value, "VARCHAR"), exp.Boolean(this=safe))
    if kind.base == "NUMBER" and held is not None and held.base == "FLOAT":
        # Half away from zero, where DuckDB rounds to even; a float's own digits where it has them.
        name = "hush.float_digits" if (kind.scale or 0) > _EXACT else "round"
        value = call(name, value, exp.Literal.number(kind.scale or 0))
    wrapped = exp.TryCast if safe else exp.Cast
    return wrapped(this=value, to=duckdb_type(kind.duckdb))


def _out_of_variant(value: exp.Expr, kind: DataType) -> exp.Expr:
    """Return what a VARIANT holds as a number or a boolean; anything else is an error (100071)."""
    held = cast(value, "VARCHAR")
    failed = cast(call("hush_not_cast", held.copy(), text(_OUT_OF_VARIANT[kind.base])), kind.duckdb)
    if kind.base == "BOOLEAN":
        return exp.Coalesce(this=convert(value, kind, safe=True), expressions=[failed])
    to = duckdb_type(kind.duckdb)
    # Most values are plain numbers: their text converts, and nothing else is looked at.
    plain = exp.TryCast(this=call("json_extract_string", value.copy(), text("$")), to=to)
    other = exp.TryCast(this=call("hush_number_of", held), to=to.copy())
    is_plain = exp.Not(this=exp.Is(this=plain.copy(), expression=exp.Null()))
    return exp.Case(
        ifs=[exp.If(this=is_plain, true=plain)],
        default=exp.Coalesce(this=other, expressions=[failed]),
    )


def _numbers(value: exp.Expr) -> exp.Expr:
    """Return an array of numbers as plain JSON, for a vector."""
    inner = value.unnest()
    while isinstance(inner, exp.Anonymous) and str(inner.this) == "hush.to_array":
        inner = inner.expressions[0].unnest()
    if isinstance(inner, exp.Cast):
        inner = inner.this.unnest()
    if isinstance(inner, exp.Anonymous) and str(inner.this) in _PARSED:
        # A text of numbers: no need to read each as a VARIANT first.
        return cast(inner.expressions[0], "JSON")
    plain = call("regexp_replace", cast(value, "VARCHAR"), text(_MARKED), text(r"\1"), text("g"))
    return cast(plain, "JSON")


def _container(value: exp.Expr, kind: DataType) -> exp.Expr:
    held: DataType | None = value.meta.get("type")
    if kind.base == "OBJECT" and held is not None and held.base == "VARIANT":
        return call("hush.to_object", as_variant(value))
    if kind.base == "ARRAY" and held is not None and held.base != "ARRAY":
        return call("hush.to_array", as_variant(value))
    return as_variant(value)


def _text(value: exp.Expr, kind: DataType, safe: bool) -> exp.Expr:
    made = as_text(value)
    if kind.length is None or kind.length >= MAX_TEXT:
        return made
    if safe:
        fits = exp.LTE(this=call("length", made), expression=exp.Literal.number(kind.length))
        return exp.Case(ifs=[exp.If(this=fits, true=made.copy())])
    return call("hush.fit", made, exp.Literal.number(kind.length))


def _temporal(
    value: exp.Expr, held: DataType | None, base: str, safe: bool, form: exp.Expr | None
) -> exp.Expr:
    reader, quietly = _READERS[base], exp.Boolean(this=safe)
    target = DataType(base).duckdb
    semi = is_json(value) or (held is not None and held.base in _SEMI)
    if semi or form is not None or (held is not None and held.base == "VARCHAR"):
        return call(
            f"hush.text_{reader}", cast(as_text(value), "VARCHAR"), form or text(""), quietly
        )
    if held is not None and held.base in ZONED:
        return _of_zoned(value, held.base, base)
    if held is not None and held.base in _TEMPORAL:
        if base in ZONED and held.base != "TIME":
            return of_wall(value, base)
        wrapped = exp.TryCast if safe else exp.Cast
        return wrapped(this=value, to=duckdb_type(target))
    if held is not None and held.base in {"NUMBER", "FLOAT"} and base.startswith("TIMESTAMP"):
        return of_utc(from_number(value, 0), base)
    return call(f"hush.any_{reader}", value, quietly)


def _of_zoned(value: exp.Expr, held: str, base: str) -> exp.Expr:
    """Return a conversion of a TIMESTAMP_TZ or TIMESTAMP_LTZ."""
    if held == base:
        return value
    if base == "TIMESTAMP_TZ":
        return call("hush.tz_of_instant", value)
    if base == "TIMESTAMP_LTZ":
        return call("timezone", text("UTC"), call("hush.tz_instant", value))
    wall = wall_of(value, held)
    return wall if base == "TIMESTAMP_NTZ" else cast(wall, base)


def wall_of(value: exp.Expr, held: str) -> exp.Expr:
    """Return the wall-clock time of a zoned value: at its offset, or in the session's time zone."""
    if held == "TIMESTAMP_TZ":
        return call("hush.tz_wall", value)
    return call("timezone", call("hush.zone"), value)


def of_wall(value: exp.Expr, base: str) -> exp.Expr:
    """Return a wall-clock time of the session's time zone as a timestamp of a kind."""
    if base == "TIMESTAMP_NTZ":
        return value
    wall = cast(value, "TIMESTAMP")
    if base == "TIMESTAMP_LTZ":
        return call("timezone", call("hush.zone"), wall)
    return call("hush.tz_of_wall", wall, call("hush.zone"))


def of_utc(value: exp.Expr, base: str) -> exp.Expr:
    """Return a time in UTC as a timestamp of a kind."""
    if base == "TIMESTAMP_NTZ":
        return value
    instant = call("timezone", text("UTC"), value)
    return instant if base == "TIMESTAMP_LTZ" else call("hush.tz_of_instant", instant)


def from_number(value: exp.Expr, scale: int) -> exp.Expr:
    """Return the timestamp of seconds since 1970, or of smaller units by their scale."""
    exact = cast(value, "DECIMAL(38,6)")
    factor: exp.Expr = (
        exp.Div(this=exact, expression=exp.Literal.number(10 ** (scale - _MICRO)))
        if scale > _MICRO
        else exp.Mul(this=exact, expression=exp.Literal.number(10 ** (_MICRO - scale)))
    )
    return call("make_timestamp", cast(call("floor", factor), "BIGINT"))


def _cut(value: exp.Expr, kind: DataType) -> exp.Expr:
    """Return a time of day or timestamp with no more digits of its second than its type has."""
    if kind.precision is None or kind.precision >= _MICRO or kind.base == "DATE":
        return value
    unit = exp.Literal.number(10 ** (_MICRO - kind.precision))
    if kind.base == "TIMESTAMP_TZ":
        return call("hush.tz_cut", value, unit)
    name = "hush.cut_time" if kind.base == "TIME" else "hush.cut"
    return cast(call(name, value, unit), kind.duckdb)


def _cast(node: exp.Cast, context: Context) -> exp.Expr | None:
    held: DataType | None = node.this.meta.get("type")
    if isinstance(node, exp.TryCast) and held is not None and held.base != "VARCHAR":
        # https://docs.snowflake.com/en/sql-reference/functions/try_cast
        raise compilation(
            f"Function TRY_CAST cannot be used with arguments of types {held} and "
            f"{snowflake_type(node.to)}",
            1065,
            "22023",
        )
    return convert(node.this, snowflake_type(node.to), safe=isinstance(node, exp.TryCast))


NODES = {exp.Cast: _cast, exp.TryCast: _cast}
