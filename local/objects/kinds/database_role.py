"""DATABASE ROLE."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ...sessions.session import Session
from .base import Kind
from .showing import common_row


class DatabaseRole(Kind):
    """Database roles."""

    name = "DATABASE ROLE"
    plural = "DATABASE ROLES"
    level = "database"
    or_alter = True
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("is_default", TEXT),
        ("is_current", TEXT),
        ("is_inherited", TEXT),
        ("granted_to_roles", NUMBER),
        ("granted_to_database_roles", NUMBER),
        ("granted_database_roles", NUMBER),
        ("owner", TEXT),
        ("comment", TEXT),
        ("owner_role_type", TEXT),
    )

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        for grant in session.engine.catalogue.of_kind("GRANT"):
            if grant.body.get("grantee") == item.id:
                change.remove(grant)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        catalogue = session.engine.catalogue
        to = [
            catalogue.get(int(grant.body["grantee"]))
            for grant in catalogue.children(item.id, "GRANT")
        ]
        row.update(
            is_default="N",
            is_current="N",
            is_inherited="N",
            granted_to_roles=sum(1 for other in to if other is not None and other.kind == "ROLE"),
            granted_to_database_roles=sum(
                1 for other in to if other is not None and other.kind == "DATABASE ROLE"
            ),
            granted_database_roles=0,
        )
        return row


KIND = DatabaseRole()
