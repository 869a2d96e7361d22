"""What a start costs: a hundred keys from every store, in at most three requests."""

import json
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from stores import HUNDRED, store

import hushflake.config as hc
from hushflake.config.errors import ConfigSourceError
from hushflake.config.sources.schemes import schemes

from ..test_documented_stores import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from fake_azure import FakeAzure
    from fake_google import FakeGoogle
    from fake_vault import FakeVault

TEXT = json.dumps(HUNDRED)


@pytest.fixture
def calls_of_aws(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that leave botocore."""
    from botocore.httpsession import URLLib3Session

    sent: list[str] = []
    real = URLLib3Session.send

    def counted(self: Any, request: Any) -> Any:
        sent.append(request.url)
        return real(self, request)

    monkeypatch.setattr(URLLib3Session, "send", counted)
    return sent


def of_vault(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    server: FakeVault = get("vault")
    server.secrets["secret/shop"] = [dict(HUNDRED)]
    return "vault:secret/shop", server.requests


def of_google(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    server: FakeGoogle = get("google")
    server.put("projects/shop/secrets/prod", TEXT)
    return "google-secrets:shop/prod", server.requests


def of_azure(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    server: FakeAzure = get("azure")
    server.put("prod", TEXT)
    return "azure-secrets:prod", server.requests


def of_aws_secrets(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    get("aws")("secretsmanager").create_secret(Name="shop/prod", SecretString=TEXT)
    return "aws-secrets:shop/prod", get("calls_of_aws")


def of_aws_parameters(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    get("aws")("ssm").put_parameter(Name="/shop", Value=TEXT, Type="SecureString")
    return "aws-parameters:/shop", get("calls_of_aws")


def of_files(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    folder = get("tmp_path") / "mounted"
    folder.mkdir()
    for key, value in HUNDRED.items():
        (folder / key).write_text(value)
    return f"files:{folder}", []


def of_age(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    import pyrage

    folder: Path = get("tmp_path")
    identity = pyrage.x25519.Identity.generate()
    (folder / "key").write_text(str(identity))
    get("monkeypatch").setenv("AGE_IDENTITY", str(folder / "key"))
    text = "".join(f"{key}={value}\n" for key, value in HUNDRED.items())
    (folder / "a.env.age").write_bytes(pyrage.encrypt(text.encode(), [identity.to_public()]))
    return "age:a.env.age", []


def of_sops(get: Callable[[str], Any]) -> tuple[str, list[Any]]:
    from .test_sops import FILES, KEY

    shutil.copy(FILES / "shop.env", get("tmp_path"))
    get("monkeypatch").setenv("SOPS_AGE_KEY", KEY)
    store("sops:shop.env").write(HUNDRED, ())
    return "sops:shop.env", []


PLACES = {
    name.removeprefix("of_").replace("_", "-"): made
    for name, made in list(globals().items())
    if name.startswith("of_")
}
PLACES["google-secrets"] = PLACES.pop("google")
PLACES["azure-secrets"] = PLACES.pop("azure")


def test_no_store_is_left_out() -> None:
    assert sorted(PLACES) == schemes()


@pytest.mark.parametrize("scheme", sorted(PLACES))
def test_a_start_with_a_hundred_keys(scheme: str, request: pytest.FixtureRequest) -> None:
    name, requests = PLACES[scheme](request.getfixturevalue)
    requests.clear()
    hc.configure(stores=[name])
    assert {key: hc.get_config_value(key) for key in HUNDRED} == HUNDRED
    assert len(requests) <= 3, requests
    assert len(requests) == int(ROWS[scheme][5].partition(",")[0]), "what docs/stores.md says"
    before = len(requests)
    hc.refresh()
    assert hc.get_config_value("KEY_7") == "value-7"
    assert len(requests) - before <= 2, "a refresh"


@pytest.mark.parametrize("scheme", ["azure-secrets", "google-secrets", "vault"])
def test_an_answer_without_end_does_not_fill_the_memory(
    scheme: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.sources.stores import _bounded

    name, _ = PLACES[scheme](request.getfixturevalue)
    monkeypatch.setattr(_bounded, "MAX_BODY", 1 << 20)
    assert store(name).load().values["KEY_1"] == "value-1"
    monkeypatch.setattr(_bounded, "MAX_BODY", 1000)
    with pytest.raises(ConfigSourceError, match=f"^{scheme}:.*: its answer is larger than"):
        store(name).load()
