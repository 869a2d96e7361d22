"""Webhooks wake the sync, if they are signed by who knows the token."""

import hashlib
import hmac
import json
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from hushflake.config import Secret
from hushflake.sync.notion.events import IGNORED, WAKES
from hushflake.sync.notion.webhook import MOST_BYTES, Doorbell, is_signed

TOKEN = "secret" + "_" + "t" * 40
EVENT = json.dumps({"type": "page.properties_updated", "entity": {"id": "x"}}).encode()


def signed(body: bytes, token: str = TOKEN) -> dict[str, str]:
    digest = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Notion-Signature": f"sha256={digest}"}


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Doorbell]:
    with Doorbell(0, Secret(TOKEN), tmp_path / "token") as ringing:
        yield ringing


def post(bell: Doorbell, body: bytes, headers: dict[str, str]) -> int:
    sent = {"Content-Type": "application/json", **headers}
    talk = HTTPConnection(*bell.address, timeout=10)
    try:
        with suppress(ConnectionError):  # what is too long is refused before it is sent
            talk.request("POST", "/", body, sent)
        return talk.getresponse().status
    finally:
        talk.close()


def test_a_signed_event_rings(bell: Doorbell) -> None:
    assert post(bell, EVENT, signed(EVENT)) == 200
    assert bell.woken.is_set()


def event(kind: object) -> bytes:
    """An event as Notion sends it, with what all of them have."""
    return json.dumps(
        {
            "id": "e", "timestamp": "2026-11-01T09:00:00.000Z", "workspace_id": "w",
            "workspace_name": "W", "subscription_id": "s", "integration_id": "i",
            "authors": [{"id": "u", "type": "person"}], "attempt_number": 1,
            "api_version": "2026-03-11", "type": kind, "entity": {"id": "x", "type": "page"},
            "data": {},
        }
    ).encode()  # fmt: skip


@pytest.mark.parametrize("kind", sorted(WAKES))
def test_what_may_mean_work_begins_a_cycle(bell: Doorbell, kind: str) -> None:
    assert post(bell, event(kind), signed(event(kind))) == 200
    assert bell.woken.is_set()


@pytest.mark.parametrize("kind", sorted(IGNORED))
def test_what_never_means_work_does_not(bell: Doorbell, kind: str) -> None:
    assert post(bell, event(kind), signed(event(kind))) == 200
    assert not bell.woken.is_set()


@pytest.mark.parametrize("kind", ["page.invented", "", None, 7, ["page.locked"], {}])
def test_an_event_of_a_type_that_is_not_known_begins_one(bell: Doorbell, kind: object) -> None:
    assert post(bell, event(kind), signed(event(kind))) == 200
    assert bell.woken.is_set()


@pytest.mark.parametrize(
    "headers",
    [{}, signed(EVENT, "other"), signed(b"other"), {"X-Notion-Signature": "sha256="}],
)
def test_an_event_that_is_not_signed_does_not(bell: Doorbell, headers: dict[str, str]) -> None:
    assert post(bell, EVENT, headers) == 401
    assert not bell.woken.is_set()


def test_what_is_no_event_is_refused(bell: Doorbell) -> None:
    assert post(bell, b"not json", signed(b"not json")) == 400
    assert post(bell, b"[]", signed(b"[]")) == 400
    assert post(bell, b"x" * (MOST_BYTES + 1), {}) == 413
    deep = b"[" * 100_000
    assert post(bell, deep, {}) == 401
    assert post(bell, deep, signed(deep)) == 400
    assert not bell.woken.is_set()


@pytest.mark.parametrize(
    ("length", "status"),
    [("-1", 411), ("x", 411), ("\u00b2", 411), ("1" * 5000, 413), (str(MOST_BYTES + 1), 413)],
)
def test_a_length_that_is_none_is_not_waited_for(
    bell: Doorbell, length: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(bell.address, timeout=5) as talk:
        talk.sendall(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1"))
        assert talk.recv(100).split()[1] == str(status).encode()
    assert capfd.readouterr().err == ""


def test_the_handshake_is_taken_once_and_kept_from_others(tmp_path: Path) -> None:
    told: list[str] = []
    file = tmp_path / "token"
    body = json.dumps({"verification_token": TOKEN}).encode()
    with Doorbell(0, None, file, told.append) as bell:
        assert post(bell, b'{"verification_token": "two\\nlines, spaces"}', {}) == 401
        assert post(bell, body, {}) == 200
        assert post(bell, EVENT, signed(EVENT)) == 401
        # A stranger's comes too late, and is not told from one that was taken.
        assert post(bell, body.replace(b"t" * 40, b"s" * 40), {}) == 200
    assert len(told) == 1
    assert file.read_text(encoding="utf-8").strip() == TOKEN
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert TOKEN not in told[0]
    # Once a token is known, nobody can bring another one.
    with Doorbell(0, Secret("known"), file) as bell:
        assert post(bell, body, {}) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"origin": "null"},
        {"Referer": "https://evil.example/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "[::"},
        {"Host": ""},
    ],
    ids=str,
)
def test_a_handshake_comes_from_no_page_and_under_no_other_name(
    headers: dict[str, str], tmp_path: Path
) -> None:
    told: list[str] = []
    file = tmp_path / "token"
    body = json.dumps({"verification_token": TOKEN}).encode()
    with Doorbell(0, None, file, told.append, "hooks.example.com") as bell:
        assert post(bell, body, headers) == 403
        assert not file.exists()
        # The user's own proxy, under the name that was said.
        assert post(bell, body, {"Host": "Hooks.example.com"}) == 200
    assert file.read_text(encoding="utf-8").strip() == TOKEN
    assert all(line.isprintable() for line in told)


@pytest.mark.parametrize("kind", ["link", "dangling", "folder"])
def test_the_token_file_follows_no_link(kind: str, tmp_path: Path) -> None:
    told: list[str] = []
    keys = tmp_path / "authorized_keys"
    file = tmp_path / "sync" / "token"
    file.parent.mkdir()
    if kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(keys)
    if kind == "link":
        keys.write_text("mine")
    body = json.dumps({"verification_token": TOKEN}).encode()
    with Doorbell(0, None, file, told.append) as bell:
        assert post(bell, body, {}) == 500
    assert keys.exists() == (kind == "link")
    assert kind != "link" or keys.read_text() == "mine"
    assert "cannot be kept" in told[0]
    assert TOKEN not in told[0]


def test_a_token_file_of_before_is_replaced_and_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    file.chmod(0o666)
    body = json.dumps({"verification_token": TOKEN}).encode()
    with Doorbell(0, None, file) as bell:
        assert post(bell, body, {}) == 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_signature_is_that_of_the_raw_body() -> None:
    assert is_signed(Secret(TOKEN), EVENT, signed(EVENT)["X-Notion-Signature"])
    assert not is_signed(Secret(TOKEN), EVENT + b" ", signed(EVENT)["X-Notion-Signature"])
    assert not is_signed(Secret(TOKEN), EVENT, None)
    assert not is_signed(Secret(TOKEN), EVENT, "ä")


def test_a_bell_is_heard_at_once(bell: Doorbell) -> None:
    threading.Timer(0.05, lambda: post(bell, EVENT, signed(EVENT))).start()
    assert bell.woken.wait(5)
