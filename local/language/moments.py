"""Dates and times as texts: the elements of a format, and the formats that AUTO knows.

https://docs.snowflake.com/en/sql-reference/date-time-input-output
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Longer elements first: MMMM before MM, HH24 before HH.
_ELEMENTS = ("YYYY", "UUUU", "YY", "MMMM", "MON", "MM", "MO", "MI", "ME", "DD", "DY", "HH24", "HH12", "H24", "H12", "HH",
             "AM", "PM", "SS", "FF", "TZH:TZM", "TZHTZM", "TZH", "TZM", "Y", "D", "H", "S", "P")  # fmt: skip
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - an NTZ value has no zone
# From which number on digits are milliseconds, microseconds, nanoseconds.
_MILLI, _MICRO, _NANO = 31_536_000_000, 31_536_000_000_000, 31_536_000_000_000_000
_AUTO_DATES = ("YYYY-MM-DD", "DD-MON-YYYY", "MM/DD/YYYY")
_AUTO_TIMES = (
    "HH24:MI:SS.FF",
    "HH24:MI:SS",
    "HH24:MI",
    "HH12:MI:SS.FF AM",
    "HH12:MI:SS AM",
    "HH12:MI AM",
)
_AUTO_WORDS = ("DY, DD MON YYYY", "DY MON DD", "DD-MON-YYYY", "MM/DD/YYYY", "YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text says.

    Attributes:
        wall: The wall-clock time.
        offset: In minutes, when the text names one.
        counted: Whether the text is a number that counts from 1970: the time is that of UTC then.
    """

    wall: dt.datetime
    offset: int | None = None
    counted: bool = False


@lru_cache(maxsize=256)
def elements(form: str) -> tuple[tuple[str, str], ...]:
    """Return the elements and literals of a format: (element, digits) or ("", literal)."""
    found: list[tuple[str, str]] = []
    place = 0
    upper = form.upper()
    while place < len(form):
        if form[place] == '"':
            end = form.find('"', place + 1)
            end = end if end >= 0 else len(form)
            found.append(("", form[place + 1 : end]))
            place = end + 1
            continue
        name = next((each for each in _ELEMENTS if upper.startswith(each, place)), None)
        # A letter within a word is no element: `hours` has none.
        word = re.match(r"[A-Za-z]+", form[place:])
        if name is None or (word is not None and _is_word(word[0].upper())):
            length = len(word[0]) if word is not None and name is not None else 1
            found.append(("", form[place : place + length]))
            place += length
            continue
        place += len(name)
        digits = ""
        if name == "FF" and place < len(form) and form[place].isdigit():
            digits = form[place]
            place += 1
        found.append((name, digits))
    return tuple(found)


def _is_word(word: str) -> bool:
    """Tell whether letters are a word rather than elements one after the other."""
    rest = word
    while rest:
        name = next((each for each in _ELEMENTS if rest.startswith(each.rstrip("0124:"))), None)
        if name is None:
            return rest != "T" and len(rest) != 0 and word != "T"
        rest = rest[len(name.rstrip("0124:")) :]
    return False


def format_moment(wall: dt.datetime, form: str, offset: int | None = None) -> str:
    """Return a time in a format."""
    return "".join(
        literal if not name else _WRITERS[name](wall, literal, offset or 0)
        for name, literal in elements(form)
    )


def _fraction(wall: dt.datetime, digits: str, _: int) -> str:
    return f"{wall.microsecond:06d}000"[: int(digits or 9)]


def _zone(offset: int, form: str) -> str:
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return form.format(sign, hours, minutes)


