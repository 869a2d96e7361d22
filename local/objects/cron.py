"""Schedules of tasks: intervals and cron lines with a time zone."""

import calendar
import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass

from ..language.errors import SqlError

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
_INTERVAL = re.compile(r"(\d+)\s*(HOURS?|H|MINUTES?|M|SECONDS?|S)", re.IGNORECASE)
_SECONDS = {"H": 3600, "M": 60, "S": 1}
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
# A schedule such as 29 February comes within eight years; none comes later.
_HORIZON_DAYS = 366 * 8 + 2


@dataclass(frozen=True)
class Schedule:
    """When a task is due: every so many seconds, or at the minutes of a cron line."""

    seconds: int | None
    fields: tuple[frozenset[int], ...] = ()
    last_day: bool = False
    any_day: bool = True
    any_weekday: bool = True
    zone: zoneinfo.ZoneInfo | None = None

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """Return the first time after `moment` (with a zone) at which the task is due, in UTC."""
        if self.seconds is not None:
            return moment + dt.timedelta(seconds=self.seconds)
        assert self.zone is not None
        local = moment.astimezone(self.zone).replace(second=0, microsecond=0) + dt.timedelta(
            minutes=1
        )
        day = local.date()
        start = (local.hour, local.minute)
        for _ in range(_HORIZON_DAYS):
            if self._fits(day):
                for hour in sorted(self.fields[1]):
                    for minute in sorted(self.fields[0]):
                        if (hour, minute) < start:
                            continue
                        found = dt.datetime(
                            day.year, day.month, day.day, hour, minute, tzinfo=self.zone
                        ).astimezone(dt.UTC)
                        # An hour that the clock skips does not exist on that day.
                        if found.astimezone(self.zone).hour == hour and found > moment:
                            return found
            day += dt.timedelta(days=1)
            start = (0, 0)
        raise SqlError("the schedule never comes", 91100, "22023")

    def _fits(self, day: dt.date) -> bool:
        if day.month not in self.fields[3]:
            return False
        last = calendar.monthrange(day.year, day.month)[1]
        on_date = day.day in self.fields[2] or (self.last_day and day.day == last)
        on_weekday = (day.weekday() + 1) % 7 in self.fields[4]
        if self.any_day or self.any_weekday:
            return on_date and on_weekday
        # Both given: either of them counts, as in cron.
        return on_date or on_weekday


def parse(text: str) -> Schedule:
    """Return the schedule that `SCHEDULE = '…'` spells.

    Raises:
        SqlError: It is neither an interval nor `USING CRON` with five fields and a zone.
    """
    words = text.split()
    if [word.upper() for word in words[:2]] == ["USING", "CRON"]:
        if len(words) != 8:
            raise _invalid(text, "five fields and a time zone follow USING CRON")
        try:
            zone = zoneinfo.ZoneInfo(words[7])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise _invalid(text, f"'{words[7]}' is not a time zone") from None
        last_day = words[4].upper() == "L"
        fields = []
        for index, (word, (name, low, high)) in enumerate(zip(words[2:7], _FIELDS, strict=True)):
            names = {3: _MONTHS, 4: _DAYS}.get(index, {})
            if index == 2 and last_day:
                fields.append(frozenset[int]())
                continue
            fields.append(_field(text, word, name, low, high, names))
        return Schedule(None, tuple(fields), last_day, words[4] == "*", words[6] == "*", zone)
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        raise _invalid(text, "write '5 MINUTES' or 'USING CRON 0 6 * * * UTC'")
    seconds = int(match[1]) * _SECONDS[match[2][0].upper()]
    # Source: Snowflake's page "CREATE TASK": 10 seconds to 8 days.
    if not 10 <= seconds <= 8 * 86_400:
        raise _invalid(text, "an interval lies between 10 seconds and 8 days")
    return Schedule(seconds)


def _field(
    text: str, word: str, name: str, low: int, high: int, names: dict[str, int]
) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        body, _, step = part.partition("/")
        if body == "*":
            first, last = low, high
        else:
            begin, dash, end = body.partition("-")
            first = _number(text, begin, name, low, high, names)
            last = _number(text, end, name, low, high, names) if dash else (high if step else first)
        if step and (not step.isdigit() or int(step) == 0):
            raise _invalid(text, f"'{step}' is not a step")
        found.update(range(first, last + 1, int(step) if step else 1))
    return frozenset(found)


def _number(text: str, word: str, name: str, low: int, high: int, names: dict[str, int]) -> int:
    value = names.get(word.upper())
    if value is None:
        if not word.isdigit():
            raise _invalid(text, f"'{word}' is not a {name}")
        value = int(word)
        if name == "day of week" and value == 7:
            value = 0
    if not low <= value <= high:
        raise _invalid(text, f"{value} is not a {name}")
    return value


def _invalid(text: str, why: str) -> SqlError:
    return SqlError(f"SQL compilation error:\nInvalid schedule '{text}': {why}.", 91100, "22023")
