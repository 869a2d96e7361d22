"""Stores of secrets: read whole at the start, kept fresh, written with a look back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_vault import TOKEN, FakeVault

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError
from hushflake.config.settings import Settings
from hushflake.config.sources.stores import opened, schemes

CANARY = "canary-store-value"


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    with FakeVault() as server:
        monkeypatch.setenv("VAULT_ADDR", server.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        yield server


def store(text: str) -> Any:
    return opened(text, Settings(connect_timeout=5.0, read_timeout=10.0))


def loaded(text: str) -> dict[str, str]:
    return dict(store(text).load().values)


def test_no_store_is_imported_before_it_is_configured() -> None:
    program = (
        "import sys, hushflake.config as hc\n"
        "hc.configure(stores=['files:/nowhere'])\n"
        "assert hc.get_config_value('A') is None\n"
        "print([name for name in sys.modules if name.startswith(('boto', 'hvac', 'pyrage')) or "
        "'stores.' in name])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    expected = ["hushflake.config.sources.stores.base", "hushflake.config.sources.stores.files"]
    assert eval(done.stdout) == expected, done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("vault", "write SCHEME:NAME"),
        ("nope:x", "one of age, aws-parameters, aws-secrets, files, vault"),
        ("../x:y", "write SCHEME:NAME"),
        ("base:x", "write SCHEME:NAME"),
        ("vault:secret", "write vault:MOUNT/PATH"),
        ("vault:secret/../sys", "write vault:MOUNT/PATH"),
        ("vault:secret/a@b", "a version of Vault is a number"),
        ("aws-secrets:a b", "write aws-secrets:NAME"),
        ("aws-secrets:a@1*", "write aws-secrets:NAME"),
        ("aws-parameters:/a/@2", "write aws-parameters:/PATH/"),
    ],
)
def test_a_wrong_name_is_told(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        store(text)


def test_the_schemes_are_the_modules() -> None:
    assert schemes() == ["age", "aws-parameters", "aws-secrets", "files", "vault"]


# -- files ----------------------------------------------------------------------------------


def test_files_that_docker_mounts(tmp_path: Path) -> None:
    (tmp_path / "db-password").write_text("s3cret\n")
    (tmp_path / "API_TOKEN").write_text("two\nlines\n\n")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "folder").mkdir()
    (tmp_path / "a-b").write_text("1")
    (tmp_path / "a.b").write_text("2")
    found = store(f"files:{tmp_path}").load()
    assert dict(found.values) == {
        "API_TOKEN": "two\nlines\n",
        "DB_PASSWORD": "s3cret",
        "db-password": "s3cret",
        "a-b": "1",
        "a.b": "2",
    }
    assert found.ambiguous == {"A_B": ("a-b", "a.b")}
    assert loaded("files:/nowhere/at/all") == {}


def test_files_that_kubernetes_mounts_and_rotates(tmp_path: Path) -> None:
    for number in ("1", "2"):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "TOKEN").write_text(f"t{number}")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "TOKEN").symlink_to("..data/TOKEN")
    hc.configure(stores=[f"files:{tmp_path}"])
    assert hc.get_config_value("TOKEN") == "t1"
    (tmp_path / "..data").unlink()
    (tmp_path / "..data").symlink_to("..2")
    hc.refresh()
    assert hc.get_config_value("TOKEN") == "t2"


@pytest.mark.parametrize("wrong", ["link", "bytes", "large", "pipe"])
def test_a_file_that_cannot_be_a_secret_is_told(tmp_path: Path, wrong: str) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    path = folder / "BAD"
    if wrong == "link":
        (tmp_path / "outside").write_text(CANARY)
        path.symlink_to(tmp_path / "outside")
    elif wrong == "pipe":
        os.mkfifo(path)
        assert loaded(f"files:{folder}") == {}
        return
    else:
        path.write_bytes(b"\xff" if wrong == "bytes" else b"x" * (2 << 20))
    with pytest.raises(ConfigSourceError, match="BAD: ") as caught:
        loaded(f"files:{folder}")
    assert CANARY not in str(caught.value)


# -- Vault ----------------------------------------------------------------------------------


def test_vault(vault: FakeVault) -> None:
    vault.secrets["secret/shop/prod"] = [
        {"A": "old"},
        {"A": CANARY, "PORT": 8000, "DEBUG": True, "NONE": None, "MAP": {"a": [1, "b"]}},
    ]
    assert loaded("vault:secret/shop/prod") == {
        "A": CANARY,
        "PORT": "8000",
        "DEBUG": "true",
        "NONE": "",
        "MAP": '{"a": [1, "b"]}',
    }
    assert len(vault.requests) == 1
    assert loaded("vault:secret/shop/prod@1") == {"A": "old"}
    hc.configure(stores=["vault:secret/shop/prod"], audit_dir=None)
    assert hc.get_config_value("A") == CANARY
    assert {"key": "A", "source": "vault:secret/shop/prod"}.items() <= hc.audit_snapshot()[
        0
    ].items()
    vault.secrets["secret/shop/prod"].append({"A": "rotated"})
    hc.refresh()
    assert hc.get_config_value("A") == "rotated"


def test_writing_to_vault_keeps_what_is_there(vault: FakeVault) -> None:
    name = "vault:secret/shop/prod"
    assert store(name).write({"A": "1"}, ()) == "1"
    assert store(name).write({"B": CANARY}, ()) == "2"
    assert vault.secrets["secret/shop/prod"] == [{"A": "1"}, {"A": "1", "B": CANARY}]
    with pytest.raises(ConfigError, match="a pinned version cannot be changed"):
        store(f"{name}@1").write({"A": "2"}, ())


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


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "may not read it"), (404, "no such secret"), (500, "it fails"), (503, "sealed")],
)
def test_what_vault_refuses_is_told_without_its_text(
    vault: FakeVault, status: int, reason: str
) -> None:
    vault.status = status
    with pytest.raises(ConfigSourceError, match=f"^vault:secret/shop: .*{reason}") as caught:
        loaded("vault:secret/shop")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


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


# -- AWS ------------------------------------------------------------------------------------


def test_a_secret_of_aws(aws: Callable[[str], Any]) -> None:
    client = aws("secretsmanager")
    hundred = {f"KEY_{number}": f"value-{number}" for number in range(100)}
    client.create_secret(Name="shop/prod", SecretString=json.dumps({**hundred, "PORT": 8000}))
    client.create_secret(Name="shop/plain", SecretString=CANARY)
    assert loaded("aws-secrets:shop/prod") == {**hundred, "PORT": "8000"}
    assert loaded("aws-secrets:shop/plain") == {"plain": CANARY}
    first = client.get_secret_value(SecretId="shop/plain")["VersionId"]
    client.put_secret_value(SecretId="shop/plain", SecretString="new")
    assert loaded("aws-secrets:shop/plain") == {"plain": "new"}
    assert loaded("aws-secrets:shop/plain@AWSPREVIOUS") == {"plain": CANARY}
    assert loaded(f"aws-secrets:shop/plain@{first}") == {"plain": CANARY}
    client.create_secret(Name="shop/binary", SecretBinary=b"x")
    with pytest.raises(ConfigSourceError, match="shop/binary is binary"):
        loaded("aws-secrets:shop/binary")


def test_all_secrets_below_a_name(aws: Callable[[str], Any]) -> None:
    client = aws("secretsmanager")
    for number in range(45):
        client.create_secret(Name=f"shop/prod/KEY_{number}", SecretString=f"v{number}")
    client.create_secret(Name="other/shop/prod", SecretString=CANARY)
    found = loaded("aws-secrets:shop/prod/*")
    assert found == {f"KEY_{number}": f"v{number}" for number in range(45)}


def test_writing_a_secret_of_aws(aws: Callable[[str], Any]) -> None:
    client = aws("secretsmanager")
    client.create_secret(Name="shop/prod", SecretString='{"KEPT": 1}')
    version = store("aws-secrets:shop/prod").write({"A": CANARY}, ())
    current = client.get_secret_value(SecretId="shop/prod")
    assert (json.loads(current["SecretString"]), current["VersionId"]) == (
        {"KEPT": 1, "A": CANARY},
        version,
    )
    client.put_secret_value(SecretId="shop/prod", SecretString="text")
    with pytest.raises(ConfigSourceError, match="holds a text that is no JSON object"):
        store("aws-secrets:shop/prod").write({"A": "1"}, ())
    with pytest.raises(ConfigSourceError, match="no such secret") as caught:
        store("aws-secrets:none").write({"A": CANARY}, ())
    assert CANARY not in str(caught.value)
    with pytest.raises(ConfigError, match="name one secret, without a version"):
        store("aws-secrets:shop/*").write({"A": "1"}, ())


def test_somebody_who_saves_a_secret_of_aws_in_between_is_told(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.sources.stores import base

    client = aws("secretsmanager")
    client.create_secret(Name="shop/prod", SecretString="{}")
    real = base.merged

    def between(*given: Any) -> str:
        client.put_secret_value(SecretId="shop/prod", SecretString='{"THEIRS": "x"}')
        return real(*given)

    monkeypatch.setattr(base, "merged", between)
    with pytest.raises(ConfigSourceError, match=r"somebody else saved version .* in between"):
        store("aws-secrets:shop/prod").write({"A": "1"}, ())


def test_parameters_of_aws(aws: Callable[[str], Any]) -> None:
    client = aws("ssm")
    for number in range(23):
        kind = "SecureString" if number % 2 else "String"
        client.put_parameter(Name=f"/shop/prod/KEY_{number}", Value=f"v{number}", Type=kind)
    client.put_parameter(Name="/shop/prod/deeper/KEY_0", Value="other", Type="String")
    found = store("aws-parameters:/shop/prod/").load()
    assert len(found.values) == 22
    assert found.values["KEY_3"] == "v3"
    assert "KEY_3" in found.secrets
    assert "KEY_2" not in found.secrets
    assert set(found.ambiguous) == {"KEY_0"}
    client.put_parameter(Name="/shop/one", Value='{"A": "1"}', Type="String")
    client.put_parameter(Name="/shop/one", Value='{"A": "2"}', Type="String", Overwrite=True)
    assert loaded("aws-parameters:/shop/one") == {"A": "2"}
    assert loaded("aws-parameters:/shop/one@1") == {"A": "1"}


def test_writing_parameters_of_aws(aws: Callable[[str], Any]) -> None:
    client = aws("ssm")
    store("aws-parameters:/shop/prod/").write({"A": CANARY, "B": "plain"}, ["B"])
    kinds = {
        found["Name"]: found["Type"]
        for found in client.get_parameters_by_path(Path="/shop/prod/")["Parameters"]
    }
    assert kinds == {"/shop/prod/A": "SecureString", "/shop/prod/B": "String"}
    assert loaded("aws-parameters:/shop/prod/") == {"A": CANARY, "B": "plain"}
    with pytest.raises(ConfigError, match="cannot be empty: C"):
        store("aws-parameters:/shop/prod/").write({"C": ""}, ())
    with pytest.raises(ConfigError, match="end the path with /"):
        store("aws-parameters:/shop/prod").write({"C": "1"}, ())


@pytest.mark.parametrize("kind", ["aws-secrets:shop", "aws-parameters:/shop"])
def test_what_aws_refuses_is_told(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, kind: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigSourceError, match="there is no such"):
        loaded(kind)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ConfigSourceError, match="cannot be reached"):
        loaded(kind)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ConfigSourceError, match="no AWS credentials"):
        loaded(kind)


# -- age ------------------------------------------------------------------------------------


def test_an_encrypted_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyrage

    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    path = tmp_path / "prod.env.age"
    text = f"A={CANARY}\nexport B='two ${{A}}'\n"
    path.write_bytes(pyrage.encrypt(text.encode(), [identity.to_public()]))
    (tmp_path / "mine").write_text(f"# a comment\n{identity}\n")
    (tmp_path / "theirs").write_text(f"{other}\n")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "mine"))
    hc.configure(stores=[f"age:{path}"])
    assert hc.get_config_value("A") == CANARY
    assert hc.get_config_value("B") == "two ${A}"
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "theirs"))
    with pytest.raises(ConfigSourceError, match=r"none of the identities in .* can decrypt it"):
        loaded(f"age:{path}")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "none"))
    with pytest.raises(ConfigSourceError, match="none: cannot be read"):
        loaded(f"age:{path}")
    path.write_text("no age file")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "mine"))
    with pytest.raises(ConfigSourceError, match="can decrypt it"):
        loaded(f"age:{path}")


# -- how they are configured ----------------------------------------------------------------


def test_the_order_of_stores_and_the_variable(
    tmp_path: Path, vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "BOTH").write_text("file")
    vault.secrets["secret/shop"] = [{"BOTH": "vault", "ONLY": "v"}]
    hc.configure(stores=[f"files:{tmp_path}", "vault:secret/shop"])
    assert (hc.get_config_value("BOTH"), hc.get_config_value("ONLY")) == ("file", "v")
    monkeypatch.setenv("HUSHFLAKE_STORES", f"vault:secret/shop,files:{tmp_path}")
    hc.configure(stores=["files:/elsewhere"])
    assert hc.get_config_value("BOTH") == "vault"
    hc.configure(mode="test", stores=["vault:secret/shop"])
    assert hc.get_config_value("ONLY") is None


def test_a_store_out_of_reach_hides_no_other(
    tmp_path: Path, vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.status = 503
    monkeypatch.setenv("FROM_ENVIRONMENT", "e")
    hc.configure(stores=["vault:secret/shop"])
    assert hc.get_config_value("FROM_ENVIRONMENT") == "e"
    with pytest.raises(ConfigSourceError, match="NOPE: cannot be looked up: vault:secret/shop"):
        hc.get_config_value("NOPE")


def test_a_repository_reads_no_store_that_its_user_did_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.project import load

    text = '[tool.hushflake.config]\nstores = ["files:/etc"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(hc.PolicyError, match="add it to HUSHFLAKE_STORES"):
        load(tmp_path).permitted()
    monkeypatch.setenv("HUSHFLAKE_STORES", "files:/etc")
    assert load(tmp_path).permitted()["stores"] == ["files:/etc"]
