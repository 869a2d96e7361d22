"""A proxy between the connector and the local stack that breaks connections on purpose."""

import gzip
import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mode = Literal["before", "after"]
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


@dataclass
class Proxy:
    """Forwards everything, counts statements, and cuts where it is told.

    Attributes:
        wanted: Tells which statements count.
        cut_at: The number of the statement (from 0) at which the connection is cut; every
            request after it is refused until `heal`.
        mode: Whether the statement is cut before it reaches the server or after it ran.
        on_cut: Called when the cut is made, after the statement ran when that is the mode.
    """

    port: int
    wanted: Callable[[str], bool] = lambda _: True
    cut_at: int | None = None
    mode: Mode = "before"
    on_cut: Callable[[], None] | None = None
    seen: list[str] = field(default_factory=list)
    is_down: bool = False
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave in one packet, or the second waits 40 ms for the first one's
            # acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                proxy.handle(self)

            def do_GET(self) -> None:
                proxy.handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.listening = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def arm(self, cut_at: int, mode: Mode) -> None:
        with self.guard:
            self.seen.clear()
            self.cut_at, self.mode, self.is_down = cut_at, mode, False

    def heal(self) -> None:
        with self.guard:
            self.cut_at, self.is_down = None, False

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        cut = self._is_cut(request, body)
        if cut == "before":
            self._cut_now()
            self._drop(request)
            return
        if cut == "down":
            self._drop(request)
            return
        try:
            answer, content = self._forward(request, body)
        except OSError:
            self._drop(request)
            return
        if cut == "after":
            self._cut_now()
            self._drop(request)
            return
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                request.send_header(name, value)
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _cut_now(self) -> None:
        if self.on_cut is not None:
            self.on_cut()

    def _is_cut(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> Literal["before", "after", "down"] | None:
        sql = _statement(request, body)
        with self.guard:
            if self.is_down:
                return "down"
            if sql is None or not self.wanted(sql):
                return None
            self.seen.append(sql)
            if self.cut_at is None or len(self.seen) - 1 != self.cut_at:
                return None
            self.is_down = True
        return self.mode

    def _forward(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[http.client.HTTPResponse, bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        headers["Host"] = f"127.0.0.1:{self.port}"
        upstream.request(request.command, request.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer, content

    @staticmethod
    def _drop(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.close()


def is_older_connector() -> bool:
    import snowflake.connector

    return bool(snowflake.connector.__version__.startswith("4."))


def impatient(arguments: dict[str, Any]) -> dict[str, Any]:
    """Connector arguments that give up at once: what a cut does to us is what is looked at."""
    if is_older_connector():
        return {**arguments, "network_timeout": 5, "login_timeout": 5}
    return {**arguments, "retry_max_attempts": 1, "login_timeout": 5}


def _statement(request: BaseHTTPRequestHandler, body: bytes) -> str | None:
    if not request.path.startswith("/queries/v1/query-request"):
        return None
    text = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
    document: Any = json.loads(text)
    sql = document.get("sqlText")
    return sql if isinstance(sql, str) else None
