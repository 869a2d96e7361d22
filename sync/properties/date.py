"""`date`: a day, a moment, or a span of either.

A page's value is `2026-01-31`, `2026-01-31T09:30:00.000Z`, or two of them with a `/` between, as
ISO 8601 writes spans. Moments are in UTC: the zone in which an editor sees them is Notion's alone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ..columns import base_type, fit
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType

_DAY = 10  # characters of 2026-01-31


class Date(PropertyType):
    """`date`."""

    name: ClassVar[str] = "date"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name)
        if not found or not found.get("start"):
            return None
        zone = found.get("time_zone")
        ends = [found["start"], found.get("end")]
        return "/".join(normal_date(end, zone) for end in ends if end)

    def write(self, value: Value) -> Mapping[str, Any]:
        if value is None:
            return {self.name: None}
        start, _, end = str(value).partition("/")
        return {self.name: {"start": start, "end": end or None}}

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        return day_or_moment(field, value)

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is None:
            return None
        name, text = base_type(field.type), str(value)
        if name == "DATE":
            return text
        try:
            ends = [normal_date(end, field.time_zone) for end in text.split("/")]
        except ValueError:
            return Refused("is not a date such as 2026-01-31 or 2026-01-31T09:30:00Z")
        return "/".join(ends[:2])


def day_or_moment(field: FieldMap, value: Value) -> Value | Refused:
    """Return a page's date as the field's type holds it."""
    if value is None:
        return None
    name, text = base_type(field.type), str(value)
    if name == "VARCHAR":
        return fit(text, field.type)
    if "/" in text:
        return Refused("is a span of time; the field holds one point")
    if name == "DATE":
        return text if len(text) == _DAY else Refused("has a time of day; the field holds a day")
    zone = ZoneInfo(field.time_zone)
    if len(text) == _DAY:
        moment = datetime.combine(date.fromisoformat(text), datetime.min.time(), zone)
    else:
        moment = datetime.fromisoformat(text)
    if name == "TIMESTAMP_NTZ":
        return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return _utc(moment)


def normal_date(text: str, zone: str | None) -> str:
    """Return a day as it is, a moment in UTC; `zone` counts where the text has none.

    Raises:
        ValueError: It is neither.
    """
    if len(text) == _DAY:
        return date.fromisoformat(text).isoformat()
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone or "UTC"))
    return _utc(moment)


def _utc(moment: datetime) -> str:
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds") + "Z"


PROPERTY_TYPES = (Date(),)
