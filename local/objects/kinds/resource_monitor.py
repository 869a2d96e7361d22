"""RESOURCE MONITOR: a quota; nothing here costs credits."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError, not_allowed
from ...language.parser import Parser
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .readers import one_of, whole
from .showing import common_row, timestamp


def _moment(parser: Parser) -> str:
    return parser.string() if parser.here.kind == "string" else one_of("IMMEDIATELY")(parser)


def _users(parser: Parser) -> list[str]:
    return parser.names()


class ResourceMonitor(Kind):
    """Resource monitors."""

    name = "RESOURCE MONITOR"
    plural = "RESOURCE MONITORS"
    level = "account"
    properties = {
        "CREDIT_QUOTA": whole(1),
        "FREQUENCY": one_of("MONTHLY", "DAILY", "WEEKLY", "YEARLY", "NEVER"),
        "START_TIMESTAMP": _moment,
        "END_TIMESTAMP": Parser.string,
        "NOTIFY_USERS": _users,
    }
    show_columns = tuple(
        (name, TIMESTAMP_LTZ if name in {"created_on", "start_time", "end_time"} else TEXT)
        for name in (
            "name", "credit_quota", "used_credits", "remaining_credits", "level", "frequency", "start_time",
            "end_time", "notify_at", "suspend_at", "suspend_immediately_at", "created_on", "owner", "comment",
            "notify_users",
        )
    )  # fmt: skip

    def require_create(self, session: Session, parent: int, name: Any) -> None:
        if session.identity.role.name != "ACCOUNTADMIN":
            raise not_allowed("account", "LOCAL", "the role ACCOUNTADMIN")

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        call.parser.accept("WITH")
        return self._read(call.parser, {})

    def _read(self, parser: Parser, held: dict[str, Any]) -> dict[str, Any]:
        read = parser.properties(self.properties, "TRIGGERS")
        properties = {**held.get("properties", {}), **read}
        if "FREQUENCY" in read and "START_TIMESTAMP" not in read:
            raise SqlError(
                "SQL compilation error:\nFREQUENCY and START_TIMESTAMP must be set together.",
                90064,
                "22023",
            )
        triggers = held.get("triggers")
        if parser.accept("TRIGGERS"):
            triggers = []
            while parser.accept("ON"):
                percent = parser.number()
                parser.expect("PERCENT", "DO")
                action = one_of("SUSPEND", "SUSPEND_IMMEDIATE", "NOTIFY")(parser)
                triggers.append([percent, action])
        return {"properties": properties, "triggers": triggers}

    def alter_set(self, call: Call, item: Object) -> None:
        body = self._read(call.parser, item.body)
        call.parser.end()
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(**body))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        triggers = item.body.get("triggers") or []

        def at(action: str) -> str | None:
            return ",".join(f"{percent}%" for percent, what in triggers if what == action) or None

        quota = held.get("CREDIT_QUOTA")
        row.update(
            credit_quota=f"{quota}.00" if quota else None,
            used_credits="0.00",
            remaining_credits=f"{quota}.00" if quota else None,
            level=None,
            frequency=held.get("FREQUENCY", "MONTHLY"),
            start_time=timestamp(item.created),
            end_time=None,
            notify_at=at("NOTIFY"),
            suspend_at=at("SUSPEND"),
            suspend_immediately_at=at("SUSPEND_IMMEDIATE"),
            notify_users=", ".join(held.get("NOTIFY_USERS", [])),
        )
        return row


KIND = ResourceMonitor()
