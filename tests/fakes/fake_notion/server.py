"""The HTTP side: routes, token, version, and misbehaviour on request."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from . import shapes
from .store import Workspace
from .values import ApiError

VERSION = "2026-03-11"
TOKEN = "ntn" + "_" + "k" * 40
_ID = "([0-9a-f-]{36})"
ROUTES = [
    ("GET", rf"/v1/data_sources/{_ID}", "data_source"),
    ("PATCH", rf"/v1/data_sources/{_ID}", "update_data_source"),
    ("POST", rf"/v1/data_sources/{_ID}/query", "query"),
    ("POST", r"/v1/pages", "create_page"),
    ("POST", r"/v1/databases", "create_database"),
    ("GET", rf"/v1/databases/{_ID}", "database"),
    ("GET", rf"/v1/pages/{_ID}", "page"),
    ("PATCH", rf"/v1/pages/{_ID}", "update_page"),
    ("GET", rf"/v1/pages/{_ID}/markdown", "markdown"),
    ("PATCH", rf"/v1/pages/{_ID}/markdown", "update_markdown"),
    ("GET", rf"/v1/pages/{_ID}/properties/([^/]+)", "property"),
    ("GET", r"/v1/users", "users"),
]


@dataclass
class Fault:
    """What to do instead of answering properly.

    Attributes:
        status: Answer with this status and change nothing.
        retry_after: Seconds, in the header of that name.
        cut: `before`: the connection ends and nothing was done; `after`: it was done, the answer
            is cut in the middle.
        slow: Seconds to wait before the answer; it was done.
    """

    status: int = 0
    retry_after: int | None = None
    cut: str = ""
    slow: float = 0.0


Misbehave = Callable[[str, int], Fault | None]


class FakeNotion:
    """A running server. `with FakeNotion(Workspace()) as notion: notion.url`.

    Attributes:
        misbehave: Asked for every request with (operation, number of the request).
        between: Called after every answered query page, as an editor who works meanwhile.
        log: (operation, path, body) of every request that was carried out.
        complaints: Shapes that were wrong; tests assert that there are none.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.misbehave: Misbehave = lambda _operation, _number: None
        self.between: Callable[[], None] = lambda: None
        self.log: list[tuple[str, str, Any]] = []
        self.complaints: list[str] = []
        self.count = 0
        self.clock_skew = timedelta()  # of the Date header, against the minutes of edits
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def writes(self) -> list[str]:
        """The operations of the log that changed something."""
        return [name for name, _, _ in self.log if name.startswith(("create", "update"))]

    def answer(self, method: str, url: str, body: Any) -> tuple[str, dict[str, Any]]:
        parts = urlsplit(url)
        for verb, pattern, name in ROUTES:
            match = re.fullmatch(pattern, parts.path)
            if verb == method and match:
                wrong = shapes.complaint("request", name, body if body is not None else {})
                if wrong:
                    self.complaints.append(f"request {name}: {wrong}")
                    raise ApiError(400, "validation_error", f"body failed validation: {wrong}")
                found = self._carry_out(name, match.groups(), body, dict(parse_qsl(parts.query)))
                self.log.append((name, parts.path, body))
                wrong = shapes.complaint("answer", name, found)
                if wrong:
                    self.complaints.append(f"answer {name}: {wrong}")
                return name, found
        raise ApiError(400, "invalid_request_url", f"no such route: {method} {parts.path}")

    def name_of(self, method: str, url: str) -> str:
        path = urlsplit(url).path
        return next((n for v, p, n in ROUTES if v == method and re.fullmatch(p, path)), "?")

    def _carry_out(
        self, name: str, ids: tuple[str, ...], body: Any, query: dict[str, str]
    ) -> dict[str, Any]:
        space = self.workspace
        calls: dict[str, Callable[[], dict[str, Any]]] = {
            "data_source": lambda: space.api_source(*ids),
            "update_data_source": lambda: space.api_update_source(*ids, body),
            "query": lambda: space.api_query(*ids, body or {}),
            "create_database": lambda: space.api_create_database(body),
            "database": lambda: space.api_database(*ids),
            "create_page": lambda: space.api_create(body),
            "page": lambda: space.api_get(*ids),
            "update_page": lambda: space.api_update(*ids, body),
            "markdown": lambda: space.api_markdown(*ids, query.get("markdown_version", "v1")),
            "update_markdown": lambda: space.api_put_markdown(*ids, body),
            "property": lambda: space.api_property(*ids, query),
            "users": space.api_users,
        }
        with space.guard:
            return calls[name]()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeNotion

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_GET

    def _serve(self) -> None:
        fake = self.fake
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        name = fake.name_of(self.command, self.path)
        with fake.workspace.guard:
            fake.count += 1
            fault = fake.misbehave(name, fake.count) or Fault()
        if fault.cut == "before":
            self.close_connection = True
            return
        try:
            self._check()
            if fault.status:
                raise ApiError(fault.status, _code(fault.status), "as the test asked for")
            if size > 500_000:
                raise ApiError(400, "validation_error", "body is larger than 500 KB")
            name, found = fake.answer(self.command, self.path, json.loads(raw) if raw else None)
        except ApiError as error:
            body = {"object": "error", "status": error.status, "code": error.code,
                    "message": str(error), "request_id": "r"}  # fmt: skip
            self._send(error.status, body, fault)
            return
        time.sleep(fault.slow)
        self._send(200, found, fault)
        if name == "query":
            fake.between()

    def _check(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise ApiError(401, "unauthorized", "API token is invalid.")
        if self.headers.get("Notion-Version") != VERSION:
            raise ApiError(400, "missing_version", "Notion-Version header is not the pinned one")

    def _send(self, status: int, body: Any, fault: Fault) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if fault.retry_after is not None:
            self.send_header("Retry-After", str(fault.retry_after))
        self.end_headers()
        if fault.cut == "after":
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self.wfile.write(data)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.fake.workspace.now + self.fake.clock_skew, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        pass


def _code(status: int) -> str:
    return {
        429: "rate_limited", 500: "internal_server_error", 503: "service_unavailable",
        529: "service_overload", 409: "conflict_error", 403: "restricted_resource",
    }.get(status, "internal_server_error")  # fmt: skip
