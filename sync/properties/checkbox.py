"""`checkbox`: true or false; a row that says neither is an empty box."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType


class Checkbox(PropertyType):
    """`checkbox`."""

    name: ClassVar[str] = "checkbox"

    def read(self, value: Mapping[str, Any]) -> Value:
        return bool(value.get(self.name))

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        return bool(value)


PROPERTY_TYPES = (Checkbox(),)
