"""Stores of secrets: read whole at the start, kept fresh, written with a look back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_vault import FakeVault
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError
from hushflake.config.sources.schemes import schemes

CLIENTS = "('boto', 'hvac', 'pyrage', 'google', 'azure', 'yaml', 'cryptography', 'keyring')"

EVERYTHING = [
    "vault:a/b", "google-secrets:p/s", "azure-secrets:v-v/s", "aws-secrets:s",
    "aws-parameters:/s", "sops:a.yaml", "age:a.age",
]  # fmt: skip


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("hc.get_config_value('A')", []),
        ("hc.configure(stores=['files:/nowhere']); hc.get_config_value('A')", ["base", "files"]),
        (f"hc.configure(stores={EVERYTHING})", None),
    ],
)
def test_no_client_is_imported_before_its_store_is_asked(
    configured: str, expected: list[str] | None
) -> None:
    program = (
        "import sys, hushflake.config as hc\n"
        f"{configured}\n"
        f"print([n for n in sys.modules if n.startswith({CLIENTS})])\n"
        "print([n.rpartition('.')[2] for n in sys.modules if 'sources.stores.' in n])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    clients, stores = done.stdout.splitlines() or [done.stderr, ""]
    assert eval(clients) == []
    assert expected is None or eval(stores) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("vault", "write SCHEME:NAME"),
        ("nope:x", "one of age, aws-parameters, aws-secrets, azure-secrets, "),
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
    assert schemes() == [
        "age", "aws-parameters", "aws-secrets", "azure-secrets", "files", "google-secrets", "sops",
        "vault",
    ]  # fmt: skip


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


def test_no_half_of_a_rotation_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hushflake.config.sources.stores.files import FilesStore

    for number in ("1", "2"):
        (tmp_path / f"..{number}").mkdir()
        for key in ("A", "B"):
            (tmp_path / f"..{number}" / key).write_text(f"{key}{number}")
    (tmp_path / "..2" / "C").write_text("C2")
    (tmp_path / "..data").symlink_to("..1")
    for key in ("A", "B", "C"):
        (tmp_path / key).symlink_to(f"..data/{key}")
    (tmp_path / "C").unlink()
    real, turned = FilesStore._text, []

    def turning(self: FilesStore, name: str) -> str:
        text = real(self, name)
        if name == "A" and not turned:
            turned.append(name)
            (tmp_path / "..data").unlink()
            (tmp_path / "..data").symlink_to("..2")
        return text

    monkeypatch.setattr(FilesStore, "_text", turning)
    assert loaded(f"files:{tmp_path}") == {"A": "A2", "B": "B2"}


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


def test_a_secret_that_names_a_key_twice_is_no_guess(aws: Callable[[str], Any]) -> None:
    client = aws("secretsmanager")
    client.create_secret(Name="twice", SecretString='{"A": "1", "A": "2"}')
    client.create_secret(Name="nan", SecretString='{"A": NaN}')
    with pytest.raises(ConfigSourceError, match="twice: names a key twice"):
        loaded("aws-secrets:twice")
    assert loaded("aws-secrets:nan") == {"nan": '{"A": NaN}'}


def test_aws_that_asks_to_come_back_is_asked_again(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.httpsession import URLLib3Session

    aws("secretsmanager").create_secret(Name="shop", SecretString='{"A": "a"}')
    real, sent = URLLib3Session.send, []

    def throttled(self: Any, request: Any) -> Any:
        answer = real(self, request)
        sent.append(request)
        if len(sent) < 3:
            answer.status_code = 400
            answer._content = b'{"__type": "ThrottlingException"}'
        return answer

    monkeypatch.setattr(URLLib3Session, "send", throttled)
    assert loaded("aws-secrets:shop") == {"A": "a"}
    sent.clear()
    with pytest.raises(ConfigSourceError, match="too many requests") as caught:
        store("aws-secrets:shop", total_timeout=0.01).load()
    assert caught.value.out_of_reach


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


def test_writing_one_parameter_of_aws(aws: Callable[[str], Any]) -> None:
    client = aws("ssm")
    name = "aws-parameters:/shop/config"
    with pytest.raises(ConfigSourceError, match="there is no such parameter"):
        store(name).write({"A": "1"}, ())
    assert store(name).held(create=True) == {}
    assert store(name).write({"A": CANARY}, ()) == "2"
    client.put_parameter(Name="/shop/config", Value='{"B": "b"}', Type="String", Overwrite=True)
    assert store(name).write({"A": "2"}, ["A"]) == "4"
    found = client.get_parameter(Name="/shop/config")["Parameter"]
    assert (json.loads(found["Value"]), found["Type"]) == ({"B": "b", "A": "2"}, "String")
    with pytest.raises(ConfigError, match="larger than 8 KB, which a secret there can be at most"):
        store(name).write({"A": "x" * 9000}, ())


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
    from hushflake.config.project.section import load

    text = '[tool.hushflake.config]\nstores = ["files:/etc", "vault:secret/shop"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.setenv("HUSHFLAKE_STORES", "files:/run/secrets")
    whole = "files:/run/secrets,files:/etc,vault:secret/shop"
    # The remedy can be typed as it is, and suffices.
    with pytest.raises(hc.PolicyError, match=f"set HUSHFLAKE_STORES={whole} in your shell"):
        load(tmp_path).permitted()
    monkeypatch.setenv("HUSHFLAKE_STORES", whole)
    assert load(tmp_path).permitted()["stores"] == ["files:/etc", "vault:secret/shop"]