_Writer = Callable[[dt.datetime, str, int], str]
_WRITERS: dict[str, _Writer] = {
    "YYYY": lambda t, _, __: f"{t.year:04d}",
    "UUUU": lambda t, _, __: f"{t.year:04d}",
    "YY": lambda t, _, __: f"{t.year % 100:02d}",
    "Y": lambda t, _, __: f"{t.year % 100}",
    "MMMM": lambda t, _, __: _MONTHS[t.month - 1],
    "MON": lambda t, _, __: _MONTHS[t.month - 1][:3],
    "MM": lambda t, _, __: f"{t.month:02d}",
    "MO": lambda t, _, __: str(t.month),
    "DD": lambda t, _, __: f"{t.day:02d}",
    "D": lambda t, _, __: str(t.day),
    "DY": lambda t, _, __: _DAYS[t.weekday()][:3],
    "HH24": lambda t, _, __: f"{t.hour:02d}",
    "HH": lambda t, _, __: f"{t.hour:02d}",
    "H24": lambda t, _, __: str(t.hour),
    "H": lambda t, _, __: str(t.hour),
    "HH12": lambda t, _, __: f"{(t.hour + 11) % 12 + 1:02d}",
    "H12": lambda t, _, __: str((t.hour + 11) % 12 + 1),
    "AM": lambda t, _, __: "AM" if t.hour < 12 else "PM",
    "PM": lambda t, _, __: "AM" if t.hour < 12 else "PM",
    "P": lambda t, _, __: "A" if t.hour < 12 else "P",
    "MI": lambda t, _, __: f"{t.minute:02d}",
    "ME": lambda t, _, __: str(t.minute),
    "SS": lambda t, _, __: f"{t.second:02d}",
    "S": lambda t, _, __: str(t.second),
    "FF": _fraction,
    "TZHTZM": lambda _, __, offset: _zone(offset, "{0}{1:02d}{2:02d}"),
    "TZH:TZM": lambda _, __, offset: _zone(offset, "{0}{1:02d}:{2:02d}"),
    "TZH": lambda _, __, offset: _zone(offset, "{0}{1:02d}"),
    "TZM": lambda _, __, offset: f"{abs(offset) % 60:02d}",
}
_NAMES = r"[A-Za-z]{3,9}"
_READERS = {
    "YYYY": r"(?P<year>\d{4})", "UUUU": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{1,2})", "Y": r"(?P<short>\d{1,2})",
    "MMMM": rf"(?P<name>{_NAMES})", "MON": rf"(?P<name>{_NAMES})", "MM": r"(?P<month>\d{1,2})",
    "MO": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})", "D": r"(?P<day>\d{1,2})", "DY": r"[A-Za-z]{3,9}",
    "HH24": r"(?P<hour>\d{1,2})", "HH": r"(?P<hour>\d{1,2})", "H24": r"(?P<hour>\d{1,2})", "H": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<half>\d{1,2})", "H12": r"(?P<half>\d{1,2})", "AM": r"(?P<noon>[AaPp])[Mm]",
    "PM": r"(?P<noon>[AaPp])[Mm]", "P": r"(?P<noon>[AaPp])", "MI": r"(?P<minute>\d{1,2})", "ME": r"(?P<minute>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})", "S": r"(?P<second>\d{1,2})", "FF": r"(?P<fraction>\d{1,9})",
    "TZH:TZM": r"(?P<zone>[+-]\d{1,2}:?\d{2}|Z)", "TZHTZM": r"(?P<zone>[+-]\d{1,2}:?\d{2}|Z)",
    "TZH": r"(?P<zone>[+-]\d{1,2})", "TZM": r"(?P<zone_minute>\d{2})",
}  # fmt: skip


@lru_cache(maxsize=256)
def _pattern(form: str) -> re.Pattern[str]:
    parts = [
        _READERS[name] if name else re.escape(literal).replace(r"\ ", r" +")
        for name, literal in elements(form)
    ]
    return re.compile("".join(parts))


def read_moment(text: str, form: str) -> Moment | None:
    """Return what a text says in a format, None when it does not fit."""
    try:
        match = _pattern(form).fullmatch(text.strip())
        return _moment_of(match.groupdict()) if match is not None else None
    except (ValueError, re.error):
        return None


def _moment_of(held: dict[str, str | None]) -> Moment:
    def number(name: str, default: int) -> int:
        return int(held.get(name) or default)

    year = number("year", 1970)
    if held.get("short"):
        short = number("short", 0)
        year = 2000 + short if short < 70 else 1900 + short
    month = number("month", 1)
    name = held.get("name")
    if name:
        month = 1 + next(
            index for index, full in enumerate(_MONTHS)
            if name.lower() in {full.lower(), full[:3].lower()}
        )  # fmt: skip
    hour = number("hour", 0)
    if held.get("half"):
        hour = number("half", 12) % 12 + (12 if (held.get("noon") or "A").upper() == "P" else 0)
    fraction = ((held.get("fraction") or "") + "000000")[:6]
    wall = dt.datetime(  # noqa: DTZ001
        year, month, number("day", 1), hour, number("minute", 0), number("second", 0), int(fraction)
    )
    return Moment(wall, _offset(held.get("zone")))


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[ T](?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{0,9}))?)?)?"
    r"(?: ?(?P<zone>[+-]\d{1,2}(?::?\d{2})?|Z))?)?"
)


def auto_moment(text: str) -> Moment | None:
    """Return what a text says in one of the formats that AUTO knows, None when in none."""
    text = text.strip()
    if re.fullmatch(r"-?\d{1,19}", text):
        return from_digits(text)
    match = _ISO.fullmatch(text)
    if match is not None:
        try:
            return _moment_of(match.groupdict())
        except ValueError:
            return None
    for date in _AUTO_WORDS:
        for time in ("", *(f" {each}" for each in _AUTO_TIMES)):
            for zone in ("", " TZHTZM"):
                found = read_moment(text, date + time + (zone if time else ""))
                if found is not None:
                    return found
    return None


def from_digits(text: str) -> Moment | None:
    """Return the moment that digits count from 1970: seconds, or less by their size."""
    count = int(text)
    size = abs(count)
    factor = 1_000_000 if size < _MILLI else 1_000 if size < _MICRO else 1
    micro = count * factor if size < _NANO else count // 1_000
    try:
        return Moment(_EPOCH + dt.timedelta(microseconds=micro), counted=True)
    except OverflowError:
        return None


def auto_time(text: str) -> dt.time | None:
    """Return the time of day that a text says in a format that AUTO knows."""
    text = text.strip()
    if re.fullmatch(r"\d{1,19}", text):
        found = from_digits(text)
        return found.wall.time() if found is not None else None
    for form in _AUTO_TIMES:
        found = read_moment(text, form)
        if found is not None:
            return found.wall.time()
    found = auto_moment(text)
    return found.wall.time() if found is not None else None
