"""Dynamic credentials end; versions, tags, imports and rotated secrets are read as they are."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.lifetimes import expires_in
from hushflake.config.reading import access, process

PROD = "acme/shop/prod"
LOGIN = """
values:
  login:
    fn::open::{provider}: {inputs}
  environmentVariables: {{TOKEN: "${{login.token}}", PLAIN: x}}
"""


@pytest.fixture
def dynamic(prod: FakeEsc) -> FakeEsc:
    """Providers that give another token each time."""
    count = iter(range(1, 1000))

    def login(inputs: Any) -> dict[str, Any]:
        value: dict[str, Any] = {"token": {"value": f"token-{next(count)}", "secret": True}}
        if "ends_in" in inputs:
            moment = datetime.now(UTC) + timedelta(seconds=inputs["ends_in"])
            value["expiry"] = {"value": moment.isoformat().replace("+00:00", "Z")}
        return {"value": value}

    for name in ("aws-login", "gcp-login", "gh-login"):
        prod.store.providers[name] = login
    return prod


def life(esc: FakeEsc, text: str) -> float | None:
    esc.save(PROD, text)
    client = EscClient(esc.token, url=esc.url)
    environment = Environment.parse(PROD)
    return expires_in(client.read_whole(environment, client.open(environment)), 7200)


def test_values_of_a_definition_alone_do_not_end(prod: FakeEsc) -> None:
    whole = """
values:
  db: {password: {fn::secret: x}, url: "pg://${db.user}@h", user: u, all: ["${db.user}", 1, null]}
  expiry: 2099-01-01T00:00:00Z
  builtin: {arg: {fn::toJSON: "${db}"}, name: fn::open}
  rotated: {fn::rotate::swap: {inputs: {}, state: {current: {fn::secret: a}}}}
  environmentVariables: {A: "${db.url}"}
