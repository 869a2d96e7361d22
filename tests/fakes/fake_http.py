"""A stateful server on the loopback interface that answers JSON; fakes of services build on it."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


class FakeHttp:
    """Answers what `answer` returns.

    Attributes:
        requests: Method and path, of every request in order.
        faults: Answer these first: a status, and headers.
        status: Answer this status to everything.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, str]] = []
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.status: int | None = None
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        scheme = "http"
        if context is not None:
            scheme = "https"
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, JSON and headers."""
        raise NotImplementedError

    def refusal(self, status: int) -> Any:
        """Return the JSON of an error."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    fake: FakeHttp
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _do(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        fake = self.fake
        fake.requests.append((self.command, parts.path))
        status, headers = (fake.faults or [(fake.status, {})])[0]
        del fake.faults[:1]
        if status is not None:
            found: Any = fake.refusal(status)
        else:
            body = json.loads(data) if data else None
            query = dict(parse_qsl(parts.query))
            status, found, headers = fake.answer(
                self.command, parts.path, query, body, self.headers
            )
        text = json.dumps(found).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do
