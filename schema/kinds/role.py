"""Account roles: https://docs.snowflake.com/en/sql-reference/sql/create-role"""

from dataclasses import dataclass, field
from typing import Literal

from ..values import Row
from .base import Spec
from .common import Shown
from .properties import words

BUILT_IN = frozenset(
    (
        "ACCOUNTADMIN",
        "ORGADMIN",
        "GLOBALORGADMIN",
        "SECURITYADMIN",
        "SYSADMIN",
        "USERADMIN",
        "PUBLIC",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Spec):
    """`grants: authoritative`: what the role holds beyond the declared grants is revoked."""

    grants: Literal["authoritative", "additive"] = field(default="authoritative", compare=False)


class RoleKind(Shown[Role]):
    name = "role"
    has_owner = False
    level = "account"
    spec_type = Role
    order = 10
    show = "ROLES"

    def read_row(self, row: Row) -> Role | None:
        return None if row["name"] in BUILT_IN else Role(comment=words(row.get("comment")))