"""
    assert life(prod, whole) is None
    assert life(prod, "") is None


@pytest.mark.parametrize(
    ("provider", "inputs", "seconds"),
    [
        ("aws-login", "{}", 7200),
        ("aws-login", "{oidc: {duration: 1h}}", 3600),
        ("aws-login", "{oidc: {duration: 1h30m, roleArn: x}}", 5400),
        ("aws-login", "{oidc: {duration: 12h}}", 7200),
        ("aws-login", "{oidc: {duration: soon}}", 7200),
        ("gcp-login", "{oidc: {tokenLifetime: 15m}}", 900),
        ("gh-login", "{owner: octocat}", 3600),
        ("gcp-login", "{ends_in: 600}", 600),
        ("gcp-login", "{ends_in: -600}", 7200),
    ],
)
def test_what_a_provider_gives_ends(
    dynamic: FakeEsc, provider: str, inputs: str, seconds: float
) -> None:
    found = life(dynamic, LOGIN.format(provider=provider, inputs=inputs))
    assert found == pytest.approx(seconds, abs=5)
    nested = LOGIN.replace("::{provider}: {inputs}", ": {{provider: {provider}, inputs: {inputs}}}")
    found = life(dynamic, nested.format(provider=provider, inputs=inputs))
    assert found == pytest.approx(seconds, abs=5)


def test_what_comes_from_another_environment_may_end(dynamic: FakeEsc) -> None:
    dynamic.save("acme/default/base", LOGIN.format(provider="aws-login", inputs="{}"))
    assert life(dynamic, "imports: [base]\nvalues: {a: b}") == 7200
    dynamic.save("acme/default/base", "values: {b: c}")
    # Whether it asks a provider is not known from here.
    assert life(dynamic, "imports: [base]\nvalues: {a: b}") == 7200


@pytest.mark.parametrize(
    "opened",
    [
        {},
        {"exprs": None, "properties": {}},
        {"exprs": [], "properties": {"a": {"value": "x"}}},
        {"exprs": {"a": {"builtin": 7, "object": [1], "list": {"x": 1}}}, "properties": {"b": {}}},
        {"exprs": {"a": {"symbol": [{"key": "environments"}]}}, "properties": {"a": {}}},
        {"exprs": {"a": {"interpolate": [{"value": [{"key": "environments"}]}]}}, "properties": {}},
        {"exprs": {}, "properties": {"a": {"value": [{"value": {"expiry": {"value": "x"}}}]}}},
    ],
)
def test_what_is_not_known_to_stay_ends_with_the_session(opened: dict[str, Any]) -> None:
    assert expires_in(opened, 7200) == 7200


def test_a_deep_answer_is_no_trap() -> None:
    expression: dict[str, Any] = {"literal": "x"}
    value: dict[str, Any] = {"value": "x"}
    for _ in range(5000):
        expression, value = {"list": [expression]}, {"value": {"a": value}}
    assert expires_in({"exprs": {"a": expression}, "properties": {"a": value}}, 7200) is None


def until(true: Callable[[], bool], seconds: float = 8) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def refused() -> bool:
    try:
        hc.get_config_value("TOKEN")
    except hc.ConfigSourceError:
        return True
    return False


def test_expired_credentials_are_not_served(dynamic: FakeEsc) -> None:
    dynamic.save(PROD, LOGIN.format(provider="gcp-login", inputs="{ends_in: 5}"))
    hc.configure(
        esc=PROD,
        max_stale_seconds=600,
        refresh_seconds=600,
        miss_seconds=600,
        total_timeout=0.3,
    )
    begun = time.monotonic()
    first = hc.get_config_value("TOKEN")
    dynamic.fault(status=503, times=10_000)
    assert until(refused)
    # Before they end, and not long before.
    assert 2 < time.monotonic() - begun < 5
    assert hc.describe()["sources"][1]["state"] == "failed"
    dynamic.faults.clear()
    hc.refresh()
    assert hc.get_config_value("TOKEN") != first


def test_credentials_are_renewed_before_they_end(dynamic: FakeEsc) -> None:
    dynamic.save(PROD, LOGIN.format(provider="gcp-login", inputs="{ends_in: 2}"))
    hc.configure(esc=PROD, refresh_seconds=600, miss_seconds=600)
    first = hc.get_config_value("TOKEN")
    assert until(lambda: hc.get_config_value("TOKEN") != first, 1.9)
    # An end that is nearer than any refresh can be makes nobody ask without a pause.
    dynamic.save(PROD, LOGIN.format(provider="gcp-login", inputs="{ends_in: 0.01}"))
    hc.refresh()
    before = dynamic.calls("POST", "/open")
    time.sleep(1.2)
    assert dynamic.calls("POST", "/open") - before <= 3


def test_static_values_are_served_for_longer(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    hc.preload()
    active = process.current()
    assert active is not None
    held = active.loaded_table().snapshot.source("esc")
    assert held is not None
    assert held.loaded is not None
    assert held.loaded.expires_in is None


def test_versions_and_tags(prod: FakeEsc) -> None:
    for number in range(2, 5):
        prod.save(PROD, f"values: {{environmentVariables: {{N: '{number}'}}}}")
    kept = prod.store.environments[PROD]
    kept.tags["stable"] = len(kept.texts) - 2
    read = []
    for version in ("", "@latest", "@stable", f"@{len(kept.texts) - 1}"):
        hc.configure(esc=f"{PROD}{version}")
        read.append(hc.get_config_value("N"))
    assert read == ["4", "4", "2", "3"]
    # A tag is where it points to now.
    hc.configure(esc=f"{PROD}@stable")
    assert hc.get_config_value("N") == "2"
    kept.tags["stable"] += 1
    hc.refresh()
    assert hc.get_config_value("N") == "3"
    hc.configure(esc=f"{PROD}@nope")
    with pytest.raises(hc.ConfigSourceError, match="acme/shop/prod@nope"):
        hc.get_config_value("N")


ROTATED = """
values:
  db:
    fn::rotate::password:
      inputs: {{}}
      state:
        current: {{password: {{fn::secret: {0}}}}}
        previous: {{password: {{fn::secret: {1}}}}}
  environmentVariables: {{DB_PASSWORD: "${{db.current.password}}"}}
"""


def test_a_rotated_secret_is_noticed(prod: FakeEsc) -> None:
    prod.save(PROD, ROTATED.format("second-password", "first-password"))
    hc.configure(esc=PROD)
    assert hc.get_config_value("DB_PASSWORD") == "second-password"
    assert hc.get_config_value("db.previous.password") == "first-password"
    assert hc.get_config_value("DB_CURRENT_PASSWORD") == "second-password"
    access.base().counters.take_events()
    prod.save(PROD, ROTATED.format("third-password", "second-password"))
    hc.refresh()
    assert hc.get_config_value("DB_PASSWORD") == "third-password"
    assert hc.get_config_value("db.previous.password") == "second-password"
    events, _ = access.base().counters.take_events()
    rotated = {event["key"] for event in events if event["event"] == "config.rotation"}
    assert "DB_PASSWORD" in rotated
    assert not any(value in str(events) for value in ("first-", "second-", "third-"))
