"""Which privileges there are on what. Not a kind: what `grant.py` checks.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from typing import Final

from ..suggest import did_you_mean

_TABLE: Final = (
    "APPLYBUDGET", "DELETE", "EVOLVE SCHEMA", "INSERT", "REBUILD", "REFERENCES", "SELECT",
    "TRUNCATE", "UPDATE",
)  # fmt: skip
# Kind -> its privileges. `CREATE …` is taken for any kind of object where one may be created.
_BY_KIND: Final[dict[str, tuple[str, ...]]] = {
    "database": (
        "APPLYBUDGET", "EXECUTE AUTO CLASSIFICATION", "IMPORTED PRIVILEGES", "MANAGE GRANTS",
        "MODIFY", "MONITOR", "USAGE", "CREATE …",
    ),
    "schema": (
        "ADD SEARCH OPTIMIZATION", "APPLYBUDGET", "EXECUTE AUTO CLASSIFICATION", "MANAGE GRANTS",
        "MODIFY", "MONITOR", "USAGE", "CREATE …",
    ),
    "table": _TABLE,
    "view": ("REFERENCES", "SELECT", "DELETE", "INSERT", "TRUNCATE", "UPDATE", "REBUILD"),
    "dynamic_table": ("MONITOR", "OPERATE", "SELECT"),
    "stream": ("SELECT",),
    "task": ("APPLYBUDGET", "MONITOR", "OPERATE"),
    "warehouse": ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"),
    "resource_monitor": ("MODIFY", "MONITOR"),
    "stage": ("READ", "USAGE", "WRITE"),
    "file_format": ("USAGE",),
    "sequence": ("USAGE",),
    "function": ("USAGE",),
    "procedure": ("USAGE",),
    "tag": ("APPLY", "READ"),
    "masking_policy": ("APPLY",),
    "row_access_policy": ("APPLY",),
    "cortex_search_service": ("MONITOR", "OPERATE", "USAGE"),
    "semantic_view": ("MONITOR", "REFERENCES", "SELECT"),
    "mcp_server": ("MODIFY", "USAGE"),
    "alert": ("MONITOR", "OPERATE"),
}  # fmt: skip


def every_privilege(kind: str) -> tuple[str, ...]:
    """What ALL stands for on a kind; nothing where it holds the right to create objects, of
    which there are new ones every month."""
    known = _BY_KIND.get(kind, ())
    return () if "CREATE …" in known else known


def misfit(privilege: str, kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a privilege on a kind, and the remedy; None when it fits.

    Privileges of the account are not checked: Snowflake adds new ones every month.
    """
    known = _BY_KIND.get(kind)
    if known is None or privilege in known:
        return None
    if privilege.startswith("CREATE ") and "CREATE …" in known:
        return None
    words = kind.replace("_", " ")
    near = did_you_mean(privilege, known)
    return (
        f"{privilege} is no privilege on a {words}",
        near or f"its privileges: {', '.join(known)}",
    )
