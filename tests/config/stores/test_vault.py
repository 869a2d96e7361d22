"""HashiCorp Vault and OpenBao: a stateful fake, and the same against a real OpenBao."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_vault import SECRET_ID, TOKEN, FakeVault
from programs import openbao
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError

Ask = Callable[..., Any]
POLICY = 'path "secret/*" { capabilities = ["read", "create", "update"] }'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("BAO_ADDR", "BAO_TOKEN", "VAULT_NAMESPACE", "VAULT_ROLE_ID", "VAULT_SECRET_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def asking(url: str) -> Ask:
    def ask(path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{url}/v1/{path}", data, {"X-Vault-Token": TOKEN})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    return ask


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with openbao(tmp_path_factory.mktemp("bao"), TOKEN) as url:
        ask = asking(url)
        for mount, version in (("old", "1"), ("teams/shop/kv", "2")):
            ask(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": version}})
        ask("sys/policies/acl/shop", {"policy": POLICY})
        ask("sys/auth/approle", {"type": "approle"})
        ask("auth/approle/role/shop", {"token_policies": "shop", "token_ttl": "1s"})
        ask("auth/approle/role/shop/role-id", {"role_id": "shop"})
        ask("auth/approle/role/shop/custom-secret-id", {"secret_id": SECRET_ID})
        yield url


@pytest.fixture(params=["fake", pytest.param("openbao", marks=pytest.mark.slow)])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A fake, or OpenBao itself: whoever is asked answers alike."""
    if request.param == "openbao":
        url = request.getfixturevalue("bao")
        monkeypatch.setenv("VAULT_ADDR", url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    else:
        fake = request.getfixturevalue("vault")
        fake.token_life = 1
        url = fake.url
    return asking(url)


# -- against both ---------------------------------------------------------------------------


def test_a_secret_of_version_2(server: Ask) -> None:
    server("secret/data/both/prod", {"data": {"A": "old"}})
    server(
        "secret/data/both/prod",
        {"data": {"A": CANARY, "PORT": 8000, "DEBUG": True, "NONE": None, "MAP": {"a": [1, "b"]}}},
    )
    assert loaded("vault:secret/both/prod") == {
        "A": CANARY,
        "PORT": "8000",
        "DEBUG": "true",
        "NONE": "",
        "MAP": '{"a": [1, "b"]}',
    }
    assert loaded("vault:secret/both/prod@1") == {"A": "old"}
    with pytest.raises(ConfigSourceError, match="no such secret, or this version of it"):
        loaded("vault:secret/both/none")


def test_a_mount_of_several_steps_and_one_of_version_1(server: Ask) -> None:
    server("teams/shop/kv/data/prod", {"data": {"A": "deep"}})
    assert loaded("vault:teams/shop/kv/prod") == {"A": "deep"}
    server("old/shop/prod", {"A": "one", "B": "two"})
    assert loaded("vault:old/shop/prod") == {"A": "one", "B": "two"}
    assert store("vault:old/shop/prod").write({"B": "new"}, ()) == ""
    assert server("old/shop/prod")["data"] == {"A": "one", "B": "new"}
    assert store("vault:old/fresh").write({"B": "new"}, ()) == ""
    assert loaded("vault:old/fresh") == {"B": "new"}
    with pytest.raises(ConfigError, match="kv1 keeps no versions; leave out @"):
        loaded("vault:old/shop/prod@1")


def test_writing_keeps_what_is_there_also_above_a_deleted_version(server: Ask) -> None:
    name = "vault:secret/both/written"
    assert store(name).write({"A": "1"}, ()) == "1"
    assert store(name).write({"B": CANARY}, ()) == "2"
    assert server("secret/data/both/written")["data"]["data"] == {"A": "1", "B": CANARY}
    with pytest.raises(ConfigError, match="a pinned version cannot be changed"):
        store(f"{name}@1").write({"A": "2"}, ())


def test_a_login_with_a_role_and_a_token_that_ends(
    server: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server("secret/data/both/role", {"data": {"A": "a"}})
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("VAULT_ROLE_ID", "shop")
    monkeypatch.setenv("VAULT_SECRET_ID", "wrong")
    with pytest.raises(ConfigSourceError, match=r"cannot be asked \(InvalidRequest\)"):
        loaded("vault:secret/both/role")
    monkeypatch.setenv("VAULT_SECRET_ID", SECRET_ID)
    held = store("vault:secret/both/role")
    for _ in range(7):
        assert dict(held.load().values) == {"A": "a"}
        time.sleep(0.2)


def test_a_token_that_is_none_is_refused(server: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "none")
    with pytest.raises(ConfigSourceError, match="may not do that, or has expired") as caught:
        loaded("vault:secret/both/prod")
    assert not caught.value.out_of_reach


@pytest.mark.slow
def test_a_deleted_version_of_a_real_server_is_written_over(server: Ask) -> None:
    name = "vault:secret/both/deleted"
    store(name).write({"A": "1"}, ())
    if not server("sys/internal/ui/mounts/secret/x")["data"].get("uuid"):
        return  # the fake has no deletion
    server("secret/delete/both/deleted", {"versions": [1]})
    with pytest.raises(ConfigSourceError, match="this version of it is deleted"):
        loaded(name)
    assert store(name).write({"B": "2"}, ()) == "2"
    assert loaded(name) == {"B": "2"}


# -- what only a fake can be told -----------------------------------------------------------


def test_requests_and_refresh(vault: FakeVault) -> None:
    vault.secrets["secret/shop"] = [{"A": "a"}]
    hc.configure(stores=["vault:secret/shop"])
    assert hc.get_config_value("A") == "a"
    assert len(vault.requests) == 2
    vault.secrets["secret/shop"].append({"A": "rotated"})
    hc.refresh()
    assert hc.get_config_value("A") == "rotated"
    hc.refresh()
    # The token was looked up once; which mount it is is known.
    paths = [path for _, path in vault.requests[2:]]
    assert paths == ["/v1/auth/token/lookup-self", *["/v1/secret/data/shop"] * 2]


def test_a_given_token_is_renewed(vault: FakeVault) -> None:
    vault.secrets["secret/shop"] = [{"A": "a"}]
    vault.tokens[TOKEN] = [time.monotonic() + 1.5, 1.5]
    held = store("vault:secret/shop")
    for _ in range(6):
        assert dict(held.load().values) == {"A": "a"}
        time.sleep(0.3)
    assert ("POST", "/v1/auth/token/renew-self") in vault.requests


def test_a_token_that_was_revoked_is_replaced_where_there_is_a_login(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    vault.secrets["secret/shop"] = [{"A": "a"}]
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("VAULT_KUBERNETES_ROLE", "shop")
    (home / "jwt").write_text("service-account\n")
    monkeypatch.setenv("VAULT_KUBERNETES_TOKEN_FILE", str(home / "jwt"))
    held = store("vault:secret/shop")
    assert held.load().values == {"A": "a"}
    assert len(vault.requests) == 3
    vault.tokens.clear()
    assert held.load().values == {"A": "a"}


def test_the_token_of_the_command_line_and_the_variables_of_openbao(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    vault.secrets["secret/shop"] = [{"A": "a"}]
    (home / ".vault-token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("BAO_ADDR", vault.url)
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    monkeypatch.setenv("BAO_NAMESPACE", "team")
    monkeypatch.delenv("VAULT_TOKEN")
    assert loaded("vault:secret/shop") == {"A": "a"}
    assert set(vault.namespaces) == {"team"}


def test_who_may_not_ask_for_the_mount_reads_all_the_same(vault: FakeVault) -> None:
    vault.may_describe = False
    vault.secrets["secret/shop"] = [{"A": "a"}]
    assert loaded("vault:secret/shop") == {"A": "a"}


def test_credentials_that_an_engine_makes(vault: FakeVault) -> None:
    vault.lease_life = 1
    held = store("vault:database/creds/shop")
    first = held.load()
    assert dict(first.values) == {"username": "u1", "password": "p1"}
    assert first.expires_in is not None
    assert 0.5 < first.expires_in <= 1
    assert held.load().values == first.values, "a refresh makes no second user"
    time.sleep(0.6)
    assert held.load().values == first.values, "the lease was renewed"
    assert ("PUT", "/v1/sys/leases/renew") in vault.requests
    vault.leases.clear()
    time.sleep(0.6)
    assert dict(held.load().values) == {"username": "u2", "password": "p2"}
    with pytest.raises(ConfigError, match="database makes its values; none can be kept"):
        held.write({"A": "1"}, ())


def test_a_version_of_somebody_else_is_not_overwritten(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.sources.stores.vault import VaultStore

    held = VaultStore._held

    def between(self: VaultStore) -> Any:
        found = held(self)
        vault.secrets.setdefault("secret/shop", []).append({"THEIRS": "x"})
        return found

    monkeypatch.setattr(VaultStore, "_held", between)
    with pytest.raises(ConfigSourceError, match="somebody else saved a version in between"):
        store("vault:secret/shop").write({"A": CANARY}, ())
    assert vault.secrets["secret/shop"] == [{"THEIRS": "x"}]


def test_a_server_that_asks_to_come_back_is_asked_again(vault: FakeVault) -> None:
    vault.secrets["secret/shop"] = [{"A": "a"}]
    vault.faults = [429, 503]
    assert loaded("vault:secret/shop") == {"A": "a"}


@pytest.mark.parametrize(
    ("status", "reason", "out_of_reach"),
    [
        (403, "may not do that", False),
        (404, "no such secret", False),
        (429, "it asks to wait", True),
        (500, "it fails", True),
        (503, "sealed", True),
    ],
)
def test_what_vault_refuses_is_told_without_its_text(
    vault: FakeVault, status: int, reason: str, out_of_reach: bool
) -> None:
    vault.status = status
    with pytest.raises(ConfigSourceError, match=f"^vault:secret/shop: .*{reason}") as caught:
        store("vault:secret/shop", total_timeout=0.3).load()
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.out_of_reach is out_of_reach


def test_a_server_that_is_not_there_is_out_of_reach(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    with pytest.raises(ConfigSourceError, match="cannot be asked") as caught:
        store("vault:secret/shop", total_timeout=0.3).load()
    assert caught.value.out_of_reach


def test_a_redirect_carries_the_token_nowhere(vault: FakeVault) -> None:
    with FakeVault() as other:
        vault.status, vault.location = 307, f"{other.url}/v1/secret/data/shop"
        with pytest.raises(ConfigSourceError, match="VAULT_ADDR answers with a redirect"):
            loaded("vault:secret/shop")
        with pytest.raises(ConfigSourceError, match="VAULT_ADDR answers with a redirect"):
            store("vault:secret/shop").write({"A": CANARY}, ())
        assert other.requests == []


@pytest.mark.parametrize("missing", ["VAULT_ADDR", "VAULT_TOKEN"])
def test_what_vault_needs_is_told(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigSourceError, match=f"set {missing} to"):
        loaded("vault:secret/shop")
    with pytest.raises(ConfigSourceError, match=f"set {missing} to"):
        store("vault:secret/shop").write({"A": CANARY}, ())
