"""Whether a privilege fits what it is on. Not a kind: what `grant.py` checks.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from difflib import get_close_matches
from typing import Final

from ..suggest import did_you_mean
from .grantable import PLURALS, PRIVILEGES

# Words of the privileges of an account, and of what can be created: how like a word of them one
# must be to be meant.
_WORDS: Final = frozenset(
    ("ACCOUNT", "AGGREGATION", "APPLICATION", "APPLY", "ATTACH", "AUDIT", "AUTHENTICATION", "AUTO",
     "BIND", "CANCEL", "CASES", "CLASSIFICATION", "CREATE", "DATA", "ENDPOINT", "EVENT", "EXCHANGE",
     "EXECUTE", "EXECUTION", "EXTERNAL", "FAILOVER", "FUNCTIONS", "GRANTS", "GROUP", "IMPORT",
     "INTEGRATION", "JOIN", "LEVEL", "LIFECYCLE", "LISTING", "LOG", "MANAGE", "MANAGED", "METRIC",
     "MODIFY", "MONITOR", "NETWORK", "ORGANIZATION", "OVERRIDE", "PACKAGES", "PASSWORD",
     "PROJECTION", "PURCHASE", "QUERY", "REPLICATION", "RESOLVE", "RESTRICTIONS", "ROLE",
     "SECURITY", "SERVICE", "SESSION", "SHARE", "STORAGE", "SUPPORT", "TEMPORARY", "TRACE", "USAGE",
     "USER", "VOLUME", "WAREHOUSES")
)  # fmt: skip
_ALIKE: Final = 0.8
_LONG: Final = 5  # shorter words are like too many


def every_privilege(kind: str) -> tuple[str, ...]:
    """What ALL stands for on a kind; nothing where it holds the right to create objects, of
    which there are new ones every month."""
    known = PRIVILEGES.get(kind, ())
    return () if "CREATE …" in known else known


def misfit(privilege: str, kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a privilege on a kind, and the remedy; None when it fits.

    Of those of the account (kind ""), and of what may be created, Snowflake adds new ones every
    month: there only misspelt words are found, and what objects alone have.
    """
    known = PRIVILEGES.get(kind, ())
    if not kind or (privilege.startswith("CREATE ") and "CREATE …" in known):
        return _misspelt(privilege) or (None if kind else _of_objects(privilege))
    if not known or privilege in known:
        return None
    words = kind.replace("_", " ")
    near = did_you_mean(privilege, known)
    return (
        f"{privilege} is no privilege on a {words}",
        near or f"its privileges: {', '.join(known)}",
    )


def _misspelt(privilege: str) -> tuple[str, str] | None:
    """A word that is nearly one of those that privileges are made of."""
    kinds = {word for name in (*PRIVILEGES, *PLURALS) for word in name.upper().split("_")}
    known = (
        _WORDS
        | kinds
        | {word for every in PRIVILEGES.values() for p in every for word in p.split()}
    )
    for word in privilege.split():
        is_long = len(word) >= _LONG and word not in known
        near = get_close_matches(word, known, 1, _ALIKE) if is_long else []
        if near:
            meant = privilege.replace(word, near[0])
            return f"{privilege} is no privilege", f"did you mean {meant}?"
    return None


def _of_objects(privilege: str) -> tuple[str, str] | None:
    """What is a privilege on objects, and none on the account."""
    if privilege not in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "USAGE"):
        return None
    return f"{privilege} is no privilege on the account", "write the object: on: {table: S.T}"
