"""Whether a privilege fits what it is on. Not a kind: what `grant.py` checks.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from ..suggest import did_you_mean
from .grantable import PRIVILEGES


def every_privilege(kind: str) -> tuple[str, ...]:
    """What ALL stands for on a kind; nothing where it holds the right to create objects, of
    which there are new ones every month."""
    known = PRIVILEGES.get(kind, ())
    return () if "CREATE …" in known else known


def misfit(privilege: str, kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a privilege on a kind, and the remedy; None when it fits.

    Privileges of the account are not checked: Snowflake adds new ones every month.
    """
    known = PRIVILEGES.get(kind, ())
    if not known or privilege in known:
        return None
    if privilege.startswith("CREATE ") and "CREATE …" in known:
        return None
    words = kind.replace("_", " ")
    near = did_you_mean(privilege, known)
    return (
        f"{privilege} is no privilege on a {words}",
        near or f"its privileges: {', '.join(known)}",
    )
