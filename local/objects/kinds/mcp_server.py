"""MCP SERVER: Snowflake's managed one; its specification is kept and shown, it does not run here."""

from typing import Any

from ...sessions.call import Call
from .base import Mode
from .texts import TextKind


class McpServer(TextKind):
    """MCP servers."""

    name = "MCP SERVER"
    plural = "MCP SERVERS"

    def read_text(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        parser.expect("FROM", "SPECIFICATION")
        return {"specification": parser.string()}


KIND = McpServer()
