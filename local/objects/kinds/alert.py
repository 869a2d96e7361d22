"""ALERT: kept and shown; conditions are checked by ALTER ALERT … only on a real account."""

from typing import Any

from ...engine.catalogue import Object
from ...language.parser import Parser
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .. import cron
from .base import Kind, Mode
from .readers import an_object
from .showing import common_row


def _schedule(parser: Parser) -> str:
    text = parser.string()
    cron.parse(text)
    return text


class Alert(Kind):
    """Alerts."""

    name = "ALERT"
    plural = "ALERTS"
    or_alter = True
    # https://docs.snowflake.com/en/sql-reference/sql/alter-alert
    altered_with = {"OPERATE": (("SUSPEND",), ("RESUME",))}
    properties = {"WAREHOUSE": an_object, "SCHEDULE": _schedule}
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *((name, TEXT) for name in ("name", "database_name", "schema_name", "owner", "comment", "warehouse", "schedule", "state", "condition", "action", "owner_role_type")),
    )  # fmt: skip

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        read = parser.properties({**self.properties, "COMMENT": Parser.string}, "IF")
        parser.expect("IF", "(", "EXISTS", "(")
        condition = parser.text_until(")")
        parser.expect(")", ")", "THEN")
        return {
            "comment": read.pop("COMMENT", None),
            "properties": read,
            "condition": condition,
            "action": parser.rest(),
        }

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        changes: dict[str, Any]
        if parser.accept("RESUME"):
            parser.end()
            call.session.identity.require("EXECUTE ALERT", None)
            changes = {"state": "started"}
        elif parser.accept("SUSPEND"):
            parser.end()
            changes = {"state": None}
        elif parser.accept("MODIFY", "CONDITION", "EXISTS"):
            changes = {"condition": parser.bracketed_text()}
            parser.end()
        elif parser.accept("MODIFY", "ACTION"):
            changes = {"action": parser.rest()}
        else:
            super().alter_item(call, item)
            return
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(**changes))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body["properties"]
        row.update(
            warehouse=held.get("WAREHOUSE"),
            schedule=held.get("SCHEDULE"),
            state=item.body.get("state", "suspended"),
            condition=item.body["condition"],
            action=item.body["action"],
        )
        return row


KIND = Alert()
