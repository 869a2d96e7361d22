"""`hushflake dotenv retire --to` a store: the values arrive, are read from there, and come back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_vault import TOKEN, FakeVault

import hushflake.config as hc
from hushflake.cli.main import main

from .conftest import GitRepository

pytestmark = pytest.mark.git

VALUES = {"API_TOKEN": "canary-" + "api", "PASSWORD": "pa$$ \"word'", "PORT": "8000"}


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repository.write("app.py", "from dotenv import load_dotenv\nload_dotenv()\n")
    repository.write(".env", "API_TOKEN=canary-api\nPASSWORD='pa$$ \"word\\''\nPORT=8000\n").chmod(
        0o600
    )
    repository.write(".gitignore", ".env\n")
    repository.commit("Begin", "app.py", ".gitignore")
    monkeypatch.chdir(repository.folder)
    return repository


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    with FakeVault() as server:
        monkeypatch.setenv("VAULT_ADDR", server.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        yield server


def retired(project: GitRepository, target: str, *options: str) -> None:
    before = (project.folder / ".env").read_bytes()
    assert main(["dotenv", "retire", "--write", "--to", target, *options]) == 0
    assert not (project.folder / ".env").exists()
    hc.configure(stores=[target])
    try:
        assert {key: hc.get_config_value(key) for key in VALUES} == VALUES
    finally:
        hc.unconfigure()
    assert main(["dotenv", "restore", "--write"]) == 0
    assert (project.folder / ".env").read_bytes() == before


def test_to_vault(
    project: GitRepository, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.secrets["secret/shop"] = [{"KEPT": "k"}]
    retired(project, "vault:secret/shop")
    assert vault.secrets["secret/shop"][-1] == {"KEPT": "k", **VALUES}
    printed = capsys.readouterr()
    assert 'configure(stores=["vault:secret/shop"])' in printed.out
    assert "canary" not in printed.out + printed.err


def test_a_value_of_vault_is_not_overwritten(
    project: GitRepository, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.secrets["secret/shop"] = [{"API_TOKEN": "another"}]
    assert main(["dotenv", "retire", "--write", "--to", "vault:secret/shop"]) == 2
    assert "other values" in capsys.readouterr().err
    assert vault.secrets["secret/shop"] == [{"API_TOKEN": "another"}]
    assert (project.folder / ".env").exists()


@pytest.mark.parametrize("target", ["aws-secrets:shop/prod", "aws-parameters:/shop/prod/"])
def test_to_aws(project: GitRepository, aws: Callable[[str], Any], target: str) -> None:
    retired(project, target, "--create")
    if target.startswith("aws-secrets"):
        found = aws("secretsmanager").get_secret_value(SecretId="shop/prod")
        assert json.loads(found["SecretString"]) == VALUES
    else:
        found = aws("ssm").get_parameters_by_path(Path="/shop/prod/", WithDecryption=True)
        assert {each["Name"].rpartition("/")[2]: each["Value"] for each in found["Parameters"]} == (
            VALUES
        )
        assert {each["Type"] for each in found["Parameters"]} == {"SecureString"}
