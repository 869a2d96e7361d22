"""Webhooks as a wake-up: a signed request says that something changed, never what.

Polling stays the truth: events are aggregated, may come late, twice, out of order or not at all.
Notion needs an HTTPS address, so this listens on the loopback interface behind a proxy of yours.
Signature: "Webhooks", developers.notion.com: HMAC-SHA256 of the raw body, keyed by the verification
token, as `sha256=…` in X-Notion-Signature.
"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hushflake.config import Secret

MOST_BYTES: Final = 1_000_000
_DIGITS: Final = 9
_HEADER: Final = "X-Notion-Signature"
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,512}")


def is_signed(token: Secret, body: bytes, signature: str | None) -> bool:
    """Whether a request was made by who knows the verification token."""
    if not signature:
        return False
    wanted = hmac.new(token.reveal().encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={wanted}".encode(), signature.strip().encode())


def keep_token(path: Path, token: str) -> None:
    """Keep the token of a new subscription where only its owner can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(token + "\n", encoding="utf-8")


@dataclass
class Doorbell:
    """Listens for webhooks and rings `woken`.

    Attributes:
        token: The verification token; None: none is known, so only the handshake is answered.
        token_file: Where the token of a handshake goes; a person pastes it into Notion.
        told: Called with lines for the user.
    """

    port: int
    token: Secret | None
    token_file: Path
    told: Callable[[str], None] = lambda _line: None
    woken: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _handshaken: bool = False

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        if self._server is None:
            return "127.0.0.1", self.port
        return "127.0.0.1", int(self._server.server_address[1])

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"bell": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        serve = {"poll_interval": 0.1}
        threading.Thread(
            target=self._server.serve_forever, kwargs=serve, daemon=True, name="webhook"
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, body: bytes, signature: str | None) -> int:
        """Deal with a request and return the HTTP status of its answer."""
        # Nothing of a stranger's is read before its signature, but for the handshake.
        if self.token is not None and not is_signed(self.token, body, signature):
            return 401
        try:
            document: Any = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(document, dict):
            return 400
        if self.token is not None:
            self.woken.set()
            return 200
        token = document.get("verification_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return 401
        # The handshake is not signed: it brings the key. It is trusted only when a person has
        # pasted it into Notion and into the configuration; whoever comes later brings no other.
        if not self._handshaken:
            self._handshaken = True
            keep_token(self.token_file, token)
            self.told(
                f"Notion sent a verification token: it is in {self.token_file}. Paste it into the "
                "connection's webhook settings, and set NOTION_WEBHOOK_TOKEN to it. Another one is "
                "taken after a new start only."
            )
        return 200


class _Handler(BaseHTTPRequestHandler):
    bell: Doorbell
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or ""
        if not length.isascii() or not length.isdigit():
            status = 411  # a negative one would be read until the sender is done
        elif len(length) > _DIGITS or int(length) > MOST_BYTES:
            status = 413
        else:
            status = self.bell.answer(self.rfile.read(int(length)), self.headers.get(_HEADER))
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing: a request line is no news."""
