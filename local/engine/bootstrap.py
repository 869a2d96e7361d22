"""What every account holds from its first day."""

from typing import Any

from .catalogue import ACCOUNT_ID, Change, Object

SYSTEM_ROLES = {
    "ACCOUNTADMIN": "Account administrator can manage all aspects of the account.",
    "SECURITYADMIN": "Security administrator can manage security aspects of the account.",
    "USERADMIN": "User administrator can create and manage users and roles.",
    "SYSADMIN": "System administrator can create and manage databases and warehouses.",
    "PUBLIC": "Public role is automatically available to every user in the account.",
}
# Child role -> the role that inherits it.
_HIERARCHY = {
    "SECURITYADMIN": "ACCOUNTADMIN",
    "SYSADMIN": "ACCOUNTADMIN",
    "USERADMIN": "SECURITYADMIN",
}
_ACCOUNT_PRIVILEGES = {
    "ACCOUNTADMIN": (
        "EXECUTE TASK",
        "EXECUTE MANAGED TASK",
        "EXECUTE ALERT",
        "MANAGE GRANTS",
        "APPLY MASKING POLICY",
        "APPLY ROW ACCESS POLICY",
        "APPLY TAG",
        "CREATE DATABASE",
        "CREATE WAREHOUSE",
        "CREATE ROLE",
        "CREATE USER",
        "MONITOR USAGE",
        "MONITOR EXECUTION",
        "IMPORT SHARE",
        "CREATE INTEGRATION",
    ),
    "SECURITYADMIN": ("MANAGE GRANTS", "CREATE NETWORK POLICY"),
    "USERADMIN": ("CREATE ROLE", "CREATE USER"),
    "SYSADMIN": ("CREATE DATABASE", "CREATE WAREHOUSE"),
}
CORTEX_ROLES = ("CORTEX_USER", "CORTEX_EMBED_USER")
USER = "LOCAL_USER"
WAREHOUSE = "COMPUTE_WH"


def fill(change: Change) -> None:
    """Add the system roles, the user, a warehouse and the database SNOWFLAKE where missing."""
    if change.find("ROLE", ACCOUNT_ID, "ACCOUNTADMIN") is not None:
        _fill_up(change)
        return
    roles = {
        name: change.add("ROLE", ACCOUNT_ID, name, {"owner": "", "comment": comment})
        for name, comment in SYSTEM_ROLES.items()
    }
    user = change.add(
        "USER", ACCOUNT_ID, USER, {"default_role": "ACCOUNTADMIN", "default_warehouse": WAREHOUSE}
    )
    for child, parent in _HIERARCHY.items():
        _grant(change, roles[child], "USAGE", roles[parent])
    for name in SYSTEM_ROLES:
        _grant(change, roles[name], "USAGE", user)
    for name, privileges in _ACCOUNT_PRIVILEGES.items():
        for privilege in privileges:
            _grant(change, None, privilege, roles[name])
    change.add("WAREHOUSE", ACCOUNT_ID, WAREHOUSE, {"owner": "ACCOUNTADMIN", "properties": {}})
    snowflake = change.add("DATABASE", ACCOUNT_ID, "SNOWFLAKE", {"owner": "", "system": True})
    change.add("SCHEMA", snowflake.id, "CORTEX", {"owner": "", "system": True})
    for name in CORTEX_ROLES:
        role = change.add("DATABASE ROLE", snowflake.id, name, {"owner": "", "system": True})
        # As in a real account, where PUBLIC may use Cortex until somebody takes that away.
        _grant(change, role, "USAGE", roles["PUBLIC"])


def _fill_up(change: Change) -> None:
    """Add what stacks that an earlier version made do not have."""
    for name, privilege in (("SECURITYADMIN", "CREATE NETWORK POLICY"),):
        role = change.find("ROLE", ACCOUNT_ID, name)
        held = role and change.find("GRANT", ACCOUNT_ID, f"{privilege}|{role.id}")
        if role is not None and held is None:
            _grant(change, None, privilege, role)


def _grant(change: Change, on: Object | None, privilege: str, to: Object) -> None:
    body: dict[str, Any] = {
        "privilege": privilege,
        "grantee": to.id,
        "option": False,
        "grantor": "",
    }
    parent = on.id if on is not None else ACCOUNT_ID
    change.add("GRANT", parent, f"{privilege}|{to.id}", body)
