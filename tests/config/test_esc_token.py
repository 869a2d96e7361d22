"""Which access token opens ESC: variable, file, token exchange, keyring."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc

PROD = "acme/shop/prod"
IDENTITY = "eyJ" + "identity-of-the-pod"
TEXT = "values: {environmentVariables: {ONLY_ESC: from-esc}}"


@pytest.fixture
def service(esc: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> FakeEsc:
    """ESC without its token in the environment; the organisation trusts `IDENTITY`."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", esc.url)
    esc.save(PROD, TEXT)
    esc.trusted = {"acme": {IDENTITY}}
    return esc


@pytest.fixture
def pod(service: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A projected service account token, as Kubernetes mounts one: by links that it moves."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "token").write_text(f"{IDENTITY}\n")
    (tmp_path / "token").symlink_to(Path("..data") / "token")
    monkeypatch.setenv("HUSHFLAKE_OIDC", f"file:{tmp_path / 'token'}")
    return tmp_path / "..data" / "token"


def read() -> str | None:
    hc.configure(esc=PROD)
    return hc.get_config_value("ONLY_ESC")


def exchanges(esc: FakeEsc) -> int:
    return esc.calls("POST", "/api/oauth/token")


def test_the_first_that_is_there_wins(
    service: FakeEsc, pod: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    static.write_text(service.token)
    assert read() == "from-esc"
    assert exchanges(service) == 1
    monkeypatch.setenv("HUSHFLAKE_ESC_TOKEN_FILE", str(static))
    assert read() == "from-esc"
    assert exchanges(service) == 1
    static.write_text("pul-" + "wrong")
    with pytest.raises(hc.ConfigSourceError, match="does not accept the access token"):
        read()
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", service.token)
    assert read() == "from-esc"
    assert exchanges(service) == 1


@pytest.mark.parametrize("text", ["", "  \n", "a\0b", "t\u00f6ken", None])
def test_a_file_without_a_token_is_named(
    service: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("HUSHFLAKE_ESC_TOKEN_FILE", str(path))
    with pytest.raises(hc.ConfigSourceError, match=f"HUSHFLAKE_ESC_TOKEN_FILE: {path}: "):
        read()


def test_the_exchange_asks_as_published(
    service: FakeEsc, pod: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read() == "from-esc"
    assert service.exchanged[-1] == {
        "audience": "urn:pulumi:org:acme",
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:pulumi:token-type:access_token:organization",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "subject_token": IDENTITY,
    }
    for scope, kind in [("team:web", "team"), ("user:ada", "personal"), ("runner:r", "runner")]:
        monkeypatch.setenv("HUSHFLAKE_OIDC_SCOPE", scope)
        assert read() == "from-esc"
        asked = service.exchanged[-1]
        assert asked["scope"] == scope
        assert asked["requested_token_type"].endswith(f":{kind}")


def test_a_token_is_kept_while_it_is_good_and_then_renewed(service: FakeEsc, pod: Path) -> None:
    assert read() == "from-esc"
    hc.refresh()
    assert exchanges(service) == 1
    service.token_life = 0  # a token that has to be renewed at once
    hc.configure(esc=PROD)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    before = exchanges(service)
    pod.write_text("eyJ" + "replaced-by-the-kubelet")
    service.trusted["acme"].add("eyJ" + "replaced-by-the-kubelet")
    hc.refresh()
    assert exchanges(service) > before
    assert service.exchanged[-1]["subject_token"].endswith("kubelet")


def test_a_token_that_was_revoked_is_exchanged_once_more(service: FakeEsc, pod: Path) -> None:
    assert read() == "from-esc"
    service.granted.clear()
    service.save(PROD, "values: {environmentVariables: {ONLY_ESC: newer}}")
    hc.refresh()
    assert (hc.get_config_value("ONLY_ESC"), exchanges(service)) == ("newer", 2)


def test_an_identity_that_is_not_trusted_is_told(service: FakeEsc, pod: Path) -> None:
    service.trusted.clear()
    with pytest.raises(
        hc.ConfigSourceError, match="the organisation must trust its issuer"
    ) as info:
        read()
    assert "urn:pulumi:org:acme" in str(info.value)
    assert IDENTITY not in str(info.value)


@pytest.mark.parametrize("body", [b"[]", b'{"access_token": 1, "expires_in": 9}', b"\xff", b"{}"])
def test_an_answer_without_a_token_is_none(service: FakeEsc, pod: Path, body: bytes) -> None:
    service.fault(path="/oauth/", status=200, body=body)
    with pytest.raises(hc.ConfigSourceError, match="the answer holds no access token"):
        read()


@pytest.mark.parametrize("text", ["gitlab", "file:", "env:", "github:x", "FILE:/x"])
def test_an_unknown_origin_is_told(
    service: FakeEsc, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("HUSHFLAKE_OIDC", text)
    with pytest.raises(hc.ConfigError, match="write file:PATH, env:NAME or github"):
        read()


def test_a_variable_holds_the_identity(service: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_OIDC", "env:PULUMI_ID_TOKEN")
    with pytest.raises(hc.ConfigSourceError, match="PULUMI_ID_TOKEN holds no token"):
        read()
    monkeypatch.setenv("PULUMI_ID_TOKEN", IDENTITY)
    assert read() == "from-esc"


class GitHub(BaseHTTPRequestHandler):
    """The token service of GitHub Actions: asked with an audience and the job's own token."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        allowed = self.headers["Authorization"] == "bearer job-token" and parts.path == "/x/token"
        right = query == {"api-version": ["2.0"], "audience": ["urn:pulumi:org:acme"]}
        body = json.dumps({"count": 9, "value": IDENTITY}).encode()
        self.send_response(200 if allowed and right else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def github() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/x/token?api-version=2.0"
    server.shutdown()
    server.server_close()
    thread.join()


def test_github_actions(service: FakeEsc, github: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_OIDC", "github")
    with pytest.raises(hc.ConfigSourceError, match=r"permissions: \{id-token: write\}"):
        read()
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", github)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-token")
    assert read() == "from-esc"
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "other-token")
    with pytest.raises(hc.ConfigSourceError, match="identity token of GitHub Actions"):
        read()
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://elsewhere.test/token")
    with pytest.raises(hc.ConfigError, match="plain http would show the access token"):
        read()


def test_without_anything_the_message_says_what_to_set(service: FakeEsc) -> None:
    with pytest.raises(hc.ConfigSourceError) as info:
        read()
    for variable in ("PULUMI_ACCESS_TOKEN", "HUSHFLAKE_ESC_TOKEN_FILE", "HUSHFLAKE_OIDC"):
        assert variable in str(info.value)


def test_a_server_without_a_keyring_is_told_what_to_use(
    service: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        hc.configure(esc=PROD, keyring="my-app")
        with pytest.raises(hc.ConfigSourceError, match="no keyring that works") as info:
            hc.get_config_value("ONLY_ESC")
        assert "HUSHFLAKE_ESC_TOKEN_FILE" in str(info.value)
        hc.configure(keyring="my-app", keyring_keys=["DB_PASSWORD"])
        with pytest.raises(hc.ConfigSourceError, match="no keyring that works") as info:
            hc.get_config_value("DB_PASSWORD")
        assert 'stores=["files:/run/secrets"]' in str(info.value)
    finally:
        keyring.set_keyring(before)


def test_nothing_of_a_repository_decides_the_credential(
    service: FakeEsc, pod: Path, tmp_path: Path
) -> None:
    """The section of pyproject.toml knows no such key, and nothing but the environment is asked."""
    from hushflake.config.project.section import load

    for key in ("oidc", "esc-token-file", "oidc-scope", "esc-url"):
        (tmp_path / "pyproject.toml").write_text(f'[tool.hushflake.config]\n{key} = "github"\n')
        with pytest.raises(hc.ConfigError):
            load(tmp_path)


def test_nothing_is_exchanged_before_it_is_needed(service: FakeEsc, pod: Path) -> None:
    hc.configure(esc=PROD, mode="test")
    assert hc.get_config_value("ONLY_ESC") is None
    assert service.requests == []
