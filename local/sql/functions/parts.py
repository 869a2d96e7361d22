"""Times and timestamps from numbers, which may lie outside of their usual ranges.

https://docs.snowflake.com/en/sql-reference/functions/timestamp_from_parts
"""

from typing import Any

from sqlglot import exp

from ...engine.zones import zone_names
from ...language.errors import SqlError, compilation, unsupported
from ...language.types import TIMESTAMP_LTZ, TIMESTAMP_NTZ, TIMESTAMP_TZ
from ..context import Context, call, cast, text
from ..expression_types import kind_of
from ..native import count_wrong
from .types import convert


def _nanoseconds(node: exp.Expr) -> exp.Expr:
    given = node.args.get("nano")
    return cast(given, "BIGINT") if given is not None else cast(exp.Literal.number(0), "BIGINT")


def _time(node: exp.TimeFromParts, context: Context) -> exp.Expr:
    return call(
        "hush.time_of", node.args["hour"], node.args["min"], node.args["sec"], _nanoseconds(node)
    )


def _timestamp(node: exp.TimestampFromParts, context: Context) -> exp.Expr | None:
    if node.args.get("year") is None:
        return None
    if node.args.get("zone") is not None:
        raise unsupported("a time zone in TIMESTAMP_FROM_PARTS")
    day = exp.DateFromParts(year=node.args["year"], month=node.args["month"], day=node.args["day"])
    return call(
        "hush.after_midnight",
        day,
        node.args["hour"],
        node.args["min"],
        node.args["sec"],
        _nanoseconds(node),
    )


def _zone_name(node: exp.Expr) -> exp.Expr:
    """Return the name of a time zone; a literal one is looked up at once."""
    if isinstance(node, exp.Literal) and str(node.this) not in zone_names():
        raise SqlError(f"Unknown timezone: '{str(node.this)[:60]}'", 100035, "22007")
    return node


def _convert_zone(node: exp.ConvertTimezone, context: Context) -> exp.Expr:
    """Of two arguments the answer is a TIMESTAMP_TZ, of three the wall-clock time of the target.

    https://docs.snowflake.com/en/sql-reference/functions/convert_timezone
    """
    value, source = node.args["timestamp"], node.args.get("source_tz")
    target = _zone_name(node.args["target_tz"])
    if source is None:
        instant = convert(value, TIMESTAMP_LTZ)
        kind = kind_of(value)
        if kind is None or kind.base == "VARCHAR":
            instant = convert(convert(value, TIMESTAMP_TZ), TIMESTAMP_LTZ)
        return call("hush.tz_at", call("timezone", text("UTC"), instant), target)
    kind = kind_of(value)
    if kind is not None and kind.base == "TIMESTAMP_TZ":
        raise compilation(
            f"Invalid argument types for function 'CONVERT_TIMEZONE': (VARCHAR, VARCHAR, {kind})",
            1044,
            "42P13",
        )
    wall = convert(value, TIMESTAMP_NTZ)
    return call("timezone", target, call("timezone", _zone_name(source), wall))


def _zoned_parts(base: str) -> Any:
    """TIMESTAMP_LTZ_FROM_PARTS and TIMESTAMP_TZ_FROM_PARTS: the latter takes a time zone, too."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not 6 <= len(arguments) <= (8 if base == "TIMESTAMP_TZ" else 7):
            raise count_wrong(f"{base}_FROM_PARTS", 6, 8, len(arguments))
        year, month, day, hour, minute, second, *rest = arguments
        zone: exp.Expr = call("hush.zone")
        if len(rest) == 2 or (rest and isinstance(rest[0], exp.Literal) and rest[0].is_string):
            zone = _zone_name(rest.pop())
        nano = rest[0] if rest else exp.Literal.number(0)
        date = exp.DateFromParts(year=year, month=month, day=day)
        wall = call("hush.after_midnight", date, hour, minute, second, cast(nano, "BIGINT"))
        if base == "TIMESTAMP_LTZ":
            return call("timezone", zone, wall)
        return call("hush.tz_of_wall", wall, zone)

    return rewrite


CALLS = {f"{base}_FROM_PARTS": _zoned_parts(base) for base in ("TIMESTAMP_LTZ", "TIMESTAMP_TZ")}
NODES: dict[type, Any] = {
    exp.ConvertTimezone: _convert_zone,
    exp.TimeFromParts: _time,
    exp.TimestampFromParts: _timestamp,
}
