"""Changes of owners, as a plan has them: GRANT OWNERSHIP … COPY CURRENT GRANTS.

https://docs.snowflake.com/en/sql-reference/sql/grant-ownership
"""

from collections.abc import Iterable, Sequence
from typing import Final

from .names import Sql
from .resource import Change, Resource

ACTION: Final = "set_owner"


def owner_change(wanted: Resource, there: str) -> Change:
    """The change that gives an object to its declared owner; `there` owns it now, if known."""
    reason = f"owner {there} -> {wanted.owner}" if there else f"belongs to {wanted.owner}"
    kind = Sql(wanted.key.kind.upper().replace("_", " "))
    return Change(ACTION, reason, {"object_kind": kind, "role": Sql(wanted.owner)})


def gives_away(wanted: Resource, there: Resource) -> list[Change]:
    """The change of owner that an object needs, or none; an owner that is not known counts as
    right."""
    if not wanted.owner or there.owner in ("", wanted.owner):
        return []
    return [owner_change(wanted, there.owner)]


def towards_owner(
    wanted: Resource, given: Sequence[Change], changes: Iterable[Change]
) -> list[Change]:
    """Changes with that of the owner: in front of them, and after CREATE OR REPLACE, since what
    that makes belongs to who runs it."""
    found: list[Change] = []
    for change in changes:
        found.append(change)
        if change.action == "replace" and wanted.owner:
            found.append(owner_change(wanted, ""))
            given = ()
    return [*given, *found]
