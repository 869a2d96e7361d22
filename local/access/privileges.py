"""What roles hold: what they inherit, the grants, and what they own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ..engine.catalogue import ACCOUNT_ID, Catalogue, Object


@dataclass
class Index:
    """The grants of a catalogue, by who holds them; made once a version of it."""

    version: int
    held: dict[int, set[tuple[str, int]]] = field(default_factory=dict)
    inherited: dict[int, set[int]] = field(default_factory=dict)
    reach: dict[int, frozenset[int]] = field(default_factory=dict)
    seen: dict[tuple[int, ...], frozenset[int]] = field(default_factory=dict)
    names: dict[tuple[int, ...], frozenset[str]] = field(default_factory=dict)


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
        return bool(item.owner) and item.owner in self.names(roles)

    def names(self, roles: Iterable[int]) -> frozenset[str]:
        """Return the names of `roles` and of what they inherit, as owners are written."""
        index, key = self._current(), tuple(roles)
        found = index.names.get(key)
        if found is None:
            reached = (self._catalogue.get(item) for role in key for item in self.reach(role))
            found = index.names[key] = frozenset(
                owner_name(self._catalogue, held) for held in reached if held is not None
            )
        return found

    def has(self, roles: Iterable[int], privilege: str, on: Object | None) -> bool:
        """Tell whether one of `roles` holds `privilege` on an object, or on the account."""
        index = self._current()
        key = on.id if on is not None else ACCOUNT_ID
        reached = {item for role in roles for item in self.reach(role)}
        if any((privilege, key) in index.held.get(role, ()) for role in reached):
            return True
        return on is not None and self.owns(roles, on)

    def held(self, roles: Iterable[int]) -> frozenset[int]:
        """Return the ids of everything on which `roles` hold a grant."""
        index, key = self._current(), tuple(roles)
        found = index.seen.get(key)
        if found is None:
            found = index.seen[key] = frozenset(
                on
                for role in key
                for item in self.reach(role)
                for _, on in index.held.get(item, ())
            )
        return found


_all: "WeakKeyDictionary[Catalogue, Privileges]" = WeakKeyDictionary()


def privileges_of(catalogue: Catalogue) -> Privileges:
    """Return the privileges of a catalogue: one for all sessions, so that their index is made once."""
    found = _all.get(catalogue)
    if found is None:
        found = _all[catalogue] = Privileges(catalogue)
    return found


def owner_name(catalogue: Catalogue, role: Object) -> str:
    """Return how a role is written as an owner: a database role with its database."""
    return ".".join(catalogue.path(role)) if role.kind == "DATABASE ROLE" else role.name
