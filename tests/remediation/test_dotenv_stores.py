"""`hushflake dotenv retire --to` a store: the values arrive, are read from there, and come back."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fake_vault import FakeVault

import hushflake.config as hc
from hushflake.cli.main import main

from .conftest import GitRepository

pytestmark = pytest.mark.git

VALUES = {"API_TOKEN": "canary-" + "api", "PASSWORD": "pa$$ \"word'", "PORT": "8000"}


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    reads = "".join(f"get_config_value({key!r})\n" for key in VALUES)
    repository.write("app.py", f"from hushflake.config import get_config_value\n{reads}")
    repository.write(".env", "API_TOKEN=canary-api\nPASSWORD='pa$$ \"word\\''\nPORT=8000\n").chmod(
        0o600
    )
    repository.write(".gitignore", ".env\n")
    repository.commit("Begin", "app.py", ".gitignore")
    monkeypatch.chdir(repository.folder)
    return repository


def configured(project: GitRepository, target: str) -> None:
    """Keys go only where the accessor reads the store that they go to."""
    project.write("pyproject.toml", f'[tool.hushflake.config]\nstores = ["{target}"]\n')
    project.commit("Read the store", "pyproject.toml")


def retired(project: GitRepository, target: str, *options: str) -> None:
    configured(project, target)
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


def test_a_migrated_application_reads_vault(
    project: GitRepository, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.secrets["secret/shop"] = [{}]
    project.write("shop/__init__.py", "")
    project.write("shop/app.py", 'import os\n\nprint(os.getenv("API_TOKEN"))\n')
    project.write("requirements.txt", "flask\n")
    project.commit("Shop", "shop", "requirements.txt")
    target = "vault:secret/shop"
    assert main(["migrate", "--yes", "--to", target, "--accessor", "shop/config.py"]) == 0
    assert not (project.folder / ".env").exists()
    assert "hushflake[vault]" in (project.folder / "requirements.txt").read_text()
    assert f'stores=["{target}"]' in (project.folder / "shop/config.py").read_text()
    ran = subprocess.run(
        [sys.executable, "-m", "shop.app"], cwd=project.folder, capture_output=True, text=True
    )
    assert ran.stdout == "canary-api\n", ran.stderr


def test_a_value_of_vault_is_not_overwritten(
    project: GitRepository, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    vault.secrets["secret/shop"] = [{"API_TOKEN": "another"}]
    configured(project, "vault:secret/shop")
    assert main(["dotenv", "retire", "--write", "--to", "vault:secret/shop"]) == 2
    assert "other values" in capsys.readouterr().err
    assert vault.secrets["secret/shop"] == [{"API_TOKEN": "another"}]
    assert (project.folder / ".env").exists()


@pytest.mark.parametrize(
    ("server", "target"),
    [("google", "google-secrets:shop/prod"), ("azure", "azure-secrets:prod")],
)
def test_to_the_other_clouds(
    project: GitRepository, request: pytest.FixtureRequest, server: str, target: str
) -> None:
    fake = request.getfixturevalue(server)
    retired(project, target, "--create")
    newest = fake.secrets["projects/shop/secrets/prod" if server == "google" else "prod"][-1]
    text = newest.data if server == "google" else newest["value"]
    assert json.loads(text) == VALUES


@pytest.mark.parametrize(
    ("server", "target"),
    [("vault", "vault:secret/shop"), ("google", "google-secrets:shop/prod")],
)
def test_a_hard_coded_secret_goes_to_a_store(
    repository: GitRepository,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    server: str,
    target: str,
) -> None:
    request.getfixturevalue(server)
    secret = "sk_live_" + "k3Jd9fLq2Mk3Jd9fLq2Mk3Jd"
    path = repository.write("app.py", f'STRIPE_API_KEY = "{secret}"\n')
    repository.commit("Begin", "app.py")
    monkeypatch.chdir(repository.folder)
    arguments = ["codemod", "--only", "hardcoded_secrets", "--to", target, "--create"]
    assert main([*arguments, "--write", "--yes"]) == 0
    assert secret not in path.read_text()
    hc.configure(stores=[target])
    try:
        assert hc.get_config_value("STRIPE_API_KEY") == secret
    finally:
        hc.unconfigure()


def test_to_an_encrypted_file_of_the_repository(
    project: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    key = project.folder.parent / "identity"
    key.write_text(str(identity))
    monkeypatch.setenv("AGE_IDENTITY", str(key))
    monkeypatch.setenv("AGE_RECIPIENTS", str(identity.to_public()))
    retired(project, "age:prod.env.age", "--create")
    text = bytes(pyrage.decrypt((project.folder / "prod.env.age").read_bytes(), [identity]))
    assert b"API_TOKEN=canary-api\n" in text


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


def test_a_store_that_can_only_be_read_is_called_so(
    project: GitRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dotenv", "retire", "--to", "files:/run/secrets"]) == 2
    assert "--to files:/run/secrets: can be read only" in capsys.readouterr().err
