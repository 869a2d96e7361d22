"""SCHEMA."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import SqlError, missing
from ...language.names import Name
from ...language.results import Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ..tag_masking import require_no_mask_outside
from .base import Kind, Mode
from .readers import a_collation, whole
from .showing import Scope, common_row


class _Schema(Kind):
    name = "SCHEMA"
    plural = "SCHEMAS"
    level = "database"
    modifiers = frozenset({"TRANSIENT"})
    or_alter = True
    drop_cascades = True
    properties = {
        "DATA_RETENTION_TIME_IN_DAYS": whole(0, 90),
        "MAX_DATA_EXTENSION_TIME_IN_DAYS": whole(0, 90),
        "DEFAULT_DDL_COLLATION": a_collation,
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
            session.place.database = name.schema or session.place.database
            session.place.schema = name.last
        return result

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        for verb, managed in (("ENABLE", True), ("DISABLE", None)):
            if parser.accept(verb, "MANAGED", "ACCESS"):
                parser.end()
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(managed=managed))
                return
        super().alter_item(call, item)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        require_no_mask_outside(session, item)

    def find(self, session: Session, name: Name) -> Object:
        holder = (
            session.names.find_database(name.schema)
            if name.schema
            else session.names.current_database()
        )
        found = session.engine.catalogue.find("SCHEMA", holder.id, name.last)
        if found is None or not session.names.may_see(found):
            raise missing("SCHEMA", str(name))
        return found

    def listed(self, session: Session, scope: Scope) -> list[Object]:
        databases = scope.parents or session.engine.catalogue.of_kind("DATABASE")
        return [
            *super().listed(session, scope),
            *(
                information_schema(database)
                for database in databases
                if session.names.may_see(database)
            ),
        ]

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
            kind=None,
            is_default="N",
            is_current="Y"
            if (session.place.database, session.place.schema)
            == tuple(session.engine.catalogue.path(item))
            else "N",
            options=", ".join(options),
            retention_time=str(properties.get("DATA_RETENTION_TIME_IN_DAYS", 1)),
            budget=None,
        )
        return row


INFORMATION_SCHEMA = "INFORMATION_SCHEMA"


def information_schema(database: Object) -> Object:
    """Return the schema that each database has and the catalogue does not hold."""
    body = {
        "system": True,
        "comment": "Views describing the contents of schemas in this database",
    }
    return Object(-database.id, "SCHEMA", database.id, INFORMATION_SCHEMA, body, database.created)


KIND = _Schema()
