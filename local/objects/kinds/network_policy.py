"""NETWORK POLICY: kept and shown; everybody signs in from this machine."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import SqlError
from ...language.names import Name
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Mode
from .network_rule import require_address
from .property_objects import PropertyObject, columns, full_names, texts, users_of

_RULES = ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST")
_ADDRESSES = ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST")


class NetworkPolicy(PropertyObject):
    """Network policies."""

    name = "NETWORK POLICY"
    plural = "NETWORK POLICIES"
    level = "account"
    or_alter = True
    properties = dict.fromkeys((*_RULES, *_ADDRESSES), texts)
    described_as = ("name", "value")
    show_columns = columns(
        "created_on name comment entries_in_allowed_ip_list entries_in_blocked_ip_list "
        "entries_in_allowed_network_rules entries_in_blocked_network_rules"
    )

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        body = super().read_body(call, mode)
        _complete(call.session, body["properties"])
        return body

    def alter_set(self, call: Call, item: Object) -> None:
        super().alter_set(call, item)
        # What was set must be there; the statement is undone otherwise.
        now = call.session.engine.catalogue.get(item.id) or item
        held = dict(now.body.get("properties", {}))
        _complete(call.session, held)
        with call.session.transaction.ddl() as change:
            change.put(now.with_body(properties=held))

    def store(self, session: Session, name: Name, mode: Mode, body: dict[str, Any]) -> Any:
        before = session.engine.catalogue.find(self.name, 0, name.last)
        if before is not None and mode.replace:
            _refuse_use(session, before)
        return super().store(session, name, mode, body)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        _refuse_use(session, item)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = super().show_row(session, item)
        held = item.body.get("properties", {})
        counts = {name: str(len(held.get(name, ()))) for name in (*_RULES, *_ADDRESSES)}
        return {
            **row,
            "entries_in_allowed_ip_list": counts["ALLOWED_IP_LIST"],
            "entries_in_blocked_ip_list": counts["BLOCKED_IP_LIST"],
            "entries_in_allowed_network_rules": counts["ALLOWED_NETWORK_RULE_LIST"],
            "entries_in_blocked_network_rules": counts["BLOCKED_NETWORK_RULE_LIST"],
        }


def _complete(session: Session, properties: dict[str, Any]) -> None:
    """Put the full names of the rules, all of which must be there; refuse what is no address."""
    for name in _RULES:
        if name in properties:
            properties[name] = full_names(session, "NETWORK RULE", properties[name])
    for name in _ADDRESSES:
        for value in properties.get(name, ()):
            require_address(value, 4)


def _refuse_use(session: Session, item: Object) -> None:
    """https://docs.snowflake.com/en/sql-reference/sql/drop-network-policy"""
    users = users_of(session, ("USER", "ACCOUNT PARAMETER"), item.name)
    if users:
        raise SqlError(
            f"Cannot drop or replace network policy {item.name}: it is assigned to "
            f"{users[0].kind.lower()} {users[0].name}.",
            392303,
            "23001",
        )


KIND = NetworkPolicy()
