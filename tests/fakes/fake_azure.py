"""Azure Key Vault, stateful, over TLS, and the endpoint of an attached identity.

https://learn.microsoft.com/rest/api/keyvault/secrets: get, set, list, versions; an answer without a
token is a challenge. The endpoint is that of App Service: `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`.
The answers are held to the models of the client by `test_azure.py`.
"""

import datetime as dt
import ssl
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_http import FakeHttp

IDENTITY = "identity-" + "header"
TOKEN = "azure-" + "t0ken"
_CODES = {403: "Forbidden", 404: "SecretNotFound", 409: "Conflict", 429: "Throttled"}


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(form.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    )
    return cert, private


class FakeIdentity(FakeHttp):
    """Gives one token; `resources` are what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.resources: list[str] = []

    def refusal(self, status: int) -> Any:
        return {"statusCode": status, "message": "canary-in-an-answer"}

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if headers.get("X-IDENTITY-HEADER") != IDENTITY:
            return 401, self.refusal(401), {}
        self.resources.append(query["resource"])
        return 200, {
            "access_token": TOKEN, "expires_on": str(int(time.time()) + 3600),
            "resource": query["resource"], "token_type": "Bearer",
        }, {}  # fmt: skip


class FakeAzure(FakeHttp):
    """Secrets by name, each a list of (version, value, attributes)."""

    PAGE = 25  # names in one answer

    def __init__(self, cert: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        super().__init__(context)
        self.secrets: dict[str, list[dict[str, Any]]] = {}
        self.resource = "https://vault.azure.net"
        self.before_set: Any = None

    def put(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        version = uuid.uuid4().hex
        now = int(time.time())
        attributes = {"enabled": True, "created": now, "updated": now, **more.pop("attributes", {})}
        found = {"id": f"{self.url}/secrets/{name}/{version}", "value": text, **more}
        found["attributes"] = {"recoveryLevel": "Recoverable+Purgeable", **attributes}
        self.secrets.setdefault(name, []).append(found)
        return found

    def version(self, name: str, number: int) -> str:
        return str(self.secrets[name][number]["id"].rpartition("/")[2])

    def refusal(self, status: int) -> Any:
        code = _CODES.get(status, "Failed")
        return {"error": {"code": code, "message": "canary-in-an-answer"}}

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            login = "https://login.windows.net/11111111-1111-1111-1111-111111111111"
            challenge = f'Bearer authorization="{login}", resource="{self.resource}"'
            return 401, self.refusal(401), {"WWW-Authenticate": challenge}
        _, kind, *rest = path.split("/")
        assert kind == "secrets", path
        name, version = [*rest, "", ""][:2]
        if not name:
            return self._listed(self._newest(), query)
        if method == "PUT":
            if self.before_set is not None:
                self.before_set()
            more = {key: body[key] for key in ("contentType", "tags") if key in body}
            return 200, self.put(name, body["value"], **more), {}
        if name not in self.secrets:
            return 404, self.refusal(404), {}
        if version == "versions":
            return self._listed(self.secrets[name], query)
        versions = self.secrets[name]
        wanted = [one for one in versions if not version or one["id"].endswith(version)]
        if not wanted:
            return 404, self.refusal(404), {}
        if not wanted[-1]["attributes"]["enabled"]:
            return 403, self.refusal(403), {}
        return 200, wanted[-1], {}

    def _newest(self) -> list[dict[str, Any]]:
        return [
            {**versions[-1], "id": versions[-1]["id"].rpartition("/")[0]}
            for versions in self.secrets.values()
        ]

    def _listed(
        self, items: list[dict[str, Any]], query: dict[str, str]
    ) -> tuple[int, Any, dict[str, str]]:
        begin = int(query.get("$skiptoken") or 0)
        page = [{k: v for k, v in item.items() if k != "value"} for item in items]
        more = begin + self.PAGE
        link = (
            f"{self.url}/secrets?api-version=7.6&$skiptoken={more}" if more < len(items) else None
        )
        return 200, {"value": page[begin:more], "nextLink": link}, {}


@pytest.fixture(scope="session")
def azure_cert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("azure"))


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIdentity]:
    with FakeIdentity() as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY)
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        yield server


@pytest.fixture
def azure(
    azure_cert: tuple[Path, Path], identity: FakeIdentity, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeAzure]:
    with FakeAzure(*azure_cert) as server:
        monkeypatch.setenv("AZURE_KEYVAULT_URL", server.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure_cert[0]))
        yield server
