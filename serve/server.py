"""The MCP server of a service: who may call, what is refused before a tool sees it."""

import threading
from importlib.metadata import version
from typing import Any

from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, Tool
from pydantic import AnyHttpUrl, ValidationError

from .callers import Caller, caller_of
from .service import Service
from .tools import ARGUMENTS, add_tools


class _UnknownArgumentsError(ToolError):
    """Names that a tool does not have; which, is not said."""


class _Verifier:
    """Knows the callers by their bearer tokens."""

    def __init__(self, callers: tuple[Caller, ...]) -> None:
        self._callers = callers

    async def verify_token(self, token: str) -> AccessToken | None:
        caller = caller_of(token, self._callers)
        if caller is None:
            return None
        return AccessToken(token=token, client_id=caller.name, scopes=["knowledge"])


class _Server(MCPServer[Any]):
    """Says which argument does not fit, and not what was in it: that may be a secret."""

    service: Service
    _known: list[Tool] | None = None

    async def list_tools(self) -> list[Tool]:
        """The tools, their arguments described with the names of the project."""
        if self._known is None:
            fitted = self.service.about.fitted
            self._known = [
                tool.model_copy(update={"input_schema": fitted(tool.input_schema)})
                for tool in await super().list_tools()
            ]
        return self._known

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Any = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            await self._require_known(name, arguments)
            return await super().call_tool(name, arguments, context)
        except _UnknownArgumentsError as error:
            self._note(name, str(error))
            raise
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                said = f"arguments that do not fit: {_places(cause)}"
            elif name not in {tool.name for tool in await self.list_tools()}:
                name, said = "unknown", "there is no such tool"
            else:
                raise
            self._note(name, said)
            raise ToolError(said) from None

    async def _require_known(self, name: str, arguments: dict[str, Any]) -> None:
        """Refuse arguments that a tool does not have: a misspelt filter must not be left out."""
        for tool in await self.list_tools():
            known = tool.input_schema.get("properties", {})
            if tool.name == name and (unknown := len(arguments.keys() - known.keys())):
                raise _UnknownArgumentsError(
                    f"arguments that do not fit: {unknown} unknown; the tool has {', '.join(known)}"
                )

    def _note(self, tool: str, said: str) -> None:
        """A call that reached no tool is a call all the same."""
        self.service.audit.add(self.service.caller().name, tool, {}, f"refused: {said}", 0.0)


def _places(error: ValidationError) -> str:
    """Return which arguments do not fit and why; keys of a mapping are values of the caller's."""
    faults = {str(e["loc"][0]) if e["loc"] else "arguments": e["type"] for e in error.errors()}
    known = {place: kind for place, kind in faults.items() if place in ARGUMENTS}
    unknown = len(faults) - len(known)
    said = [f"{place} ({kind})" for place, kind in sorted(known.items())]
    return ", ".join([*said, *([f"{unknown} unknown"] if unknown else [])])


class _Warming:
    """Connects to the account beside the first messages, when the first of them is answered."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._is_begun = False

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: Any) -> Any:
        try:
            return await call_next(ctx)
        finally:
            if not self._is_begun:
                self._is_begun = True
                threading.Thread(target=self._service.warm, daemon=True).start()


def build(service: Service, url: str | None = None) -> MCPServer[Any]:
    """Return the server of a service.

    Args:
        service: What answers.
        url: Where it is reached over HTTP; None: stdio.
    """
    auth = None
    if url is not None:
        auth = AuthSettings(
            issuer_url=AnyHttpUrl(url),
            resource_server_url=AnyHttpUrl(url),
            required_scopes=["knowledge"],
            # Tokens are our own and known by hash: there is no other server they could be for.
            validate_token_resource=False,
        )
    server = _Server(
        "hushflake",
        title=service.about.title,
        version=version("hushflake"),
        instructions=service.about.instructions,
        log_level="WARNING",
        auth=auth,
        token_verifier=_Verifier(service.callers) if auth else None,
        middleware=[_Warming(service)],
    )
    server.service = service
    add_tools(server, service)
    return server
