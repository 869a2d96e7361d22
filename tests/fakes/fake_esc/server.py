"""The HTTP side: routes, access token, and misbehaviour on request."""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from . import shapes
from .evaluate import DefinitionError, compose, parse_path, walk
from .store import Store, diagnostics

PAGE = 3
# The service's words for opens (pulumi/esc issue 668); those for updates are supposed to be alike.
GATED = "create an {} instead, {} must be approved for the environment"
ROUTE = re.compile(r"/api/esc/environments/([^/]+)(?:/([^/]+)/([^/]+)(/.*)?)?$")


@dataclass
class Fault:
    """What to do instead of answering, for the next `times` requests that match.

    `status` answers with an error; `body` and `headers` say more. `cut` closes the connection
    after that many bytes of the answer, `drip` sends a byte each that many seconds, `hang`
    waits that long before doing anything.
    """

    status: int | None = None
    times: int = 1
    method: str | None = None
    path: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float | None = None
    hang: float = 0.0


class Refusal(Exception):
    def __init__(self, status: int, message: str, extra: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"code": status, "message": message, **(extra or {})}


class FakeEsc:
    """The service; a context manager. `requests` records (method, path, headers).

    With `tls`, the files of a chain and its key, it speaks https.
    """

    def __init__(
        self, token: str = "pul-" + "0" * 40, *, tls: tuple[Path, Path] | None = None
    ) -> None:
        self.token = token
        self.store = Store()
        self.faults: deque[Fault] = deque()
        self.forbidden: set[str] = set()
        # (environment, "open" or "update") that an approval ruleset gates.
        self.gated: set[tuple[str, str]] = set()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        # Token exchange: organisation -> the identity tokens that it trusts, what was asked, and
        # the access tokens that were given. Seconds of their life.
        self.trusted: dict[str, set[str]] = {}
        self.exchanged: list[dict[str, str]] = []
        self.granted: set[str] = set()
        self.token_life = 7200
        self.stopping = threading.Event()
        fake = self

        class Handler(_Handler):
            esc = fake

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def save(self, name: str, text: str) -> int:
        """Create the environment where needed and save a definition; returns the revision."""
        if name not in self.store.environments:
            self.store.create(name)
        return self.store.save(name, text)

    def fault(self, **how: Any) -> None:
        self.faults.append(Fault(**how))

    def calls(self, method: str, ending: str = "") -> int:
        """How often a path with this ending was called."""
        return sum(
            called == method and urlsplit(path).path.endswith(ending)
            for called, path, _ in self.requests
        )

    def next_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in {None, method} and fault.path in path:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    esc: FakeEsc
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def handle(self) -> None:
        # The client may give up first, as tests of its time limits make it do.
        with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
            super().handle()

    def do_any(self) -> None:
        self.fault = None
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.esc.requests.append((self.command, self.path, dict(self.headers)))
        self.fault = self.esc.next_fault(self.command, self.path)
        if self.fault is not None:
            self.esc.stopping.wait(self.fault.hang)
            if self.fault.status is not None:
                message = json.dumps({"code": self.fault.status, "message": "on request"})
                return self.send(
                    self.fault.status, self.fault.body or message.encode(), self.fault.headers
                )
        try:
            self.answer(body)
        except Refusal as refusal:
            shape = shapes.DIAGNOSTICS if refusal.status == 400 else shapes.ERROR
            self.send_json(refusal.document, shape, status=refusal.status)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_any

    def answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/api/oauth/token" and self.command == "POST":
            return self.exchange(body)
        token = self.headers.get("Authorization", "").removeprefix("token ")
        if token not in {self.esc.token, *self.esc.granted}:
            raise Refusal(401, "Unauthorized: No credentials provided or are invalid.")
        query = {name: found[-1] for name, found in parse_qs(parts.query).items()}
        match = ROUTE.fullmatch(parts.path)
        if match is None:
            raise Refusal(404, "Not Found")
        organization, project, name, tail = (unquote(part or "") for part in match.groups())
        if (project, name) in {("yaml", "check"), ("yaml", "open")}:
            return self.anonymous(organization, body.decode())
        if not project:
            return self.organization(organization, query, body)
        full = f"{organization}/{project}/{name}"
        if full in self.esc.forbidden:
            raise Refusal(403, "Forbidden")
        if full not in self.esc.store.environments:
            raise Refusal(404, "Not Found: Environment not found")
        try:
            return self.environment(full, tail, query, body)
        except (KeyError, IndexError, TypeError, ValueError):
            raise Refusal(404, "Not Found") from None

    def exchange(self, body: bytes) -> None:
        """RFC 8693, as the REST API documents it; refusals are those of RFC 6749, section 5.2."""
        form = {name: found[-1] for name, found in parse_qs(body.decode()).items()}
        self.esc.exchanged.append(form)
        organization = form.get("audience", "").removeprefix("urn:pulumi:org:")
        right = form.get("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange"
        right &= form.get("subject_token_type") == "urn:ietf:params:oauth:token-type:id_token"
        trusted = form.get("subject_token") in self.esc.trusted.get(organization, ())
        if self.headers["Content-Type"] != "application/x-www-form-urlencoded" or not right:
            return self.send(400, b'{"error": "invalid_request"}')
        if not trusted:
            return self.send(401, b'{"error": "invalid_grant"}')
        token = f"pul-granted-{len(self.esc.exchanged)}"
        self.esc.granted.add(token)
        answer = {
            "access_token": token,
            "issued_token_type": form["requested_token_type"],
            "token_type": "token",
            "expires_in": self.esc.token_life,
            "scope": form.get("scope", ""),
        }
        return self.send_json(answer, shapes.GRANT)

    def organization(self, name: str, query: dict[str, str], body: bytes) -> None:
        store = self.esc.store
        if self.command == "POST":
            asked = json.loads(body)
            try:
                store.create(f"{name}/{asked['project']}/{asked['name']}")
            except FileExistsError:
                raise Refusal(409, "Conflict: Environment already exists") from None
            self.send(204, b"")
            return
        owned = sorted(full for full in store.environments if full.startswith(f"{name}/"))
        begin = int(query.get("continuationToken", "0"))
        listed = []
        for full in owned[begin : begin + PAGE]:
            created = store.environments[full].created
            _, project, own = full.split("/")
            listed.append(
                {"organization": name, "project": project, "name": own}
                | {"created": created, "modified": created}
            )
        document: dict[str, Any] = {"environments": listed}
        if begin + PAGE < len(owned):
            document["nextToken"] = str(begin + PAGE)
        self.send_json(document, shapes.ORG_ENVIRONMENTS)

    def anonymous(self, organization: str, text: str) -> None:
        try:
            properties = self.esc.store.evaluate(f"{organization}/yaml/check", text)
        except DefinitionError as error:
            raise self.refused("yaml", error) from None
        self.send_json({"properties": properties}, shapes.ENVIRONMENT)

    def refused(self, name: str, error: DefinitionError) -> Refusal:
        return Refusal(400, "Bad Request", {"diagnostics": diagnostics(name, error)})

    def environment(self, full: str, tail: str, query: dict[str, str], body: bytes) -> None:
        store = self.esc.store
        kept = store.environments[full]
        opening = re.fullmatch(r"(?:/versions/([^/]+))?/open", tail)
        reading = re.fullmatch(r"/open//?([^/]+)", tail)
        version = re.fullmatch(r"/versions/([^/]+)", tail)
        if opening and self.command == "POST":
            if (full, "open") in self.esc.gated:
                raise Refusal(403, GATED.format("open request", "opens"))
            try:
                return self.send_json({"id": store.open(full, opening[1])}, shapes.OPENED)
            except DefinitionError as error:
                raise self.refused(full, error) from None
        if reading and self.command == "GET":
            opened = store.sessions[reading[1]]
            if "property" in query:
                value = walk({"value": opened["properties"]}, parse_path(query["property"]))
                return self.send_json(value, shapes.VALUE)
            document = {**opened, "schema": {"type": "object"}}
            return self.send_json(document, shapes.ENVIRONMENT)
        if tail == "/versions" and self.command == "GET":
            return self.send_json(self.revisions(full), shapes.REVISIONS)
        if tail == "/decrypt" and self.command == "GET":
            return self.send_yaml(full, store.decrypted(kept.texts[-1]))
        if (tail == "" or version) and self.command in {"GET", "HEAD"}:
            number = kept.revision(version[1] if version else None)
            return self.send_yaml(full, kept.texts[number - 1])
        if tail == "" and self.command == "PATCH":
            return self.patch(full, body.decode())
        if tail == "" and self.command == "DELETE":
            del store.environments[full]
            return self.send(204, b"")
        raise Refusal(404, "Not Found")

    def patch(self, full: str, text: str) -> None:
        kept = self.esc.store.environments[full]
        if (full, "update") in self.esc.gated:
            raise Refusal(403, GATED.format("draft", "updates"))
        if self.headers.get("ETag") not in {None, "", kept.etag}:
            raise Refusal(409, "Conflict: the environment has been modified")
        try:
            compose(text)
            revision = self.esc.store.save(full, text)
        except DefinitionError as error:
            raise self.refused(full, error) from None
        headers = {"Pulumi-ESC-Revision": str(revision), "ETag": kept.etag}
        self.send_json({}, shapes.DIAGNOSTICS, headers=headers)

    def revisions(self, full: str) -> list[dict[str, Any]]:
        kept = self.esc.store.environments[full]
        return [
            {"number": number, "created": kept.created, "creatorLogin": "someone"}
            for number in range(len(kept.texts), 0, -1)
        ]

    def send_yaml(self, full: str, text: str) -> None:
        kept = self.esc.store.environments[full]
        headers = {"Content-Type": "application/x-yaml", "ETag": kept.etag}
        headers["Pulumi-ESC-Revision"] = str(len(kept.texts))
        self.send(200, text.encode(), headers)

    def send_json(
        self,
        document: Any,
        shape: shapes.Check,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        shape(document, "answer")
        self.send(status, json.dumps(document).encode(), headers)

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        fault = self.fault
        if fault is not None and fault.cut is not None:
            self.wfile.write(body[: fault.cut])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault is not None and fault.drip is not None:
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                self.wfile.flush()
                if self.esc.stopping.is_set():
                    return
                time.sleep(fault.drip)
        elif self.command != "HEAD":
            self.wfile.write(body)
