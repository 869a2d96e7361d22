"""A Vault with one KV engine of version 2, stateful: what hvac asks, answered as documented.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2: `GET|POST /v1/:mount/data/:path`,
versions, check-and-set, deleted versions (404 with metadata), 403 without a known token.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "vault-" + "t0ken"


class FakeVault:
    """Secrets by `mount/path`, each a list of versions; None is a deleted one."""

    def __init__(self) -> None:
        self.secrets: dict[str, list[dict[str, Any] | None]] = {}
        self.requests: list[tuple[str, str]] = []
        self.status: int | None = None  # answer this to everything
        self.location = ""
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"vault": self})
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "FakeVault":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    vault: FakeVault

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = self._begin(parts.path)
        if name is None:
            return
        versions = self.vault.secrets.get(name, [])
        wanted = int(parse_qs(parts.query).get("version", ["0"])[0]) or len(versions)
        if not 0 < wanted <= len(versions):
            self._answer(404, {"errors": []})
            return
        data = versions[wanted - 1]
        metadata = {"version": wanted, "destroyed": False, "deletion_time": ""}
        if data is None:
            metadata["deletion_time"] = "2026-11-30T00:00:00Z"
        self._answer(
            200 if data is not None else 404, {"data": {"data": data, "metadata": metadata}}
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        name = self._begin(urlsplit(self.path).path)
        if name is None:
            return
        versions = self.vault.secrets.setdefault(name, [])
        cas = body.get("options", {}).get("cas")
        if cas is not None and cas != len(versions):
            message = "check-and-set parameter did not match the current version"
            self._answer(400, {"errors": [message]})
            return
        versions.append(body["data"])
        self._answer(200, {"data": {"version": len(versions)}})

    do_PUT = do_POST

    def _begin(self, path: str) -> str | None:
        """Return the name of a secret, or None when the answer is given."""
        self.vault.requests.append((self.command, path))
        if self.vault.status is not None:
            self._answer(self.vault.status, {"errors": ["canary-in-an-answer"]})
        elif self.headers.get("X-Vault-Token") != TOKEN:
            self._answer(403, {"errors": ["permission denied"]})
        elif not path.startswith("/v1/") or "/data/" not in path:
            self._answer(404, {"errors": ["no handler for route"]})
        else:
            return path.removeprefix("/v1/").replace("/data/", "/", 1)
        return None

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        if self.vault.location:
            self.send_header("Location", self.vault.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
