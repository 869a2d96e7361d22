"""ROLE."""

from dataclasses import replace
from typing import Any

from ...engine.bootstrap import SYSTEM_ROLES
from ...engine.catalogue import Change, Object
from ...language.errors import not_allowed
from ...language.parser import Parser
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ...sessions.session import Session
from .base import Kind
from .showing import common_row


class Role(Kind):
    """Account roles."""

    name = "ROLE"
    plural = "ROLES"
    level = "account"
    listed_for_all = True
    or_alter = True
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("is_default", TEXT),
        ("is_current", TEXT),
        ("is_inherited", TEXT),
        ("assigned_to_users", NUMBER),
        ("granted_to_roles", NUMBER),
        ("granted_roles", NUMBER),
        ("owner", TEXT),
        ("comment", TEXT),
    )

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        from ..grants import grant_row

        # Whoever creates a role can use it: the local user stands for everybody.
        grant_row(
            change, item.id, "USAGE", session.identity.user, grantor=session.identity.role.name
        )

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        if item.name in SYSTEM_ROLES:
            raise not_allowed("ROLE", item.name)
        for grant in session.engine.catalogue.of_kind("GRANT"):
            if grant.body.get("grantee") == item.id:
                change.remove(grant)
        # What it owned falls to the role that drops it.
        for owned in session.engine.catalogue.everything():
            if owned.owner == item.name and owned.id != item.id:
                change.put(owned.with_body(owner=session.identity.role.name))

    def alter_item(self, call: Any, item: Object) -> None:
        parser = call.parser
        if parser.looking_at("RENAME"):
            if item.name in SYSTEM_ROLES:
                raise not_allowed("ROLE", item.name)
            parser.expect("RENAME", "TO")
            self._rename(call.session, item, parser)
            return
        super().alter_item(call, item)

    @staticmethod
    def _rename(session: Session, item: Object, parser: Parser) -> None:
        new = parser.name().last
        parser.end()
        with session.transaction.ddl() as change:
            change.put(replace(item, name=new))
            for owned in session.engine.catalogue.everything():
                if owned.owner == item.name and owned.id != item.id:
                    change.put(owned.with_body(owner=new))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        catalogue = session.engine.catalogue
        to = [
            catalogue.get(int(grant.body["grantee"]))
            for grant in catalogue.children(item.id, "GRANT")
            if grant.body["privilege"] == "USAGE"
        ]
        held = [
            grant for grant in catalogue.of_kind("GRANT") if grant.body.get("grantee") == item.id
        ]
        roles = [
            grant
            for grant in held
            if (catalogue.get(grant.parent) or item).kind == "ROLE" and grant.parent
        ]
        reach = session.identity.privileges.reach(session.identity.role.id)
        row.update(
            is_default="Y" if session.identity.user.body.get("default_role") == item.name else "N",
            is_current="Y" if session.identity.role.id == item.id else "N",
            is_inherited="Y" if item.id in reach and item.id != session.identity.role.id else "N",
            assigned_to_users=sum(1 for other in to if other is not None and other.kind == "USER"),
            granted_to_roles=sum(1 for other in to if other is not None and other.kind == "ROLE"),
            granted_roles=len(roles),
        )
        return row


KIND = Role()
