"""Whether the session can do what a plan needs, before its first statement."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hushflake.schema.kinds.grant import GrantKind
from hushflake.schema.kinds.grant_spec import Grant
from hushflake.schema.kinds.reading import Answer, Query
from hushflake.schema.names import Identifier
from hushflake.schema.values import Key

from .errors import RefusedError, StatementError
from .needs import Need, Privilege
from .session import Session

# More roles than these are not followed: what they hold stays unknown.
MAX_ROLES: Final = 300
_SHOWN: Final = 12
# What the roles that every account has hold by definition:
# https://docs.snowflake.com/en/user-guide/security-access-control-overview (System-defined roles)
_BUILT_IN: Final = {
    "SECURITYADMIN": ("MANAGE GRANTS", "CREATE ROLE", "CREATE USER"),
    "USERADMIN": ("CREATE ROLE", "CREATE USER"),
    "SYSADMIN": ("CREATE DATABASE", "CREATE WAREHOUSE"),
}


@dataclass
class Held:
    """What the session's roles hold.

    Attributes:
        role: The primary role.
        roles: All roles that count, by inheritance too.
        privileges: On objects and on the account.
        complete: False when some of it could not be read.
    """

    role: str
    roles: set[str] = field(default_factory=set)
    privileges: set[Privilege] = field(default_factory=set)
    complete: bool = True

    def has(self, privilege: Privilege) -> bool:
        """Whether the session holds a privilege."""
        if privilege.name == "role":
            return privilege.on in self.roles
        if not privilege.kind and "ACCOUNTADMIN" in self.roles:
            return True
        # What the role holds that shall have it, its members have by inheritance.
        return replace(privilege, holder="") in self.privileges

    def missing(self, needs: Iterable[Need]) -> list[Need]:
        """The needs that are not met; none where what is held could not be read."""
        if not self.complete:
            return []
        return [need for need in needs if not any(map(self.has, need.any_of))]


def read_held(session: Session) -> Held:
    """Read what the session's roles hold: `SHOW GRANTS TO ROLE`, role by role."""
    row = session.query(
        "SELECT CURRENT_ROLE() AS ROLE, CURRENT_SECONDARY_ROLES() AS SECONDARY, "
        "CURRENT_AVAILABLE_ROLES() AS AVAILABLE"
    )[0]
    held = Held(str(row["ROLE"]))
    waiting = [held.role, "PUBLIC", *_secondary(row["SECONDARY"], row["AVAILABLE"])]
    while waiting:
        name = waiting.pop()
        if name in held.roles:
            continue
        if len(held.roles) >= MAX_ROLES:
            held.complete = False
            break
        held.roles.add(name)
        held.privileges.update(map(Privilege, _BUILT_IN.get(name, ())))
        try:
            rows = session.query(f"SHOW GRANTS TO ROLE {Identifier(name)}")
        except StatementError:
            held.complete = False
            continue
        waiting += [
            str(row["name"])
            for row in rows
            if str(row["granted_on"]).upper() == "ROLE" and row["privilege"] == "USAGE"
        ]
        held.privileges.update(_privileges(name, rows))
    return held


def _secondary(shown: object, available: object) -> Iterator[str]:
    """The names in `{"roles": "R1,R2", "value": "ALL"}`; of ALL, every role of the user."""
    try:
        found = json.loads(str(shown))
        if found.get("value") == "ALL":
            yield from map(str, json.loads(str(available)))
        else:
            yield from filter(None, str(found.get("roles") or "").split(","))
    except (ValueError, AttributeError, TypeError):
        return


def _privileges(role: str, rows: Iterable[dict[str, object]]) -> Iterator[Privilege]:
    listed = list(rows)
    query = Query(f"SHOW GRANTS TO ROLE {Identifier(role)}", Key("role", role))
    # Names are spelled by the kind that reads them for a plan; ownership is no grant to it.
    as_usage = [
        {**row, "privilege": "USAGE"} if row["privilege"] == "OWNERSHIP" else row for row in listed
    ]
    for row, shown in zip(listed, as_usage, strict=True):
        for resource in GrantKind().read([Answer(query, (shown,))]):
            spec = resource.spec
            if isinstance(spec, Grant):
                yield Privilege(str(row["privilege"]).upper(), spec.on_kind, spec.on)


def refuse_missing(held: Held, needs: Iterable[Need]) -> None:
    """Make sure that the session can do what a plan needs.

    Raises:
        RefusedError: It lists what is missing, and what an administrator would run.
    """
    missing = held.missing(needs)
    if not missing:
        return
    lines = [f"  {need}: {_some(need.operations)}" for need in missing[:_SHOWN]]
    if len(missing) > _SHOWN:
        lines.append(f"  … and {len(missing) - _SHOWN} more; `hushflake doctor` lists them all")
    grants = [f"  {need.any_of[0].grant(str(Identifier(held.role)))}" for need in missing[:_SHOWN]]
    advice = (
        "or deploy with another role (`role` of the connection). --skip-preflight tries all the "
        "same"
    )
    raise RefusedError(
        "\n".join(
            [
                f"the role {held.role} lacks what this plan needs; nothing was done:",
                *lines,
                "an administrator can run:",
                *grants,
                advice,
            ]
        )
    )


def check(session: Session, needs: Sequence[Need]) -> None:
    """Refuse a plan that the session cannot carry out; see `refuse_missing`.

    An account administrator who needs nothing but the account is not asked for its roles.
    """
    if not needs:
        return
    role = str(session.query("SELECT CURRENT_ROLE() AS ROLE")[0]["ROLE"])
    if Held(role, {role}).missing(needs):
        refuse_missing(read_held(session), needs)


def _some(operations: tuple[str, ...]) -> str:
    more = f" and {len(operations) - 1} more" if len(operations) > 1 else ""
    return f"{operations[0]}{more}"
