"""TAG."""

import json
from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import SqlError
from ...language.parser import Parser
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ..tag_masking import set_policies, unset_policies
from .base import Kind
from .showing import common_row


def _values(parser: Parser) -> list[str]:
    found = [parser.string()]
    while parser.accept(","):
        found.append(parser.string())
    return found


class Tag(Kind):
    """Tags."""

    name = "TAG"
    plural = "TAGS"
    or_alter = True
    properties = {"ALLOWED_VALUES": _values}
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *(
            (name, TEXT)
            for name in (
                "name", "database_name", "schema_name", "owner", "comment", "allowed_values", "owner_role_type",
                "propagate", "on_conflict",
            )
        ),
    )  # fmt: skip

    def altered(self, existing: Object, body: dict[str, Any]) -> Object:
        # Not a part of CREATE OR ALTER.
        policies = existing.body.get("masking_policies")
        return super().altered(existing, body).with_body(masking_policies=policies)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        if item.body.get("masking_policies"):
            raise SqlError(
                f"SQL compilation error:\nTag {item.name} cannot be dropped/replaced as it is "
                "associated with one or more masking policies.",
                3535,
                "23001",
            )

    def require_alter(self, call: Call, item: Object) -> None:
        """Set masking policies with APPLY MASKING POLICY on the account, which owners need too."""
        if any(call.parser.looking_at(verb, "MASKING", "POLICY") for verb in ("SET", "UNSET")):
            call.session.identity.require("APPLY MASKING POLICY", None)
            return
        super().require_alter(call, item)

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        if parser.accept("SET", "MASKING", "POLICY"):
            set_policies(call, item)
            return
        if parser.accept("UNSET", "MASKING", "POLICY"):
            unset_policies(call, item)
            return
        held = list(item.body.get("properties", {}).get("ALLOWED_VALUES") or [])
        if parser.accept("ADD", "ALLOWED_VALUES"):
            held += [value for value in _values(parser) if value not in held]
        elif parser.accept("DROP", "ALLOWED_VALUES"):
            gone = _values(parser)
            held = [value for value in held if value not in gone]
        else:
            super().alter_item(call, item)
            return
        parser.end()
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(properties={"ALLOWED_VALUES": held} if held else {}))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        allowed = item.body.get("properties", {}).get("ALLOWED_VALUES")
        row.update(
            allowed_values=json.dumps(allowed, separators=(",", ":")) if allowed else None,
            propagate="NONE",
            on_conflict=None,
        )
        return row


KIND = Tag()
