"""What Notion computes: read, never written."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..columns import base_type, fit, plain_number
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType
from .date import Date, day_or_moment
from .people import unknown_people
from .text import plain

_MOMENTS = ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")


class Computed(PropertyType):
    """A value that Notion computes; here: `created_time` and `last_edited_time`."""

    writable: ClassVar[bool] = False

    def read(self, value: Mapping[str, Any]) -> Value:
        return moment_of(value.get(self.name))

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if base_type(field.type) in _MOMENTS:
            return day_or_moment(field, value)
        return fit(value, field.type)

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        return Refused("Notion computes it")


class CreatedTime(Computed):
    """`created_time`."""

    name: ClassVar[str] = "created_time"


class LastEditedTime(Computed):
    """`last_edited_time`."""

    name: ClassVar[str] = "last_edited_time"


class CreatedBy(Computed):
    """`created_by`: the address of the user, or the id."""

    name: ClassVar[str] = "created_by"

    def read(self, value: Mapping[str, Any]) -> Value:
        return (value.get(self.name) or {}).get("id")

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is not None and not lookup.knows_people:
            return unknown_people()
        user = None if value is None else str(value)
        return fit(lookup.addresses.get(user, user) if user else None, field.type)


class LastEditedBy(CreatedBy):
    """`last_edited_by`."""

    name: ClassVar[str] = "last_edited_by"


class UniqueId(Computed):
    """`unique_id`: `PREFIX-12`."""

    name: ClassVar[str] = "unique_id"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name) or {}
        if found.get("number") is None:
            return None
        prefix = found.get("prefix")
        return f"{prefix}-{found['number']}" if prefix else str(found["number"])


class Formula(Computed):
    """`formula`: a text, number, truth value or date."""

    name: ClassVar[str] = "formula"

    def read(self, value: Mapping[str, Any]) -> Value:
        return _typed(value.get(self.name) or {})


class Rollup(Computed):
    """`rollup`: a number, a date, or a list of values of other pages."""

    name: ClassVar[str] = "rollup"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name) or {}
        if found.get("type") != "array":
            return _typed(found)
        values = (_shown(item) for item in found.get("array") or ())
        return tuple(item for item in values if item) or None


def moment_of(text: str | None) -> Value:
    """Return a time as Notion writes it, in the spelling of `date`."""
    return Date().read({"date": {"start": text}}) if text else None


def _typed(found: Mapping[str, Any]) -> Value:
    value = found.get(str(found.get("type")))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return plain_number(repr(value))
    return Date().read({"date": value}) if isinstance(value, Mapping) else str(value) or None


def _shown(item: Mapping[str, Any]) -> str:
    """One value of a rolled-up list, as text."""
    kind = str(item.get("type"))
    value = item.get(kind)
    if isinstance(value, list):
        return plain(value) or ", ".join(str(one.get("name") or one.get("id")) for one in value)
    if isinstance(value, Mapping):
        if "plain_text" in value:  # one run of a text, as the list of a property has it
            return str(value["plain_text"])
        return str(value.get("name") or value.get("start") or _typed(value) or "")
    return "" if value is None else str(value)


PROPERTY_TYPES = (CreatedTime(), LastEditedTime(), CreatedBy(), LastEditedBy(), UniqueId(),
                  Formula(), Rollup())  # fmt: skip
