"""`files`, `verification` and `place`: read; what is behind them is kept in Notion."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..columns import plain_number
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType


class ReadOnly(PropertyType):
    """A value that is changed in Notion alone."""

    writable: ClassVar[bool] = False

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        return Refused("it is changed in Notion alone")


class Files(ReadOnly):
    """`files`: the addresses of files elsewhere, the names of files in Notion.

    Notion's own addresses are signed and last an hour: they would change with every look.
    """

    name: ClassVar[str] = "files"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = []
        for item in value.get(self.name) or ():
            outside = (item.get("external") or {}).get("url")
            found.append(str(outside or item.get("name") or ""))
        return tuple(sorted(text for text in found if text)) or None


class Verification(ReadOnly):
    """`verification`: `verified`, `unverified` or `expired`."""

    name: ClassVar[str] = "verification"

    def read(self, value: Mapping[str, Any]) -> Value:
        return (value.get(self.name) or {}).get("state") or None


class Place(ReadOnly):
    """`place`: the name and the address, or latitude and longitude in degrees."""

    name: ClassVar[str] = "place"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name)
        if not found:
            return None
        said = [str(found[part]) for part in ("name", "address") if found.get(part)]
        return ", ".join(said or [plain_number(repr(found[part])) for part in ("lat", "lon")])


PROPERTY_TYPES = (Files(), Verification(), Place())
