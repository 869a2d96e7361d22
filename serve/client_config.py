"""Configurations of MCP clients that start this very program, or reach it over HTTP.

Sources, looked up in November 2026: modelcontextprotocol.io "Connect to local MCP servers" (Claude
Desktop), code.claude.com/docs/en/mcp (`.mcp.json`, `${VAR}`), cursor.com/docs/mcp (`${env:VAR}`),
code.visualstudio.com/docs/copilot/reference/mcp-configuration (`servers`, `inputs`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import ServeError

VARIABLE: Final = "HUSHFLAKE_MCP_TOKEN"
CLIENTS: Final = ("claude", "claude-code", "cursor", "vscode")
_INPUT: Final = "hushflake-mcp-token"
_PLACES: Final = {
    "claude": (
        "Claude Desktop: Settings, Developer, Edit Config. The file is claude_desktop_config.json "
        "in ~/Library/Application Support/Claude (macOS) or %APPDATA%\\Claude (Windows). Quit and "
        "start the application again."
    ),
    "claude-code": (
        "Claude Code: .mcp.json in the folder that you work in, or, for all folders, "
        "claude mcp add-json --scope user NAME JSON with the object of the server."
    ),
    "cursor": "Cursor: ~/.cursor/mcp.json, or .cursor/mcp.json in the folder that you work in.",
    "vscode": (
        "VS Code: .vscode/mcp.json in the folder that you work in, or the file that the command "
        "MCP: Open User Configuration opens."
    ),
}
# What these clients put something else in the place of.
_REPLACED: Final = {"claude-code": "${", "cursor": "${", "vscode": "${"}


@dataclass(frozen=True)
class Start:
    """How a client starts the server.

    Attributes:
        command: The program, with its absolute path.
        arguments: Its arguments; every path in them is absolute.
        environment: What the program needs that a client does not pass on; no secret.
    """

    command: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def name_of(project: str) -> str:
    """Return the name that a server gets in a configuration."""
    return "hushflake-" + (re.sub(r"[^A-Za-z0-9_-]+", "-", project).strip("-")[:40] or "project")


def place_of(client: str) -> str:
    """Return where a client's configuration goes, in words."""
    return _PLACES[client]


def started(client: str, name: str, start: Start) -> dict[str, Any]:
    """Return the configuration of a client that starts the server itself.

    Raises:
        ServeError: A path holds what the client would replace.
    """
    mark = _REPLACED.get(client)
    if mark is not None and any(mark in text for text in (start.command, *start.arguments)):
        raise ServeError(f"a path holds {mark}, which {client} would replace; rename the folder")
    server: dict[str, Any] = {"command": start.command, "args": list(start.arguments)}
    if start.environment:
        server["env"] = dict(start.environment)
    if client in ("claude-code", "vscode"):
        server = {"type": "stdio", **server}
    return {"servers" if client == "vscode" else "mcpServers": {name: server}}


def reached(client: str, name: str, url: str) -> dict[str, Any]:
    """Return the configuration of a client that reaches a server over HTTP.

    The token is not in it: the client asks for it, or takes it from its environment.

    Raises:
        ServeError: The client's file has no such form.
    """
    if client == "claude":
        raise ServeError(
            "Claude Desktop's file only names commands to start: leave --http out, or use "
            "--print-config claude-code --http"
        )
    token = {
        "claude-code": f"${{{VARIABLE}}}",
        "cursor": f"${{env:{VARIABLE}}}",
        "vscode": f"${{input:{_INPUT}}}",
    }[client]
    server: dict[str, Any] = {"url": url, "headers": {"Authorization": f"Bearer {token}"}}
    if client != "cursor":
        server = {"type": "http", **server}
    if client != "vscode":
        return {"mcpServers": {name: server}}
    asked = {
        "type": "promptString",
        "id": _INPUT,
        "description": f"Token of {name} (hushflake mcp token)",
        "password": True,
    }
    return {"inputs": [asked], "servers": {name: server}}


def url_of(host: str, port: int) -> str:
    """Return the address of a server without TLS in front."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/mcp"
