"""A Vault, stateful: what hvac asks, answered as documented, and as OpenBao answers it.

KV of both versions, an engine that makes credentials, logins, leases and tokens that end. Held to a
real OpenBao by the tests that run against both.
https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, .../auth/approle,
.../auth/kubernetes, .../system/leases, .../system/internal-ui-mounts
"""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

TOKEN = "vault-" + "t0ken"
SECRET_ID = "vault-" + "s3cret-id"
STALE = "check-and-set parameter did not match the current version"


class FakeVault:
    """Secrets by `mount/path`.

    Attributes:
        engines: Mount -> `kv1`, `kv2` or the type of an engine that makes credentials.
        secrets: Of `kv2` a list of versions, None a deleted one; of `kv1` a list of one.
        tokens: Token -> the time at which it ends, and the seconds that a renewal gives.
    """

    def __init__(self) -> None:
        self.engines = {
            "secret": "kv2",
            "old": "kv1",
            "teams/shop/kv": "kv2",
            "database": "database",
        }
        self.secrets: dict[str, list[dict[str, Any] | None]] = {}
        self.tokens: dict[str, list[float]] = {TOKEN: [float("inf"), 0]}
        self.leases: dict[str, int] = {}
        self.requests: list[tuple[str, str]] = []
        self.namespaces: list[str | None] = []
        self.status: int | None = None  # answer this to everything
        self.faults: list[int] = []  # answer these first
        self.may_describe = True
        self.location = ""
        self.token_life = 3600.0
        self.lease_life = 3600
        self.made = 0
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

    def mount_of(self, path: str) -> str | None:
        return next((mount for mount in self.engines if path.startswith(f"{mount}/")), None)

    def login(self) -> dict[str, Any]:
        self.made += 1
        token = f"token-{self.made}"
        self.tokens[token] = [time.monotonic() + self.token_life, self.token_life]
        return {
            "auth": {
                "client_token": token, "lease_duration": int(self.token_life), "renewable": True
            }
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    vault: FakeVault

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._route({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._route(json.loads(body or b"{}"))

    do_PUT = do_POST

    def _route(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/v1/")
        vault = self.vault
        vault.requests.append((self.command, parts.path))
        vault.namespaces.append(self.headers.get("X-Vault-Namespace"))
        status = vault.faults.pop(0) if vault.faults else vault.status
        if status is not None:
            self._answer(status, {"errors": ["canary-in-an-answer"]})
        elif path.startswith("auth/") and path.endswith("/login"):
            self._login(path, body)
        elif not self._knows_token():
            self._answer(403, {"errors": ["permission denied"]})
        elif path.startswith("auth/token/"):
            self._token(path)
        elif path.startswith("sys/internal/ui/mounts/"):
            self._describe(path.removeprefix("sys/internal/ui/mounts/"))
        elif path == "sys/leases/renew":
            self._renew(body)
        else:
            self._secret(path, body, parse_qs(parts.query))

    def _knows_token(self) -> bool:
        until = self.vault.tokens.get(self.headers.get("X-Vault-Token", ""), [0.0])[0]
        return time.monotonic() < until

    def _login(self, path: str, body: dict[str, Any]) -> None:
        right = {"role_id": "shop", "secret_id": SECRET_ID}
        if "kubernetes" in path:
            right = {"role": "shop", "jwt": "service-account"}
        if body != right:
            self._answer(400, {"errors": ["invalid role or secret ID"]})
        else:
            self._answer(200, self.vault.login())

    def _token(self, path: str) -> None:
        token = self.headers["X-Vault-Token"]
        until, life = self.vault.tokens[token]
        if path.endswith("renew-self"):
            self.vault.tokens[token][0] = time.monotonic() + life
            auth = {"client_token": token, "lease_duration": int(life), "renewable": True}
            self._answer(200, {"auth": auth})
        else:
            left = 0 if until == float("inf") else max(int(until - time.monotonic()), 1)
            self._answer(200, {"data": {"ttl": left, "renewable": bool(left)}})

    def _describe(self, path: str) -> None:
        mount = self.vault.mount_of(path)
        if mount is None or not self.vault.may_describe:
            self._answer(403, {"errors": ["preflight capability check returned 403"]})
            return
        engine = self.vault.engines[mount]
        options = {"version": engine[2:]} if engine.startswith("kv") else None
        kind = "kv" if engine.startswith("kv") else engine
        self._answer(200, {"data": {"path": f"{mount}/", "type": kind, "options": options}})

    def _renew(self, body: dict[str, Any]) -> None:
        lease = str(body.get("lease_id"))
        if lease not in self.vault.leases:
            self._answer(400, {"errors": ["lease not found"]})
            return
        life = self.vault.leases[lease]
        self._answer(200, {"lease_id": lease, "lease_duration": life, "renewable": True})

    def _secret(self, path: str, body: dict[str, Any], query: dict[str, list[str]]) -> None:
        mount = self.vault.mount_of(path)
        if mount is None:
            self._answer(404, {"errors": ["no handler for route"]})
            return
        engine, rest = self.vault.engines[mount], path[len(mount) + 1 :]
        if engine == "kv2" and not rest.startswith("data/"):
            self._answer(404, {"errors": [], "warnings": ["Invalid path for a versioned K/V"]})
        elif engine == "kv2":
            name = f"{mount}/{rest.removeprefix('data/')}"
            self._kv2_write(name, body) if body else self._kv2_read(name, query)
        elif engine == "kv1":
            self._kv1(path, body)
        else:
            self._made(path)

    def _kv2_read(self, name: str, query: dict[str, list[str]]) -> None:
        versions = self.vault.secrets.get(name, [])
        wanted = int(query.get("version", ["0"])[0]) or len(versions)
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

    def _kv2_write(self, name: str, body: dict[str, Any]) -> None:
        versions = self.vault.secrets.setdefault(name, [])
        cas = body.get("options", {}).get("cas")
        if cas is not None and cas != len(versions):
            self._answer(400, {"errors": [STALE]})
            return
        versions.append(body["data"])
        self._answer(200, {"data": {"version": len(versions)}})

    def _kv1(self, path: str, body: dict[str, Any]) -> None:
        if body:
            self.vault.secrets[path] = [body]
            self._answer(204, {})
        elif path in self.vault.secrets:
            self._answer(200, {"data": self.vault.secrets[path][0], "lease_duration": 2764800})
        else:
            self._answer(404, {"errors": []})

    def _made(self, path: str) -> None:
        self.vault.made += 1
        lease = f"{path}/{self.vault.made}"
        self.vault.leases[lease] = self.vault.lease_life
        self._answer(
            200,
            {
                "lease_id": lease, "lease_duration": self.vault.lease_life, "renewable": True,
                "data": {"username": f"u{self.vault.made}", "password": f"p{self.vault.made}"},
            },
        )  # fmt: skip

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        if self.vault.location:
            self.send_header("Location", self.vault.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    with FakeVault() as server:
        monkeypatch.setenv("VAULT_ADDR", server.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        yield server
