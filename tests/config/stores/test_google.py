"""Google Secret Manager: its own client over REST, with credentials of a service account."""

import json
from typing import Any

import pytest
from fake_google import ENDPOINT, FakeGoogle, Version
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError

SECRET = "projects/shop/secrets/prod"
STORE = "google-secrets:shop/prod"


def test_a_secret_of_google(google: FakeGoogle) -> None:
    google.put(SECRET, '{"A": "old"}')
    google.put(SECRET, json.dumps({"A": CANARY, "PORT": 8000}))
    google.aliases[SECRET] = {"stable": 1}
    assert loaded(STORE) == {"A": CANARY, "PORT": "8000"}
    assert loaded(f"{STORE}@1") == loaded(f"{STORE}@stable") == {"A": "old"}
    assert store(STORE).load().facts == {"google.secret": "shop/prod", "google.version": "2"}
    google.put("projects/shop/secrets/plain", CANARY)
    assert loaded("google-secrets:shop/plain") == {"plain": CANARY}
    google.put("projects/shop/locations/europe-west3/secrets/here", '{"A": "regional"}')
    assert loaded("google-secrets:shop/europe-west3/here") == {"A": "regional"}


def test_a_rotation_is_noticed(google: FakeGoogle) -> None:
    google.put(SECRET, '{"A": "a"}')
    hc.configure(stores=[STORE])
    assert hc.get_config_value("A") == "a"
    google.put(SECRET, '{"A": "rotated"}')
    hc.refresh()
    assert hc.get_config_value("A") == "rotated"
    assert len(google.requests) == 2


def test_all_secrets_below_a_name(google: FakeGoogle) -> None:
    for number in range(45):
        google.put(f"projects/shop/secrets/prod-key-{number}", f"v{number}")
    google.put("projects/shop/secrets/not-prod-key-1", "other")
    found = loaded("google-secrets:shop/prod-*")
    assert found["KEY_7"] == found["key-7"] == "v7"
    assert len(found) == 90
    assert len(google.requests) == 2 + 45


def test_writing(google: FakeGoogle) -> None:
    with pytest.raises(ConfigSourceError, match="there is no such secret"):
        store(STORE).write({"A": "1"}, ())
    assert store(STORE).held(create=True) == {}
    assert store(STORE).write({"A": "1"}, ()) == "1"
    assert store(STORE).write({"B": CANARY}, ()) == "2"
    assert json.loads(google.text(SECRET)) == {"A": "1", "B": CANARY}
    google.put(SECRET, "text")
    with pytest.raises(ConfigSourceError, match="holds a text that is no JSON object"):
        store(STORE).write({"A": "1"}, ())
    with pytest.raises(ConfigError, match="name one secret, without a version"):
        store(f"{STORE}@1").write({"A": "1"}, ())
    google.put(SECRET, "{}")
    with pytest.raises(ConfigError, match="larger than 64 KB"):
        store(STORE).write({"A": "x" * 70_000}, ())


def test_somebody_who_saves_in_between_is_told(google: FakeGoogle) -> None:
    google.put(SECRET, "{}")
    google.before_add = lambda: google.put(SECRET, '{"THEIRS": "x"}')
    with pytest.raises(ConfigSourceError, match="somebody else saved version 2 in between"):
        store(STORE).write({"A": "1"}, ())


def test_a_version_that_cannot_be_read(google: FakeGoogle) -> None:
    google.secrets[SECRET] = [Version(b"\xff"), Version(b"{}", "DISABLED")]
    with pytest.raises(ConfigSourceError, match="prod is binary, and no text"):
        loaded(f"{STORE}@1")
    with pytest.raises(ConfigSourceError, match="may be disabled or destroyed"):
        loaded(STORE)
    with pytest.raises(ConfigSourceError, match="may be disabled or destroyed"):
        store(STORE).write({"A": "1"}, ())


def test_one_that_asks_to_come_back_is_asked_again(google: FakeGoogle) -> None:
    google.put(SECRET, '{"A": "a"}')
    google.faults = [(429, {"Retry-After": "0"}), (503, {})]
    assert loaded(STORE) == {"A": "a"}
    google.faults = [(429, {"Retry-After": "3600"})]
    with pytest.raises(ConfigSourceError, match="it asks to wait"):
        loaded(STORE)


@pytest.mark.parametrize(
    ("status", "reason", "out_of_reach"),
    [
        (401, "does not accept the credentials", False),
        (403, "Secret Manager Secret Accessor", False),
        (404, "no such secret or version", False),
        (429, "it asks to wait", True),
        (500, r"cannot be asked \(500\)", True),
    ],
)
def test_what_google_refuses_is_told_without_its_text(
    google: FakeGoogle, status: int, reason: str, out_of_reach: bool
) -> None:
    google.status = status
    with pytest.raises(ConfigSourceError, match=f"^google-secrets:shop/prod: .*{reason}") as caught:
        store(STORE, total_timeout=0.3).load()
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.out_of_reach is out_of_reach


def test_what_google_needs_is_told(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    with pytest.raises(ConfigSourceError, match="cannot be asked") as caught:
        store(STORE, total_timeout=0.3).load()
    assert caught.value.out_of_reach
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(ConfigSourceError, match="set GOOGLE_APPLICATION_CREDENTIALS"):
        loaded(STORE)
    monkeypatch.setenv(ENDPOINT, "http://secrets.example")
    with pytest.raises(ConfigError, match="must be an https address"):
        loaded(STORE)


def test_the_fake_answers_as_the_api_is_described(google: FakeGoogle) -> None:
    """Every field of its answers is one of the messages that the client was generated with."""
    from google.cloud import secretmanager_v1 as api

    def answer(method: str, path: str, body: Any = None, **query: str) -> str:
        headers = {"Authorization": "Bearer x"}
        return json.dumps(google.answer(method, f"/v1/{path}", query, body, headers)[1])

    parent = "projects/shop/secrets"
    answer("POST", parent, {}, secretId="prod")
    body = {"payload": {"data": "e30="}}
    for kind, text in (
        (api.Secret, answer("GET", SECRET)),
        (api.ListSecretsResponse, answer("GET", parent)),
        (api.SecretVersion, answer("POST", f"{SECRET}:addVersion", body)),
        (api.AccessSecretVersionResponse, answer("GET", f"{SECRET}/versions/latest:access")),
    ):
        kind.from_json(text, ignore_unknown_fields=False)
