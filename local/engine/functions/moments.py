"""Dates and times from texts and to texts, in a format or in one that AUTO knows.

https://docs.snowflake.com/en/sql-reference/functions-conversion
"""

import datetime as dt
from typing import Any

from ...language.errors import SqlError
from ...language.moments import Moment, auto_moment, auto_time, format_moment, read_moment
from . import function


def _read(text: str, form: str) -> Moment | None:
    return auto_moment(text) if form.upper() in {"", "AUTO"} else read_moment(text, form)


def _unread(kind: str, text: str, form: str, quietly: bool) -> Any:
    if quietly:
        return None
    if form and form.upper() != "AUTO":
        raise SqlError(
            f"Can't parse '{text[:60]}' as {kind} with format '{form[:60]}'", 100096, "22007"
        )
    label = {"date": "Date", "timestamp": "Timestamp", "time": "Time"}[kind]
    raise SqlError(f"{label} '{text[:60]}' is not recognized", _NUMBERS[kind], "22007")


_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall-clock time has no zone
_NUMBERS = {"date": 100040, "timestamp": 100035, "time": 100108}


@function("VARCHAR", "VARCHAR", "BOOLEAN", returns="DATE")
def text_date(text: str, form: str, quietly: bool) -> dt.date | None:
    found = _read(text, form)
    if found is None:
        missing: None = _unread("date", text, form, quietly)
        return missing
    return found.wall.date()


@function("VARCHAR", "VARCHAR", "BOOLEAN", returns="TIMESTAMP")
def text_timestamp(text: str, form: str, quietly: bool) -> dt.datetime | None:
    """The wall-clock time that a text says; an offset says nothing of it."""
    found = _read(text, form)
    return found.wall if found is not None else _unread("timestamp", text, form, quietly)


@function("VARCHAR", "VARCHAR", "BOOLEAN", returns="BIGINT[]")
def text_moment(text: str, form: str, quietly: bool) -> list[int | None] | None:
    """The wall-clock time in microseconds, the offset in minutes or null, and 1 for a count from 1970.

    A count is of the instant: its time is that of UTC.
    """
    found = _read(text, form)
    if found is None:
        missing: None = _unread("timestamp", text, form, quietly)
        return missing
    wall = (found.wall - _EPOCH) // dt.timedelta(microseconds=1)
    offset = 0 if found.counted else found.offset
    return [wall, offset, int(found.counted)]


@function("VARCHAR", "VARCHAR", "BOOLEAN", returns="TIME")
def text_time(text: str, form: str, quietly: bool) -> dt.time | None:
    if form.upper() in {"", "AUTO"}:
        time = auto_time(text)
        return time if time is not None else _unread("time", text, form, quietly)
    found = read_moment(text, form)
    return found.wall.time() if found is not None else _unread("time", text, form, quietly)


@function("VARCHAR", "VARCHAR")
def moment_format(text: str, form: str) -> str:
    """A date, time or timestamp, in the engine's spelling, in a format."""
    if len(text) > 2 and text[2] == ":":
        text = "1970-01-01 " + text
    found = dt.datetime.fromisoformat(text)
    offset = found.utcoffset() or dt.timedelta(0)
    return format_moment(found.replace(tzinfo=None), form, offset // dt.timedelta(minutes=1))


@function("BIGINT", "BIGINT", "VARCHAR", nulls=True)
def zoned_shown(instant: int | None, wall: int | None, form: str | None) -> str | None:
    """A moment with its offset, in a format or in the one that a session begins with.

    Both are microseconds since 1970: of the instant, and of its wall-clock time.
    """
    if instant is None or wall is None:
        return None
    return format_moment(_clock(wall), form or _SHOWN, (wall - instant) // _MINUTE)


@function("BIGINT", "BIGINT")
def zoned_spelt(instant: int, wall: int) -> str:
    """A moment with its offset, as the engine spells a timestamp and as `+0130`."""
    offset = (wall - instant) // _MINUTE
    return (
        f"{_clock(wall)}{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
    )


@function("VARCHAR")
def zoned_text(spelt: str) -> str:
    """A moment that `zoned_spelt` made, as a VARIANT holds it: with at least three digits."""
    clock, offset = spelt[:-5], spelt[-5:]
    if "." not in clock:
        return f"{clock}.000 {offset}"
    digits = clock.ljust(26, "0")
    return f"{digits[:23] if digits.endswith('000') else digits} {offset}"


_MINUTE = 60_000_000
_SHOWN = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"


def _clock(wall: int) -> dt.datetime:
    try:
        return _EPOCH + dt.timedelta(microseconds=wall)
    except OverflowError:
        raise SqlError(
            "A timestamp with its offset is outside of the years 1 to 9999", 100035, "22007"
        ) from None
