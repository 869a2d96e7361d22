"""Values of TIMESTAMP_TZ: what the engine holds, and Python's datetimes with an offset.

The engine holds an INTERVAL whose months are the offset in minutes plus 1440, and whose days, 30 for
each of these months left out, and microseconds count from a day before all others
(`engine.zone_macros`). Arrow carries it as months, days and nanoseconds.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

# What the protocol adds to an offset in minutes, and the engine's months as well.
UTC = 1440
# Days from the day at which the engine begins to count to 1970.
_DAYS = 809_162
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PARTS = np.dtype([("months", np.int32), ("days", np.int32), ("nanoseconds", np.int64)])


def of_parts(months: int, days: int, nanoseconds: int) -> dt.datetime:
    """Return the value that the engine spells so, with its offset."""
    since = dt.timedelta(days=days + 30 * months - _DAYS, microseconds=nanoseconds // 1000)
    offset = dt.timezone(dt.timedelta(minutes=months - UTC))
    return (_EPOCH + since).astimezone(offset)


def parts_of(value: dt.datetime) -> tuple[int, int, int]:
    """Return how the engine spells a value: months, days and nanoseconds."""
    aware = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    since = aware - _EPOCH
    months = offset_of(aware) + UTC
    rest = since.seconds * 1_000_000 + since.microseconds
    return months, since.days + _DAYS - 30 * months, rest * 1000


def offset_of(value: dt.datetime) -> int:
    """Return the offset of a value in minutes."""
    return (value.utcoffset() or dt.timedelta(0)) // dt.timedelta(minutes=1)


def spelt(value: dt.datetime) -> str:
    """Return a value as a text that the engine casts to its INTERVAL."""
    months, days, nanoseconds = parts_of(value)
    return f"{months} months {days} days {nanoseconds // 1000} microseconds"


def to_arrow(values: Sequence[dt.datetime | None]) -> pa.Array:
    """Return values as the engine gives them as Arrow."""
    made = [None if value is None else parts_of(value) for value in values]
    return pa.array(made, pa.month_day_nano_interval())


def from_arrow(column: Any) -> list[dt.datetime | None]:
    """Return the values of a column."""
    return [None if value is None else of_parts(*value) for value in column.to_pylist()]


def arrays(values: pa.Array) -> tuple[Any, Any]:
    """Return microseconds since 1970, and offsets in minutes, of an array that begins at its start."""
    held = np.frombuffer(values.buffers()[1], _PARTS)[: len(values)]
    days = held["days"].astype(np.int64) + 30 * held["months"].astype(np.int64) - _DAYS
    return days * 86_400_000_000 + held["nanoseconds"] // 1000, held["months"] - UTC
