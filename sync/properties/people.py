"""`people`: user ids there, e-mail addresses here; whoever shows no address keeps the id."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ..columns import fit
from ..types import FieldMap, Lookup, Refused, Value
from .base import PropertyType, several

MOST: Final = 100


class People(PropertyType):
    """`people`."""

    name: ClassVar[str] = "people"

    def read(self, value: Mapping[str, Any]) -> Value:
        return tuple(sorted(str(user["id"]) for user in value.get(self.name) or ())) or None

    def write(self, value: Value) -> Mapping[str, Any]:
        return {self.name: [{"object": "user", "id": user} for user in several(value)]}

    def inward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        if value is not None and not lookup.knows_people:
            return unknown_people()
        names = sorted(lookup.addresses.get(user, user) for user in several(value))
        return fit(tuple(names) or None, field.type)

    def outward(self, field: FieldMap, value: Value, lookup: Lookup) -> Value | Refused:
        names = several(value)
        if names and not lookup.knows_people:
            return unknown_people()
        if len(names) > MOST:
            return Refused(f"has {len(names)} people; Notion takes {MOST}")
        users = []
        for name in names:
            user = name if name in lookup.addresses else lookup.users.get(name.lower())
            if user is None:
                return Refused(f"nobody in the workspace has the address {name}")
            users.append(user)
        return tuple(sorted(users)) or None


def unknown_people() -> Refused:
    """Return why a person cannot cross over while the connection may not list users."""
    return Refused("the connection may not list users", waits=True)


PROPERTY_TYPES = (People(),)
