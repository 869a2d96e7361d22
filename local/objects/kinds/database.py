"""DATABASE."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.names import Name
from ...language.results import Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.session import Session
from ..tag_masking import require_no_mask_outside
from .base import Kind, Mode
from .readers import a_collation, whole
from .showing import Scope, common_row


class _Database(Kind):
    name = "DATABASE"
    plural = "DATABASES"
    level = "account"
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
        ("origin", TEXT),
        ("owner", TEXT),
        ("comment", TEXT),
        ("options", TEXT),
        ("retention_time", TEXT),
        ("kind", TEXT),
        ("budget", TEXT),
        ("owner_role_type", TEXT),
        ("object_visibility", TEXT),
    )

    def store(self, session: Session, name: Name, mode: Mode, body: dict[str, Any]) -> Result:
        if "TRANSIENT" in mode.modifiers:
            body["transient"] = True
        result = super().store(session, name, mode, body)
        if "successfully created" in str(result.rows[0][0]):
            session.place.database, session.place.schema = name.last, "PUBLIC"
        return result

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        require_no_mask_outside(session, item)

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        change.add("SCHEMA", item.id, "PUBLIC", {})

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        properties = item.body.get("properties", {})
        row.update(
            is_default="N",
            is_current="Y" if session.place.database == item.name else "N",
            origin="",
            options="TRANSIENT" if item.body.get("transient") else "",
            retention_time=str(properties.get("DATA_RETENTION_TIME_IN_DAYS", 1)),
            kind="STANDARD",
            budget=None,
            object_visibility=None,
        )
        return row

    def listed(self, session: Session, scope: Scope) -> list[Object]:
        return session.engine.catalogue.of_kind(self.name)


KIND = _Database()
