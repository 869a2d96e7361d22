"""Who asks in a session: a user, and the roles whose privileges count."""

import contextlib
from collections.abc import Iterator

from ..access.gate import Asker, Gate
from ..access.privileges import owner_name, privileges_of
from ..engine.catalogue import Catalogue, Object


class Identity:
    """A user with the roles that are in use.

    Attributes:
        user: Who signed in.
        role: The primary role.
        secondary: Whether the user's other roles count too.
        behalf: The procedure with whose owner's rights the session runs, for as long as it does.
        gate: Answers what roles may do.
        privileges: What roles hold.
    """

    def __init__(self, catalogue: Catalogue, user: Object, role: Object) -> None:
        self._catalogue = catalogue
        self.user = user
        self.role = role
        self.secondary = False
        self.behalf: Object | None = None
        self.gate = Gate(catalogue)
        self.privileges = privileges_of(catalogue)
        # Set while every object can be named, by what the role may do on the whole account.
        self._oversees = False

    @property
    def roles(self) -> list[int]:
        """Ids of the roles whose privileges count."""
        found = [self.role.id]
        if self.secondary:
            found += [
                grant.parent
                for grant in self._catalogue.of_kind("GRANT")
                if grant.body.get("grantee") == self.user.id and grant.parent
            ]
        return found

    @property
    def asker(self) -> Asker:
        """Who asks, as the gate takes it."""
        return Asker(tuple(self.roles), oversees=self._oversees)

    @property
    def owner(self) -> str:
        """The name of the role that owns what is created."""
        return owner_name(self._catalogue, self.role)

    @contextlib.contextmanager
    def overseeing(self, *privileges: str) -> Iterator[None]:
        """Let a role that holds one of these privileges on the account name every object.

        MANAGE GRANTS lets a role grant privileges on all of them, APPLY MASKING POLICY set policies.
        https://docs.snowflake.com/en/user-guide/security-access-control-privileges
        """
        self._oversees = any(self.allows(privilege, None) for privilege in privileges)
        try:
            yield
        finally:
            self._oversees = False

    @contextlib.contextmanager
    def on_behalf(self, role: Object, item: Object) -> Iterator[None]:
        """Ask with the rights of the role that owns an object, and no others."""
        before = (self.role, self.secondary, self.behalf)
        self.role, self.secondary, self.behalf = role, False, item
        try:
            yield
        finally:
            self.role, self.secondary, self.behalf = before

    def allows(self, privilege: str, on: Object | None) -> bool:
        """Tell whether the roles hold `privilege` on an object, or on the account."""
        return self.gate.allows(self.asker, privilege, on)

    def require(self, privilege: str, on: Object | None, shown: str | None = None) -> None:
        """Fail unless the roles hold `privilege` on an object, or on the account.

        Raises:
            SqlError: 2003 when they hold nothing on it, 3001 when they hold something else.
        """
        name = shown or (self._catalogue.full_name(on) if on is not None else "")
        self.gate.require(self.asker, privilege, on, name)

    def require_ownership(self, on: Object) -> None:
        """Fail unless one of the roles owns an object."""
        self.require("OWNERSHIP", on)
