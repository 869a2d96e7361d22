"""Azure Key Vault: its own client over TLS, with the credentials of an attached identity."""

import json
from typing import Any

import pytest
from fake_azure import TOKEN, FakeAzure, FakeIdentity
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError

STORE = "azure-secrets:prod"


def test_a_secret_of_azure(azure: FakeAzure) -> None:
    azure.put("prod", '{"A": "old"}')
    azure.put("prod", json.dumps({"A": CANARY, "PORT": 8000}))
    azure.put("plain", CANARY)
    assert loaded(STORE) == {"A": CANARY, "PORT": "8000"}
    assert loaded(f"{STORE}@{azure.version('prod', 0)}") == {"A": "old"}
    assert loaded("azure-secrets:plain") == {"plain": CANARY}


def test_a_rotation_is_noticed(azure: FakeAzure) -> None:
    azure.put("prod", '{"A": "a"}')
    hc.configure(stores=[STORE])
    assert hc.get_config_value("A") == "a"
    assert len(azure.requests) == 2, "the challenge, and the answer"
    azure.put("prod", '{"A": "rotated"}')
    hc.refresh()
    assert hc.get_config_value("A") == "rotated"
    assert len(azure.requests) == 3


def test_all_secrets_below_a_name(azure: FakeAzure) -> None:
    for number in range(30):
        azure.put(f"prod-KEY-{number}", f"v{number}")
    azure.put("other-KEY-1", "other")
    azure.put("prod-off", "no", attributes={"enabled": False})
    found = loaded("azure-secrets:prod-*")
    assert found["KEY_7"] == found["KEY-7"] == "v7"
    assert len(found) == 60


def test_writing(azure: FakeAzure) -> None:
    with pytest.raises(ConfigSourceError, match="there is no such secret"):
        store(STORE).write({"A": "1"}, ())
    assert store(STORE).held(create=True) == {}
    azure.secrets["prod"][-1]["tags"] = {"team": "shop"}
    store(STORE).write({"A": "1"}, ())
    version = store(STORE).write({"B": CANARY}, ())
    newest = azure.secrets["prod"][-1]
    assert (json.loads(newest["value"]), newest["tags"]) == (
        {"A": "1", "B": CANARY},
        {"team": "shop"},
    )
    assert newest["id"].endswith(version)
    azure.put("prod", "text")
    with pytest.raises(ConfigSourceError, match="holds a text that is no JSON object"):
        store(STORE).write({"A": "1"}, ())


def test_somebody_who_saves_in_between_is_told(azure: FakeAzure) -> None:
    azure.put("prod", "{}")
    azure.before_set = lambda: azure.put("prod", '{"THEIRS": "x"}')
    with pytest.raises(ConfigSourceError, match=r"somebody else saved version \w{32} in between"):
        store(STORE).write({"A": "1"}, ())


def test_a_challenge_chooses_no_audience(azure: FakeAzure, identity: FakeIdentity) -> None:
    azure.put("prod", '{"A": "a"}')
    azure.resource = "https://management.azure.com"
    assert loaded(STORE) == {"A": "a"}
    assert set(identity.resources) == {"https://vault.azure.net"}


def test_one_that_asks_to_come_back_is_asked_again(azure: FakeAzure) -> None:
    azure.put("prod", '{"A": "a"}')
    azure.faults = [(429, {"Retry-After": "0"}), (503, {})]
    assert loaded(STORE) == {"A": "a"}
    azure.faults = [(429, {"Retry-After": "3600"})]
    with pytest.raises(ConfigSourceError, match="it asks to wait"):
        loaded(STORE)


@pytest.mark.parametrize(
    ("status", "reason", "out_of_reach"),
    [
        (403, "Key Vault Secrets User", False),
        (404, "no such secret or version", False),
        (429, "it asks to wait", True),
        (500, r"cannot be asked \(500\)", True),
    ],
)
def test_what_azure_refuses_is_told_without_its_text(
    azure: FakeAzure, status: int, reason: str, out_of_reach: bool
) -> None:
    azure.status = status
    with pytest.raises(ConfigSourceError, match=f"^azure-secrets:prod: .*{reason}") as caught:
        store(STORE, total_timeout=0.3).load()
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.out_of_reach is out_of_reach


def test_what_azure_needs_is_told(
    azure: FakeAzure, identity: FakeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEYVAULT_URL", "https://127.0.0.1:9")
    with pytest.raises(ConfigSourceError, match="cannot be asked") as caught:
        store(STORE, total_timeout=0.3).load()
    assert caught.value.out_of_reach
    monkeypatch.setenv("AZURE_KEYVAULT_URL", azure.url)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    with pytest.raises(ConfigSourceError, match="no Azure credentials: set AZURE_TENANT_ID"):
        loaded(STORE)
    monkeypatch.setenv("AZURE_KEYVAULT_URL", "http://vault.example")
    with pytest.raises(ConfigError, match="must be an https address"):
        loaded(STORE)
    monkeypatch.delenv("AZURE_KEYVAULT_URL")
    with pytest.raises(ConfigError, match=r"set AZURE_KEYVAULT_URL .* or write azure-secrets:"):
        loaded(STORE)


@pytest.mark.parametrize(
    ("login", "url"),
    [
        ("", "https://shop.vault.azure.net"),
        ("https://login.microsoftonline.us/", "https://shop.vault.usgovcloudapi.net"),
        ("login.chinacloudapi.cn", "https://shop.vault.azure.cn"),
    ],
)
def test_the_address_of_a_vault_follows_the_cloud(
    identity: FakeIdentity, monkeypatch: pytest.MonkeyPatch, login: str, url: str
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", login) if login else None
    made = store("azure-secrets:shop/prod")
    assert made.connected().vault_url == url


def test_the_fake_answers_as_the_api_is_described(azure: FakeAzure) -> None:
    """Every field of its answers is one of the models that the client was generated with."""
    from azure.keyvault.secrets._generated import models

    def fields(model: Any) -> set[str]:
        model.__new__(model)  # fills the newer form, on first use
        older = getattr(model, "_attribute_map", {})
        newer = getattr(model, "_attr_to_rest_field", {})
        return {one["key"] for one in older.values()} | {one._rest_name for one in newer.values()}

    def answer(path: str) -> Any:
        return azure.answer("GET", path, {}, None, {"Authorization": f"Bearer {TOKEN}"})[1]

    azure.put("prod", "{}", contentType="application/json", tags={})
    bundle = answer("/secrets/prod")
    assert set(bundle) <= fields(models.SecretBundle)
    assert set(bundle["attributes"]) <= fields(models.SecretAttributes)
    for path in ("/secrets", "/secrets/prod/versions"):
        for item in answer(path)["value"]:
            assert set(item) <= fields(models.SecretItem)
