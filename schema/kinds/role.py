"""Account roles: https://docs.snowflake.com/en/sql-reference/sql/create-role"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..names import QualifiedName
from .base import Answer, Change, Key, Kind, Payload, Query, Resource, Scope, Spec
from .properties import COMMENT, alteration, options, words

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
PROPERTIES = (COMMENT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Spec):
    """`grants: authoritative`: what the role holds beyond the declared grants is revoked."""

    grants: Literal["authoritative", "additive"] = field(default="authoritative", compare=False)


class RoleKind(Kind[Role]):
    name = "role"
    level = "account"
    spec_type = Role
    order = 10

    def queries(self, scope: Scope) -> Iterable[Query]:
        yield Query("SHOW ROLES", pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if row["name"] not in BUILT_IN:
                    key = Key("role", QualifiedName.of(row["name"]).sql)
                    yield Resource(key, Role(comment=words(row.get("comment"))))

    def create(self, name: str, spec: Role) -> Payload:
        return {"options": options(spec, PROPERTIES)}

    def difference(self, name: str, desired: Role, actual: Role) -> Iterator[Change]:
        yield from alteration(desired, actual, PROPERTIES)
