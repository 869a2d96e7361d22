"""`relation`: page ids there, keys of the rows that these pages stand for here."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ..columns import SEMI_STRUCTURED, base_type, fit
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType, several

MOST: Final = 100


class Relation(PropertyType):
    """`relation`; its property is made by hand: it needs the other data source."""

    name: ClassVar[str] = "relation"

    def read(self, value: Mapping[str, Any]) -> Value:
        return tuple(sorted(str(page["id"]) for page in value.get(self.name) or ())) or None

    def write(self, value: Value) -> Mapping[str, Any]:
        return {self.name: [{"id": page} for page in several(value)]}

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        pages = several(value)
        unknown = [page for page in pages if page not in lookup.keys]
        if unknown:
            return Refused(f"the related page {unknown[0]} has no row yet", waits=True)
        keys = tuple(sorted(lookup.keys[page] for page in pages))
        if len(keys) > 1 and base_type(field.type) not in SEMI_STRUCTURED:
            return Refused(f"{len(keys)} pages are related; the field holds one key")
        return fit(keys or None, field.type)

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        # A key may hold a comma: only a list is several.
        keys = value if isinstance(value, tuple) else () if value is None else (str(value),)
        if len(keys) > MOST:
            return Refused(f"has {len(keys)} related rows; Notion takes {MOST}")
        pages = lookup.pages.get(field.entity, {})
        unknown = [key for key in keys if key not in pages]
        if unknown:
            return Refused(f"the row {unknown[0]} of {field.entity} has no page yet", waits=True)
        return tuple(sorted(pages[key] for key in keys)) or None


PROPERTY_TYPES = (Relation(),)
