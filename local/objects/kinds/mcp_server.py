"""MCP SERVER: Snowflake's managed one; its specification is kept and shown, it does not run here."""

from typing import Any

from ...engine.catalogue import Object
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Mode
from .texts import TextKind


class McpServer(TextKind):
    """MCP servers."""

    name = "MCP SERVER"
    plural = "MCP SERVERS"
    # https://docs.snowflake.com/en/sql-reference/sql/desc-mcp-server
    describe_columns = (
        *((name, TEXT) for name in ("name", "database_name", "schema_name", "owner", "comment", "server_spec")),
        ("created_on", TIMESTAMP_LTZ),
    )  # fmt: skip

    def read_text(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        parser.expect("FROM", "SPECIFICATION")
        return {"specification": parser.string()}

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        return {**super().show_row(session, item), "server_spec": item.body["specification"]}


KIND = McpServer()
