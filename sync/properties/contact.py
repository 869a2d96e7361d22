"""`url`, `email` and `phone_number`: text of a limited length."""

from typing import ClassVar

from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType


class Url(PropertyType):
    """`url`."""

    name: ClassVar[str] = "url"
    longest: ClassVar[int] = 2000

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if isinstance(value, str) and len(value) > self.longest:
            return Refused(f"has {len(value)} characters; Notion takes {self.longest}")
        return value


class Email(Url):
    """`email`."""

    name: ClassVar[str] = "email"
    longest: ClassVar[int] = 200


class PhoneNumber(Email):
    """`phone_number`."""

    name: ClassVar[str] = "phone_number"


PROPERTY_TYPES = (Url(), Email(), PhoneNumber())
