"""Requests that are refused before they become a call: each is a line of the audit.

Never the token, nor the path's query, which some clients put one into.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from .audit import Audit

# The shapes of ASGI 3, https://asgi.readthedocs.io/en/latest/specs/main.html
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_WHY: Final = {
    400: "not a request of this protocol",
    403: "a foreign Origin",
    404: "no such path",
    405: "no such method",
    406: "no Accept that fits",
    413: "too large",
    421: "a foreign Host",
}


class Refusals:
    """ASGI middleware around everything else: notes every answer from 400 on."""

    def __init__(self, app: Application, audit: Audit) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at the status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def watching(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                self._note(scope, message["status"])
            await send(message)

        await self._app(scope, receive, watching)

    def _note(self, scope: Scope, status: int) -> None:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        facts: dict[str, Any] = {
            "client": (scope.get("client") or ("unknown",))[0],
            "method": scope["method"],
            "path": scope["path"],
        }
        if status in (403, 421):
            facts |= {name: headers[name] for name in ("host", "origin") if name in headers}
        self._audit.refused(_name(scope), status, _why(status, headers), facts)


def _name(scope: Scope) -> str:
    """Return the caller's name; signing in puts it into the scope."""
    access = getattr(scope.get("user"), "access_token", None)
    return str(getattr(access, "client_id", None) or "unknown")


def _why(status: int, headers: Mapping[str, str]) -> str:
    if status == 401:
        sent = headers.get("authorization", "")
        return "an unknown token" if sent.lower().startswith("bearer ") else "no bearer token"
    return _WHY.get(status, "not answered")
