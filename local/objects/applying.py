"""Who may put policies and tags on objects, and take them away.

https://docs.snowflake.com/en/user-guide/security-column-intro#masking-policy-ddl
https://docs.snowflake.com/en/user-guide/security-row-intro#summary-of-ddl-commands-operations-and-privileges
https://docs.snowflake.com/en/user-guide/object-tagging/work
"""

from ..engine.catalogue import Object
from ..language.errors import not_allowed
from ..sessions.identity import Identity
from ..sessions.session import Session


def require_apply(identity: Identity, applied: Object, on: Object | None) -> None:
    """Fail unless a policy or a tag may be put on an object.

    Either the role may apply such policies everywhere, or it holds APPLY on this one and owns the
    object; `on` is None for one that is about to be created.
    """
    if identity.allows(f"APPLY {applied.kind}", None):
        return
    identity.require("APPLY", applied)
    if on is not None:
        identity.require_ownership(on)


def require_unset(session: Session, key: int, on: Object) -> None:
    """Fail unless the policy with that id may be taken off an object.

    Raises:
        SqlError: 3001 of the object: the policy itself may be none that the role can see.
    """
    policy = session.engine.catalogue.get(key)
    if policy is None or session.identity.allows(f"APPLY {policy.kind}", None):
        return
    session.identity.require_ownership(on)
    if not (session.names.may_see(policy) and session.identity.allows("APPLY", policy)):
        raise not_allowed(on.kind, on.name, f"APPLY on its {policy.kind.lower()}")
