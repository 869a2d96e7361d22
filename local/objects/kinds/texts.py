"""Kinds whose definition is kept as a text: semantic views, MCP servers. Not a kind."""

from typing import Any

from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from .base import Kind, Mode

COLUMNS = (
    ("created_on", TIMESTAMP_LTZ),
    *((name, TEXT) for name in ("name", "database_name", "schema_name", "comment", "owner", "owner_role_type")),
)  # fmt: skip


class TextKind(Kind):
    """An object that is not run here: its text is read, kept and shown."""

    show_columns = COLUMNS

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        begin = call.parser.here.start
        body = self.read_text(call, mode)
        return {**body, "definition": call.sql[begin:].strip().rstrip(";")}

    def read_text(self, call: Call, mode: Mode) -> dict[str, Any]:
        """Consume the definition and return what is to be known of it."""
        raise NotImplementedError
