"""SCHEMA."""

from typing import Any

from ..catalogue import Object
from ..dispatch import Call
from ..errors import SqlError, missing
from ..names import Name
from ..parser import Parser
from ..session import Session
from ..types import TEXT, TIMESTAMP_LTZ
from ..wire import Result
from .base import Kind, Mode
from .readers import whole
from .showing import common_row


class _Schema(Kind):
    name = "SCHEMA"
    plural = "SCHEMAS"
    level = "database"
    modifiers = frozenset({"TRANSIENT"})
    or_alter = True
    properties = {
        "DATA_RETENTION_TIME_IN_DAYS": whole(0, 90),
        "MAX_DATA_EXTENSION_TIME_IN_DAYS": whole(0, 90),
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("is_default", TEXT),
        ("is_current", TEXT),
        ("database_name", TEXT),
        ("owner", TEXT),
        ("comment", TEXT),
        ("options", TEXT),
        ("retention_time", TEXT),
        ("owner_role_type", TEXT),
        ("budget", TEXT),
    )

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        managed = call.parser.accept("WITH", "MANAGED", "ACCESS")
        body = super().read_body(call, mode)
        body["managed"] = managed or None
        body["transient"] = ("TRANSIENT" in mode.modifiers) or None
        return body

    def store(self, session: Session, name: Name, mode: Mode, body: dict[str, Any]) -> Result:
        if name.last == "INFORMATION_SCHEMA":
            raise SqlError(
                "SQL compilation error:\nObject 'INFORMATION_SCHEMA' already exists.", 2002, "42710"
            )
        result = super().store(session, name, mode, body)
        if "successfully created" in str(result.rows[0][0]):
            session.database = name.schema or session.database
            session.schema = name.last
        return result

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        for verb, managed in (("ENABLE", True), ("DISABLE", None)):
            if parser.accept(verb, "MANAGED", "ACCESS"):
                parser.end()
                with call.session.ddl() as change:
                    change.put(item.with_body(managed=managed))
                return
        super().alter_item(call, item)

    def find(self, session: Session, name: Name) -> Object:
        holder = session.find_database(name.schema) if name.schema else session.current_database()
        found = session.engine.catalogue.find("SCHEMA", holder.id, name.last)
        if found is None or not session.may_see(found):
            raise missing("SCHEMA", str(name))
        return found

    def read_drop_options(self, parser: Parser) -> None:
        parser.accept("CASCADE")

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        properties = item.body.get("properties", {})
        options = [
            label
            for label, on in (
                ("TRANSIENT", item.body.get("transient")),
                ("MANAGED ACCESS", item.body.get("managed")),
            )
            if on
        ]
        row.update(
            is_default="N",
            is_current="Y"
            if (session.database, session.schema) == tuple(session.engine.catalogue.path(item))
            else "N",
            options=", ".join(options),
            retention_time=str(properties.get("DATA_RETENTION_TIME_IN_DAYS", 1)),
            budget=None,
        )
        return row


KIND = _Schema()
