"""`number`: a double there, a decimal here."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

from ..columns import plain_number
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType


class Number(PropertyType):
    """`number`."""

    name: ClassVar[str] = "number"

    def read(self, value: Mapping[str, Any]) -> Value:
        found = value.get(self.name)
        if found is not None and not isfinite(found):
            raise ValueError("a number must be finite")
        return None if found is None else plain_number(repr(found))

    def write(self, value: Value) -> Mapping[str, Any]:
        if value is None:
            return {self.name: None}
        number = Decimal(str(value))
        whole = number == number.to_integral_value()
        return {self.name: int(number) if whole else float(number)}

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is not None and plain_number(repr(float(str(value)))) != value:
            return Refused("has more digits than a number of Notion's keeps")
        return value


PROPERTY_TYPES = (Number(),)
