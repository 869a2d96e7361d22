"""Who may do what: roles, what they inherit, and the grants they hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .catalogue import ACCOUNT_ID, Catalogue, Object
from .errors import missing, not_allowed


@dataclass
class Index:
    """The grants of a catalogue, by who holds them; made once a version of it."""

    version: int
    held: dict[int, set[tuple[str, int]]] = field(default_factory=dict)
    inherited: dict[int, set[int]] = field(default_factory=dict)
    reach: dict[int, frozenset[int]] = field(default_factory=dict)


class Privileges:
    """Answers questions about the grants of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._index = Index(-1)

    def _current(self) -> Index:
        catalogue = self._catalogue
        index = self._index
        if index.version != catalogue.version:
            index = Index(catalogue.version)
            for grant in catalogue.of_kind("GRANT"):
                if "future" in grant.body:
                    continue
                grantee = int(grant.body["grantee"])
                on = grant.parent
                index.held.setdefault(grantee, set()).add((str(grant.body["privilege"]), on))
                target = catalogue.get(on)
                if target is not None and target.kind in {"ROLE", "DATABASE ROLE"}:
                    index.inherited.setdefault(grantee, set()).add(on)
            self._index = index
        return index

    def reach(self, role: int) -> frozenset[int]:
        """Return `role` and every role that it inherits."""
        index = self._current()
        found = index.reach.get(role)
        if found is None:
            seen = {role}
            queue = [role]
            while queue:
                for child in index.inherited.get(queue.pop(), ()):
                    if child not in seen:
                        seen.add(child)
                        queue.append(child)
            # Everybody has PUBLIC.
            public = self._catalogue.find("ROLE", ACCOUNT_ID, "PUBLIC")
            if public is not None and public.id not in seen:
                seen |= self.reach(public.id)
            found = index.reach[role] = frozenset(seen)
        return found

    def owns(self, roles: Iterable[int], item: Object) -> bool:
        """Tell whether one of `roles` (with what it inherits) owns `item`."""
        return bool(item.owner) and item.owner in self._names(roles)

    def _names(self, roles: Iterable[int]) -> set[str]:
        found = set()
        for role in roles:
            for key in self.reach(role):
                held = self._catalogue.get(key)
                if held is not None:
                    found.add(owner_name(self._catalogue, held))
        return found

    def has(self, roles: Iterable[int], privilege: str, on: Object | None) -> bool:
        """Tell whether one of `roles` holds `privilege` on an object, or on the account."""
        index = self._current()
        key = on.id if on is not None else ACCOUNT_ID
        reached = {item for role in roles for item in self.reach(role)}
        if any((privilege, key) in index.held.get(role, ()) for role in reached):
            return True
        return on is not None and self.owns(roles, on)

    def has_any(self, roles: Iterable[int], on: Object) -> bool:
        """Tell whether one of `roles` holds any privilege on an object, so that it is visible."""
        if self.owns(roles, on) or on.body.get("system"):
            return True
        index = self._current()
        return any(
            key == on.id
            for role in roles
            for item in self.reach(role)
            for _, key in index.held.get(item, ())
        )

    def visible_ids(self, roles: Iterable[int]) -> set[int]:
        """Return the ids of everything on which `roles` hold a grant."""
        index = self._current()
        return {
            key
            for role in roles
            for item in self.reach(role)
            for _, key in index.held.get(item, ())
        }

    def require(self, roles: Iterable[int], privilege: str, on: Object, shown: str) -> None:
        """Fail when none of `roles` holds `privilege` on an object.

        Raises:
            SqlError: As if the object did not exist when it may not even be seen.
        """
        if self.has(roles, privilege, on):
            return
        if not self.has_any(roles, on):
            raise missing(on.kind, shown)
        raise not_allowed(on.kind, on.name, privilege)


def owner_name(catalogue: Catalogue, role: Object) -> str:
    """Return how a role is written as an owner: a database role with its database."""
    return ".".join(catalogue.path(role)) if role.kind == "DATABASE ROLE" else role.name
