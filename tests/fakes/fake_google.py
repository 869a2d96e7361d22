"""Google Secret Manager, stateful: what its client asks over REST, answered as documented.

https://cloud.google.com/secret-manager/docs/reference/rest. Its answers are held to the messages of
the client by `test_google.py`.
"""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_http import FakeHttp

ENDPOINT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"

_STATUS = {400: "FAILED_PRECONDITION", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
           404: "NOT_FOUND", 409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED",
           500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
_SECRET = re.compile(r"/v1/(projects/[^/]+(?:/locations/[^/]+)?/secrets/[^/:]+)")
_LIST = re.compile(r"/v1/(projects/[^/]+(?:/locations/[^/]+)?)/secrets")


class Version(NamedTuple):
    data: bytes
    state: str = "ENABLED"


class FakeGoogle(FakeHttp):
    """Secrets by their resource name, each a list of versions; `aliases` name some."""

    PAGE = 40  # secrets in one answer

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[str, list[Version]] = {}
        self.aliases: dict[str, dict[str, int]] = {}
        self.before_add: Any = None

    def put(self, name: str, text: str) -> None:
        self.secrets.setdefault(name, []).append(Version(text.encode()))

    def text(self, name: str) -> str:
        return self.secrets[name][-1].data.decode()

    def credentials(self, folder: Path) -> Path:
        """Write a file of credentials for a service account that signs its own tokens."""
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(65537, 2048).private_bytes(
            form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
        )
        path = folder / "service-account.json"
        path.write_text(
            json.dumps(
                {
                    "type": "service_account", "project_id": "shop", "private_key_id": "1",
                    "private_key": key.decode(), "token_uri": f"{self.url}/token",
                    "client_email": "app@shop.iam.gserviceaccount.com",
                }
            )
        )  # fmt: skip
        return path

    def refusal(self, status: int) -> Any:
        return {
            "error": {
                "code": status, "message": "canary-in-an-answer", "status": _STATUS.get(status, "")
            }
        }  # fmt: skip

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if not headers.get("Authorization", "").startswith("Bearer "):
            return self._refused(401)
        listed, secret = _LIST.fullmatch(path), _SECRET.match(path)
        if listed is not None:
            if method == "POST":
                return self._create(f"{listed[1]}/secrets/{query['secretId']}")
            return self._list(listed[1], query)
        assert secret is not None, path
        name, rest = secret[1], path[secret.end() :]
        if name not in self.secrets:
            return self._refused(404)
        if rest == "":
            return 200, {"name": name}, {}
        if rest == ":addVersion":
            return self._add(name, base64.b64decode(body["payload"]["data"]))
        version, _, verb = rest.removeprefix("/versions/").partition(":")
        assert verb == "access", path
        return self._access(name, version)

    def _refused(self, status: int) -> tuple[int, Any, dict[str, str]]:
        return status, self.refusal(status), {}

    def _create(self, name: str) -> tuple[int, Any, dict[str, str]]:
        if name in self.secrets:
            return self._refused(409)
        self.secrets[name] = []
        return 200, {"name": name}, {}

    def _list(self, parent: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        word = query.get("filter", "").removeprefix("name:")
        names = [name for name in self.secrets if name.startswith(parent) and word in name]
        begin = int(query.get("pageToken") or 0)
        page = [{"name": name} for name in names[begin : begin + self.PAGE]]
        more = begin + self.PAGE
        token = {"nextPageToken": str(more)} if more < len(names) else {}
        return 200, {"secrets": page, "totalSize": len(names), **token}, {}

    def _add(self, name: str, data: bytes) -> tuple[int, Any, dict[str, str]]:
        if self.before_add is not None:
            self.before_add()
        self.secrets[name].append(Version(data))
        number = len(self.secrets[name])
        return 200, {"name": f"{name}/versions/{number}", "state": "ENABLED"}, {}

    def _access(self, name: str, version: str) -> tuple[int, Any, dict[str, str]]:
        versions = self.secrets[name]
        number = len(versions) if version == "latest" else self.aliases.get(name, {}).get(version)
        number = int(version) if number is None and version.isdigit() else number or 0
        if not 0 < number <= len(versions):
            return self._refused(404)
        found = versions[number - 1]
        if found.state != "ENABLED":
            return self._refused(400)
        data = base64.b64encode(found.data).decode()
        return 200, {"name": f"{name}/versions/{number}", "payload": {"data": data}}, {}


@pytest.fixture(scope="session")
def google_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Credentials; making their key takes a second, now and then."""
    with FakeGoogle() as server:
        return server.credentials(tmp_path_factory.mktemp("google"))


@pytest.fixture
def google(google_key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    with FakeGoogle() as server:
        monkeypatch.setenv(ENDPOINT, f"{server.url}/")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(google_key))
        yield server
