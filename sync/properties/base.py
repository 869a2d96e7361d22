"""What a property type has to say, and what most of them say alike."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..columns import fit
from ..types import FieldMap, Lookup, Refused, Value


class PropertyType:
    """A property type. A subclass sets `name` and overrides what differs.

    Attributes:
        name: Notion's word for it, also the key of its value.
        writable: Whether Notion takes values for it.
    """

    name: ClassVar[str] = ""
    writable: ClassVar[bool] = True

    def read(self, value: Mapping[str, Any]) -> Value:
        """Return the value of a page's property object, in the page's space."""
        found = value.get(self.name)
        return found if found not in ("", []) else None

    def write(self, value: Value) -> Mapping[str, Any]:
        """Return the property object that a request sends."""
        return {self.name: value}

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        """Return the row's value for a page's."""
        del lookup
        return fit(value, field.type)

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        """Return the page's value for a row's."""
        del field, lookup
        return value

    def schema(self) -> Mapping[str, Any]:
        """Return what makes such a property in a data source."""
        return {self.name: {}}


def several(value: Value) -> tuple[str, ...]:
    """Return a row's value as several: a list, or text that a comma and a blank divide."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    parts = (part.strip() for part in str(value).split(","))
    return tuple(sorted({part for part in parts if part}))
