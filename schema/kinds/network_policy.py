"""Network policies: https://docs.snowflake.com/en/sql-reference/sql/create-network-policy"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..names import QualifiedName
from ..stack import Stack
from ..values import Row
from .annotations import Ref
from .base import Mistake, Spec
from .properties import COMMENT, Property, words
from .property_kind import PropertyKind, listed, names_listed, told_by

Rules = tuple[Annotated[QualifiedName, Ref("network_rule")], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy(Spec):
    """Who may sign in from where. It counts once a user or the account has it."""

    allowed_rules: Rules = field(default=(), metadata={"readable": False})
    blocked_rules: Rules = field(default=(), metadata={"readable": False})
    allowed_addresses: tuple[str, ...] = field(default=(), metadata={"readable": False})
    blocked_addresses: tuple[str, ...] = field(default=(), metadata={"readable": False})


class NetworkPolicyKind(PropertyKind[NetworkPolicy]):
    name = "network_policy"
    level = "account"
    spec_type = NetworkPolicy
    order = 34
    held_by_use = True
    show = "NETWORK POLICIES"
    pages = False
    described = True
    properties = (
        Property("allowed_rules", "ALLOWED_NETWORK_RULE_LIST", "literal"),
        Property("blocked_rules", "BLOCKED_NETWORK_RULE_LIST", "literal"),
        Property("allowed_addresses", "ALLOWED_IP_LIST", "literal"),
        Property("blocked_addresses", "BLOCKED_IP_LIST", "literal"),
        COMMENT,
    )

    def normalise(self, spec: NetworkPolicy) -> NetworkPolicy:
        return NetworkPolicy(
            comment=spec.comment,
            allowed_rules=tuple(sorted(spec.allowed_rules)),
            blocked_rules=tuple(sorted(spec.blocked_rules)),
            allowed_addresses=tuple(sorted(spec.allowed_addresses)),
            blocked_addresses=tuple(sorted(spec.blocked_addresses)),
        )

    def check(self, name: str, spec: NetworkPolicy, stack: Stack) -> Iterator[Mistake]:
        if not (spec.allowed_rules or spec.allowed_addresses):
            yield Mistake("allowed_rules", "nobody could sign in", "add allowed_rules: [RULE]")

    def read_row(self, row: Row) -> NetworkPolicy:
        return NetworkPolicy(comment=words(row.get("comment")))

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        told = told_by(rows)
        return {
            "allowed_rules": tuple(sorted(names_listed(told.get("ALLOWED_NETWORK_RULE_LIST")))),
            "blocked_rules": tuple(sorted(names_listed(told.get("BLOCKED_NETWORK_RULE_LIST")))),
            "allowed_addresses": tuple(sorted(listed(told.get("ALLOWED_IP_LIST")))),
            "blocked_addresses": tuple(sorted(listed(told.get("BLOCKED_IP_LIST")))),
        }
