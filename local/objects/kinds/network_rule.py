"""NETWORK RULE: kept and shown; nothing here is reached over a network."""

from ipaddress import ip_network
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation
from ...language.results import SHOW, Column, Result
from ...sessions.session import Session
from .property_objects import PropertyObject, columns, texts, written
from .readers import one_of

_TYPES = (
    "IPV4", "IPV6", "AWSVPCEID", "AZURELINKID", "GCPPSCID", "HOST_PORT", "PRIVATE_HOST_PORT",
    "COMPUTE_POOL",
)  # fmt: skip
_MODES = ("INGRESS", "INTERNAL_STAGE", "SNOWFLAKE_MANAGED_STORAGE_VOLUME", "EGRESS")


class NetworkRule(PropertyObject):
    """Network rules."""

    name = "NETWORK RULE"
    plural = "NETWORK RULES"
    or_alter = True
    properties = {
        "TYPE": one_of(*_TYPES),
        "MODE": one_of(*_MODES),
        "VALUE_LIST": texts,
    }
    required = ("TYPE", "VALUE_LIST")
    fixed = frozenset({"TYPE", "MODE"})
    show_columns = columns(
        "created_on name database_name schema_name owner comment type mode entries_in_valuelist "
        "owner_role_type"
    )

    def checked(self, properties: dict[str, Any]) -> dict[str, Any]:
        found = {"MODE": "INGRESS", **properties}
        kind, mode = found.get("TYPE"), found["MODE"]
        reaches_out = kind in {"HOST_PORT", "PRIVATE_HOST_PORT"}
        managed = mode in {"INTERNAL_STAGE", "SNOWFLAKE_MANAGED_STORAGE_VOLUME"}
        if kind and (reaches_out != (mode == "EGRESS") or (managed and kind != "AWSVPCEID")):
            raise compilation(f"Network rule type {kind} does not support mode {mode}", 392301)
        if kind in {"IPV4", "IPV6"}:
            for value in found.get("VALUE_LIST", ()):
                require_address(value, 4 if kind == "IPV4" else 6)
        return found

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = super().show_row(session, item)
        held = item.body.get("properties", {})
        return {**row, "entries_in_valuelist": str(len(held.get("VALUE_LIST", ())))}

    def describe(self, session: Session, item: Object, what: str) -> Result:
        row = self.show_row(session, item)
        row["value_list"] = written(item.body.get("properties", {}).get("VALUE_LIST", []))
        named = "created_on name database_name schema_name owner comment type mode value_list"
        shown = [Column(name, kind) for name, kind in columns(named)]
        return Result(shown, [[row.get(column.name) for column in shown]], SHOW)


def require_address(value: str, version: int) -> None:
    try:
        fits = ip_network(value, strict=False).version == version
    except ValueError:
        fits = False
    if not fits:
        raise compilation(f"invalid value '{value}' for an IPV{version} network rule", 1008)


KIND = NetworkRule()
