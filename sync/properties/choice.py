"""`select`, `status` and `multi_select`: options by their names."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType, several

MOST: Final = 100


class Select(PropertyType):
    """`select`: an option that is new is made by writing it."""

    name: ClassVar[str] = "select"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name)
        return str(found["name"]) if found else None

    def write(self, value: Value) -> Mapping[str, Any]:
        return {self.name: None if value is None else {"name": value}}

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        return value if value is None else _option(str(value))


class Status(Select):
    """`status`: like `select`, but Notion makes no new options."""

    name: ClassVar[str] = "status"


class MultiSelect(PropertyType):
    """`multi_select`: the order of the options is not kept."""

    name: ClassVar[str] = "multi_select"

    def read(self, value: Mapping[str, Any]) -> Value:
        return tuple(sorted(str(item["name"]) for item in value.get(self.name) or ())) or None

    def write(self, value: Value) -> Mapping[str, Any]:
        return {self.name: [{"name": name} for name in several(value)]}

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        names = several(value)
        if len(names) > MOST:
            return Refused(f"has {len(names)} values; Notion takes {MOST}")
        refused = [found for found in map(_option, names) if isinstance(found, Refused)]
        return refused[0] if refused else names or None


def _option(name: str) -> str | Refused:
    # "Commas are not valid for select values": developers.notion.com, "Property object".
    return Refused("holds a comma, which no option may") if "," in name else name


PROPERTY_TYPES = (Select(), Status(), MultiSelect())
