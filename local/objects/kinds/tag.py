"""TAG."""

import json
from typing import Any

from ...engine.catalogue import Object
from ...language.parser import Parser
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
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

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        return super().read_body(call, mode)

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
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
