"""`body`: the content of a page as Notion's Markdown. No property: an endpoint of its own."""

from typing import ClassVar, Final

from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType

# A request may hold 500 KB: "Request limits", developers.notion.com.
BYTES: Final = 450_000


class Body(PropertyType):
    """The page's content."""

    name: ClassVar[str] = "body"

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is not None and len(str(value).encode("utf-8", "surrogatepass")) > BYTES:
            return Refused(f"is longer than {BYTES // 1000} KB")
        return value


PROPERTY_TYPES = (Body(),)
