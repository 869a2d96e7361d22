"""The gate: whether somebody may do something with an object, and which objects there are for him.

Every read and write of an object passes here. Who asks is a value, an `Asker`: the roles of a
session, or the role that owns the view, function, policy or task on whose behalf something is read.

https://docs.snowflake.com/en/user-guide/security-access-control-overview
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.catalogue import ACCOUNT_ID, HOLDER, Catalogue, Object
from ..language.errors import missing, not_allowed
from ..language.names import Name
from .privileges import privileges_of

# A role that may apply policies or tags everywhere sees all of them.
# https://docs.snowflake.com/en/user-guide/security-access-control-privileges
_APPLIES = {
    "APPLY MASKING POLICY": "MASKING POLICY",
    "APPLY ROW ACCESS POLICY": "ROW ACCESS POLICY",
    "APPLY TAG": "TAG",
}
_OWN_NAMESPACE = {"ROLE", "USER"}


@dataclass(frozen=True)
class Asker:
    """Who asks.

    Attributes:
        roles: Ids of the roles whose privileges count.
        behalf: The object with whose owner's rights it is, None for a session's own.
        oversees: Whether every object can be named, for what a privilege on the account allows.
    """

    roles: tuple[int, ...]
    behalf: Object | None = None
    oversees: bool = False


class Gate:
    """Answers what askers may do, from the grants of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._privileges = privileges_of(catalogue)

    def owner_of(self, item: Object) -> Asker:
        """Return who asks when an object is used with the rights of its owner."""
        role = self.role_of(item)
        return Asker((role.id,) if role is not None else (), item)

    def role_of(self, item: Object) -> Object | None:
        """Return the role that owns an object, None when there is none of that name."""
        database, dot, name = item.owner.partition(".")
        found = self._catalogue.find("ROLE", ACCOUNT_ID, item.owner)
        if found is None and dot:
            holder = self._catalogue.find("DATABASE", ACCOUNT_ID, database)
            found = self._catalogue.find("DATABASE ROLE", holder.id, name) if holder else None
        return found

    def allows(self, asker: Asker, privilege: str, on: Object | None) -> bool:
        """Tell whether an asker holds a privilege on an object, or on the account."""
        return self._privileges.has(asker.roles, privilege, on)

    def acts_as(self, asker: Asker, roles: Iterable[int]) -> bool:
        """Tell whether an asker has every one of these roles, by itself or by inheritance."""
        reached = {held for role in asker.roles for held in self._privileges.reach(role)}
        return reached.issuperset(roles)

    def require(self, asker: Asker, privilege: str, on: Object | None, shown: str) -> None:
        """Fail unless an asker holds a privilege on an object that it can reach, or on the account.

        Raises:
            SqlError: 2003, as if there were no such object, when the asker holds nothing on it; 3001
                when it holds something else.
        """
        if on is None:
            if not self.allows(asker, privilege, None):
                raise not_allowed("account", "LOCAL", privilege)
            return
        if not self.sees(asker, on):
            raise missing(on.kind, shown)
        if not self.allows(asker, privilege, on):
            raise not_allowed(on.kind, on.name, privilege)

    def sees(self, asker: Asker, on: Object) -> bool:
        """Tell whether there is such an object for an asker.

        It needs a privilege on the object, and one of whatever sort on its database and its schema.
        """
        return on.id in self.visible(asker, (on,))

    def visible(self, asker: Asker, items: Iterable[Object]) -> set[int]:
        """Return the ids of those objects that there are for an asker."""
        if asker.oversees:
            return {item.id for item in items}
        held = self._privileges.held(asker.roles)
        names = self._privileges.names(asker.roles)
        known: dict[int, bool] = {ACCOUNT_ID: True}
        kinds = {kind for name, kind in _APPLIES.items() if self.allows(asker, name, None)}

        def seen(item: Object | None) -> bool:
            if item is None:
                return False
            if item.id not in known:
                own = (
                    item.id in held
                    # What a session keeps for itself alone stands in a holder without grants.
                    or item.kind == HOLDER
                    or bool(item.body.get("system"))
                    or item.owner in names
                    or item.kind in kinds
                )
                known[item.id] = own and (not item.parent or seen(self._catalogue.get(item.parent)))
            return known[item.id]

        return {item.id for item in items if seen(item)}

    def find(self, asker: Asker, kind: str, schema: Object, name: Name) -> Object:
        """Return an object of a schema, by the name that a statement gives it.

        Raises:
            SqlError: There is none, or not for this asker.
        """
        found = self._catalogue.find(kind, schema.id, name.last)
        if found is None or not self.sees(asker, found):
            raise missing(kind, str(name))
        return found

    def find_schema(self, asker: Asker, database: str, schema: str) -> Object:
        """Return a schema.

        Raises:
            SqlError: There is none, or not for this asker.
        """
        holder = self.find_account(asker, "DATABASE", database)
        found = self._catalogue.find("SCHEMA", holder.id, schema)
        if found is None or not self.sees(asker, found):
            raise missing("SCHEMA", str(Name(None, holder.name, schema)))
        return found

    def find_account(self, asker: Asker, kind: str, name: Name | str) -> Object:
        """Return an object of the account: a database, a role, a warehouse, a resource monitor.

        Raises:
            SqlError: There is none, or not for this asker; roles and users are there for everybody.
        """
        last = name if isinstance(name, str) else name.last
        found = self._catalogue.find(kind, ACCOUNT_ID, last)
        if found is None or (kind not in _OWN_NAMESPACE and not self.sees(asker, found)):
            raise missing(kind, str(name))
        return found
