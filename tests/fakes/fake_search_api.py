"""Cortex Search's REST API: requests are held to the documented shapes, a local stack answers them.

Source of the shapes: Snowflake documentation, "Query a Cortex Search Service".
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from hushflake.deploy.session import Session

_OPERATORS = {"@eq", "@contains", "@gte", "@lte", "@primarykey"}
_KEYS = {"query", "columns", "filter", "limit", "scoring_config", "scoring_profile"}


@dataclass
class SearchApi:
    """What the fake does, and what it was asked.

    Attributes:
        refuse: Service name -> (status, document) to answer with.
        scores: Whether results tell their component scores.
        expired: So many requests from now on are answered with 401.
        drop_idle: Close each connection after its answer, as servers do with idle ones.
    """

    session: Session
    url: str = ""
    token: str = ""
    refuse: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    scores: bool = True
    expired: int = 0
    drop_idle: bool = False
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    connections: int = 0
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, authorization: str, body: Any) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if self.expired:
                self.expired -= 1
                return 401, {"code": "390112", "message": "Your session has expired."}
            if authorization != f'Snowflake Token="{self.token}"':
                return 401, {"code": "390303", "message": "Invalid OAuth access token."}
            try:
                service = _service_of(path)
                _check_body(body)
            except ValueError as error:
                self.faults.append(str(error))
                return 400, {"code": "399113", "message": str(error), "request_id": "r-1"}
            self.requests.append((service, body))
            if service.rpartition(".")[2] in self.refuse:
                return self.refuse[service.rpartition(".")[2]]
            rows = self.session.query(
                "SELECT SNOWFLAKE.CORTEX.SEARCH_PREVIEW(?, ?) AS A", (service, json.dumps(body))
            )
            document = json.loads(rows[0]["A"])
            for result in document["results"] if not self.scores else ():
                result.pop("@scores")
            return 200, document


def _service_of(path: str) -> str:
    parts = path.split("/")
    if parts[1:4] != ["api", "v2", "databases"] or parts[5] != "schemas":
        raise ValueError(f"no such endpoint: {path}")
    if parts[7] != "cortex-search-services" or not parts[8].endswith(":query"):
        raise ValueError(f"no such endpoint: {path}")
    return ".".join(unquote(p) for p in (parts[4], parts[6], parts[8].removesuffix(":query")))


def _check_body(body: Any) -> None:
    if not isinstance(body, dict) or set(body) - _KEYS:
        raise ValueError("unknown parameters")
    if not isinstance(body.get("query"), str):
        raise ValueError("query is required")
    if not isinstance(body.get("columns", []), list):
        raise ValueError("columns is a list")
    limit = body.get("limit", 10)
    if not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise ValueError("limit is 1 to 1000")
    if "filter" in body:
        _check_filter(body["filter"])


def _check_filter(node: Any) -> None:
    if not isinstance(node, dict) or len(node) != 1:
        raise ValueError("a filter has one operator")
    ((operator, value),) = node.items()
    if operator in ("@and", "@or"):
        if not isinstance(value, list) or not value:
            raise ValueError(f"{operator} takes a list")
        for part in value:
            _check_filter(part)
    elif operator == "@not":
        _check_filter(value)
    elif operator not in _OPERATORS or not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"unknown operator {operator}")


def _handler(api: SearchApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            api.connections += 1
            super().setup()

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(size))
            status, document = api.answer(self.path, self.headers["Authorization"], body)
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = api.drop_idle

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving(session: Session, token: str) -> Iterator[SearchApi]:
    """Serve the API on loopback; `session` answers."""
    api = SearchApi(session, token=token)
    make: Callable[..., BaseHTTPRequestHandler] = _handler(api)
    with ThreadingHTTPServer(("127.0.0.1", 0), make) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
