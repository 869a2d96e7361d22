"""Which privileges exist on which kind. Source: Snowflake's page "Access control privileges"."""

from ..language.errors import SqlError

_SCHEMA_CREATES = (
    "TABLE",
    "VIEW",
    "DYNAMIC TABLE",
    "MATERIALIZED VIEW",
    "EXTERNAL TABLE",
    "STREAM",
    "TASK",
    "STAGE",
    "FILE FORMAT",
    "SEQUENCE",
    "FUNCTION",
    "PROCEDURE",
    "PIPE",
    "TAG",
    "MASKING POLICY",
    "ROW ACCESS POLICY",
    "ALERT",
    "SECRET",
    "NETWORK RULE",
    "GIT REPOSITORY",
    "CORTEX SEARCH SERVICE",
    "SEMANTIC VIEW",
    "MCP SERVER",
    "TEMPORARY TABLE",
    "NOTEBOOK",
    "STREAMLIT",
    "AGENT",
)
_PRIVILEGES: dict[str, tuple[str, ...]] = {
    "DATABASE": (
        "APPLYBUDGET",
        "CREATE DATABASE ROLE",
        "CREATE SCHEMA",
        "IMPORTED PRIVILEGES",
        "MODIFY",
        "MONITOR",
        "USAGE",
    ),
    "SCHEMA": (
        "APPLYBUDGET",
        "ADD SEARCH OPTIMIZATION",
        "MODIFY",
        "MONITOR",
        "USAGE",
        *(f"CREATE {kind}" for kind in _SCHEMA_CREATES),
    ),
    "TABLE": (
        "APPLYBUDGET",
        "DELETE",
        "EVOLVE SCHEMA",
        "INSERT",
        "REBUILD",
        "REFERENCES",
        "SELECT",
        "TRUNCATE",
        "UPDATE",
    ),
    "VIEW": ("REFERENCES", "SELECT", "DELETE", "INSERT", "TRUNCATE", "UPDATE", "REBUILD"),
    "DYNAMIC TABLE": ("MONITOR", "OPERATE", "SELECT"),
    "STREAM": ("SELECT",),
    "TASK": ("APPLYBUDGET", "MONITOR", "OPERATE"),
    "WAREHOUSE": ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"),
    "RESOURCE MONITOR": ("MODIFY", "MONITOR"),
    "STAGE": ("READ", "USAGE", "WRITE"),
    "FILE FORMAT": ("USAGE",),
    "SEQUENCE": ("USAGE",),
    "FUNCTION": ("USAGE",),
    "PROCEDURE": ("USAGE",),
    "TAG": ("APPLY", "READ"),
    "MASKING POLICY": ("APPLY",),
    "ROW ACCESS POLICY": ("APPLY",),
    "CORTEX SEARCH SERVICE": ("MONITOR", "OPERATE", "USAGE"),
    "SEMANTIC VIEW": ("MONITOR", "REFERENCES", "SELECT"),
    "MCP SERVER": ("MODIFY", "USAGE"),
    "ALERT": ("MONITOR", "OPERATE"),
    "INTEGRATION": ("USAGE",),
    "NETWORK RULE": ("USAGE",),
    "SECRET": ("READ", "USAGE"),
    "GIT REPOSITORY": ("READ", "WRITE"),
    "PIPE": ("APPLYBUDGET", "MONITOR", "OPERATE"),
    "ACCOUNT": (
        "APPLY AGGREGATION POLICY",
        "APPLY AUTHENTICATION POLICY",
        "APPLY MASKING POLICY",
        "APPLY PASSWORD POLICY",
        "APPLY ROW ACCESS POLICY",
        "APPLY SESSION POLICY",
        "APPLY TAG",
        "ATTACH POLICY",
        "AUDIT",
        "CREATE ACCOUNT",
        "CREATE DATABASE",
        "CREATE INTEGRATION",
        "CREATE NETWORK POLICY",
        "CREATE ROLE",
        "CREATE SHARE",
        "CREATE USER",
        "CREATE WAREHOUSE",
        "EXECUTE ALERT",
        "EXECUTE MANAGED ALERT",
        "EXECUTE MANAGED TASK",
        "EXECUTE TASK",
        "IMPORT SHARE",
        "MANAGE GRANTS",
        "MANAGE WAREHOUSES",
        "MONITOR",
        "MONITOR EXECUTION",
        "MONITOR SECURITY",
        "MONITOR USAGE",
        "RESOLVE ALL",
        "APPLYBUDGET",
        "EXECUTE DATA METRIC FUNCTION",
        "MANAGE ACCOUNT SUPPORT CASES",
    ),
}


def ALL_OF(kind: str) -> list[str]:  # noqa: N802 - reads as GRANT ALL does
    """Return what GRANT ALL means for a kind."""
    return list(_PRIVILEGES.get(kind, ()))


def check_privilege(name: str, kind: str) -> None:
    """Fail when a kind has no such privilege (003008)."""
    if kind not in _PRIVILEGES:
        raise SqlError(
            f"SQL compilation error:\nNo privileges can be granted on a {kind}.", 3008, "42501"
        )
    if name not in _PRIVILEGES[kind]:
        raise SqlError(
            f"SQL compilation error:\ninvalid privilege '{name}' on {kind}: its privileges are "
            f"{', '.join(_PRIVILEGES[kind])}.",
            3008,
            "0A000",
        )
