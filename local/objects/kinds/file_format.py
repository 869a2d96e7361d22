"""FILE FORMAT."""

import json
from typing import Any

from ...engine.catalogue import Object
from ...language.parser import Parser
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.staged.formats import invalid_property, read_properties
from .base import Kind, Mode
from .showing import common_row


class FileFormat(Kind):
    """File formats."""

    name = "FILE FORMAT"
    plural = "FILE FORMATS"
    or_alter = True
    modifiers = frozenset({"TEMPORARY"})
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *(
            (name, TEXT)
            for name in (
                "name", "database_name", "schema_name", "type", "owner", "comment", "format_options", "owner_role_type",
            )
        ),
    )  # fmt: skip

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        read = _read(call.parser)
        comment = read.pop("COMMENT", None)
        return {"properties": {"TYPE": "CSV", **read}, "comment": comment}

    def alter_set(self, call: Call, item: Object) -> None:
        held = item.body.get("properties", {})
        read = _read(call.parser, str(held["TYPE"]))
        call.parser.end()
        comment = read.pop("COMMENT", item.body.get("comment"))
        with call.session.transaction.ddl() as change:
            change.put(item.with_body(properties={**held, **read}, comment=comment))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        row.update(type=held["TYPE"], format_options=json.dumps(held, separators=(",", ":")))
        return row


def _read(parser: Parser, known_type: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while not parser.at_end():
        if parser.accept("COMMENT"):
            parser.expect("=")
            found["COMMENT"] = parser.string()
            continue
        before = parser.index
        found |= read_properties(parser, found.get("TYPE") or known_type)
        if parser.index == before:
            raise invalid_property(parser)
    return found


KIND = FileFormat()
