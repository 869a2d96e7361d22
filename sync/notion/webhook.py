"""Webhooks as a wake-up: a signed request says that something changed, never what.

Polling stays the truth: events are aggregated, may come late, twice, out of order or not at all.
Notion needs an HTTPS address, so this listens on the loopback interface behind a proxy of yours.
Signature: "Webhooks", developers.notion.com: HMAC-SHA256 of the raw body, keyed by the verification
token, as `sha256=…` in X-Notion-Signature.
"""

import errno
import hashlib
import hmac
import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from hushflake.config import Secret

from .events import begins_a_cycle

if TYPE_CHECKING:
    from email.message import Message

MOST_BYTES: Final = 1_000_000
_DIGITS: Final = 9
_OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADER: Final = "X-Notion-Signature"
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,512}")


def is_signed(token: Secret, body: bytes, signature: str | None) -> bool:
    """Whether a request was made by who knows the verification token."""
    if not signature:
        return False
    wanted = hmac.new(token.reveal().encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={wanted}".encode(), signature.strip().encode())


def keep_token(path: Path, token: str) -> None:
    """Keep the token of a new subscription where only its owner can read it.

    Raises:
        OSError: It cannot be written, or something other than a file of ours is in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise FileExistsError(errno.EEXIST, "a link or no file is in its place", str(path))
    path.unlink(missing_ok=True)  # of an earlier subscription
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write(token + "\n")


def is_from_a_browser(headers: "Message[str, str]") -> bool:
    """Whether a page in a browser sent this: such requests bear headers that servers do not send.

    Any page may send a request to this machine, if only of a simple content type; its answer is
    not read, but a handshake needs none.
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    marks = ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode")
    return kind != "application/json" or any(name in headers for name in marks)


def _host_of(header: str) -> str:
    """The name in a Host header, without the port; "" where there is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


@dataclass
class Doorbell:
    """Listens for webhooks and rings `woken`.

    Attributes:
        token: The verification token; None: none is known, so only the handshake is answered.
        token_file: Where the token of a handshake goes; a person pastes it into Notion.
        told: Called with lines for the user.
        host: The public name of the proxy, which its requests may bear; those of this machine
            may be borne always.
    """

    port: int
    token: Secret | None
    token_file: Path
    told: Callable[[str], None] = lambda _line: None
    host: str = ""
    woken: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _handshaken: bool = False
    _refused: bool = False

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

    def answer(self, body: bytes, headers: "Message[str, str]") -> int:
        """Deal with a request and return the HTTP status of its answer."""
        signature = headers.get(_HEADER)
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
            if begins_a_cycle(document):
                self.woken.set()
            return 200
        if not self._may_shake_hands(headers):
            return 403
        token = document.get("verification_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return 401
        # The handshake is not signed: it brings the key. It is trusted only when a person has
        # pasted it into Notion and into the configuration; whoever comes later brings no other.
        if not self._handshaken:
            try:
                keep_token(self.token_file, token)
            except OSError as error:
                self.told(f"{self.token_file}: the verification token cannot be kept: {error}")
                return 500
            self._handshaken = True
            self.told(
                f"Notion sent a verification token: it is in {self.token_file}. Paste it into the "
                "connection's webhook settings, and set NOTION_WEBHOOK_TOKEN to it. Another one is "
                "taken after a new start only."
            )
        return 200

    def _may_shake_hands(self, headers: "Message[str, str]") -> bool:
        """Whether this may be Notion through the proxy, and not a page or another name."""
        if is_from_a_browser(headers):
            return False
        host = _host_of(headers.get("Host", ""))
        if host in _OWN_NAMES or (self.host and host == self.host.lower()):
            return True
        if not self._refused:
            self._refused = True
            self.told(
                f"A handshake for the host {host!r} was refused. If that is the name of your "
                f"proxy, start again with --webhook-host {host}"
            )
        return False


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
            status = self.bell.answer(self.rfile.read(int(length)), self.headers)
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing: a request line is no news."""
