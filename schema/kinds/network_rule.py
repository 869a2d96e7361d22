"""Network rules: https://docs.snowflake.com/en/sql-reference/sql/create-network-rule"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..stack import Stack
from ..values import Row
from .base import Mistake, Spec
from .properties import COMMENT, Property, words
from .property_kind import PropertyKind, listed

_EGRESS: Final = ("HOST_PORT", "PRIVATE_HOST_PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule(Spec):
    """Network identifiers of one type: addresses of who comes in, or hosts that are reached."""

    type: Literal[
        "IPV4", "IPV6", "AWSVPCEID", "AZURELINKID", "GCPPSCID", "HOST_PORT", "PRIVATE_HOST_PORT",
        "COMPUTE_POOL",
    ]  # fmt: skip
    mode: Literal["INGRESS", "INTERNAL_STAGE", "SNOWFLAKE_MANAGED_STORAGE_VOLUME", "EGRESS"] = (
        "INGRESS"
    )
    values: tuple[str, ...] = field(metadata={"readable": False})


class NetworkRuleKind(PropertyKind[NetworkRule]):
    name = "network_rule"
    plural = "network_rules"
    privileges = ("USAGE",)
    level = "schema"
    spec_type = NetworkRule
    order = 27
    held_by_use = True
    show = "NETWORK RULES"
    if_not_exists = False
    described = True
    fixed = ("type", "mode")
    properties = (
        Property("type", "TYPE"),
        Property("values", "VALUE_LIST", "literal"),
        Property("mode", "MODE", always=True),
        COMMENT,
    )

    def normalise(self, spec: NetworkRule) -> NetworkRule:
        values = tuple(sorted(set(spec.values)))
        return NetworkRule(comment=spec.comment, type=spec.type, mode=spec.mode, values=values)

    def check(self, name: str, spec: NetworkRule, stack: Stack) -> Iterator[Mistake]:
        if not spec.values:
            yield Mistake("values", "a rule without values", "add values: ['192.0.2.0/24']")
        if (spec.type in _EGRESS) != (spec.mode == "EGRESS"):
            wanted = "EGRESS" if spec.type in _EGRESS else "INGRESS"
            yield Mistake("mode", f"{spec.type} does not go with {spec.mode}", f"write {wanted}")
        if spec.mode.startswith(("INTERNAL", "SNOWFLAKE")) and spec.type != "AWSVPCEID":
            yield Mistake("mode", f"{spec.mode} needs the type AWSVPCEID", "write type: AWSVPCEID")

    def read_row(self, row: Row) -> NetworkRule:
        kind, mode = words(row.get("type")).upper(), words(row.get("mode")).upper()
        return NetworkRule(comment=words(row.get("comment")), type=kind, mode=mode,  # type: ignore[arg-type]
                           values=())  # fmt: skip

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        return {"values": tuple(sorted(listed(rows[0].get("value_list")))) if rows else ()}
