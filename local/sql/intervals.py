"""Interval constants: `INTERVAL '1 year, 3 days'`.

https://docs.snowflake.com/en/sql-reference/data-types-datetime#interval-constants
"""

import re

from sqlglot import exp

from ..language.errors import compilation

_UNITS = {
    "YEAR": "year y yy yyy yyyy yr years yrs",
    "QUARTER": "quarter q qtr qtrs quarters",
    "MONTH": "month mm mon mons months",
    "WEEK": "week w wk weekofyear woy wy weeks",
    "DAY": "day d dd days dayofmonth",
    "HOUR": "hour h hh hr hours hrs",
    "MINUTE": "minute m mi min minutes mins",
    "SECOND": "second s sec seconds secs",
    "MILLISECOND": "millisecond ms msec milliseconds",
    "MICROSECOND": "microsecond us usec microseconds",
}
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names.split()}
# Units of whole days.
LARGE = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY"}


def parts_of(interval: exp.Interval) -> list[tuple[str, str]]:
    """Return the numbers and units of an interval constant.

    Raises:
        SqlError: A part is none (001003).
    """
    text = str(interval.this.this) if isinstance(interval.this, exp.Literal) else ""
    unit = interval.args.get("unit")
    if unit is not None:
        text = f"{text} {unit.name}"
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(-?\d+)\s*([A-Za-z]*)\s*", part)
        name = (match[2].lower() or "second") if match is not None else ""
        if match is None or name not in _NAMES:
            raise compilation(f"invalid interval '{text[:60]}'", 1003, "42000")
        found.append((match[1], _NAMES[name]))
    return found
