"""Signing in: every way, secrets through the configuration alone."""

from pathlib import Path

import pytest

from hushflake.deploy.credentials import connector_arguments, is_interactive
from hushflake.deploy.errors import MistakeError

SECRET = "s" + "3cr3t" * 4
PLAIN = {"account": "org-acc", "user": "DEPLOYER"}


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PASSWORD", "SNOWFLAKE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))


def configure(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("configured", "setting", "expected"),
    [
        (
            {"SNOWFLAKE_PASSWORD": SECRET},
            PLAIN,
            {"authenticator": "snowflake", "password": SECRET},
        ),
        (
            {"SNOWFLAKE_PASSWORD": SECRET, "SNOWFLAKE_PASSCODE": "123456"},
            {**PLAIN, "authenticator": "username_password_mfa"},
            {
                "authenticator": "username_password_mfa",
                "password": SECRET,
                "passcode": "123456",
                "client_request_mfa_token": True,
            },
        ),
        (
            {"SNOWFLAKE_TOKEN": SECRET},
            PLAIN,
            {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": SECRET},
        ),
        (
            {"SNOWFLAKE_TOKEN": SECRET},
            {"account": "org-acc", "authenticator": "oauth"},
            {"authenticator": "oauth", "token": SECRET},
        ),
        (
            {},
            {**PLAIN, "authenticator": "externalbrowser"},
            {"authenticator": "externalbrowser", "client_store_temporary_credential": True},
        ),
        (
            {"SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": SECRET},
            {**PLAIN, "private_key_path": "/keys/deploy.p8"},
            {
                "authenticator": "SNOWFLAKE_JWT",
                "private_key_file": "/keys/deploy.p8",
                "private_key_file_pwd": SECRET,
            },
        ),
    ],
    ids=["password", "mfa", "programmatic token", "oauth", "browser", "key file"],
)
def test_every_way_to_sign_in(
    monkeypatch: pytest.MonkeyPatch,
    configured: dict[str, str],
    setting: dict[str, str],
    expected: dict[str, object],
) -> None:
    configure(monkeypatch, configured)
    arguments = connector_arguments(setting, "stacks/dev.yaml")
    assert {**arguments, **expected} == arguments
    assert arguments["account"] == "org-acc"


def test_a_key_as_text_becomes_what_the_connector_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "TUlJ" * 16
    text = f"-----BEGIN {'PRIVATE'} KEY-----\n{body}\n{body}\n-----END {'PRIVATE'} KEY-----\n"
    configure(monkeypatch, {"SNOWFLAKE_PRIVATE_KEY": text})
    arguments = connector_arguments(PLAIN, "stacks/dev.yaml")
    assert arguments["private_key"] == body * 2
    assert arguments["authenticator"] == "SNOWFLAKE_JWT"


def test_a_connection_of_its_own_goes_before_the_general_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "connections.toml").write_text(
        '[ci-deploy]\naccount = "org-acc"\nuser = "CI"\nrole = "DEPLOYER"\n'
    )
    configured = {"SNOWFLAKE_CONNECTIONS_CI_DEPLOY_PASSWORD": SECRET, "SNOWFLAKE_PASSWORD": "other"}
    configure(monkeypatch, configured)
    arguments = connector_arguments("ci-deploy", "stacks/dev.yaml")
    assert arguments == {
        "account": "org-acc",
        "user": "CI",
        "role": "DEPLOYER",
        "password": SECRET,
        "authenticator": "snowflake",
    }


@pytest.mark.parametrize("key", ["password", "token", "private_key_raw", "private_key_passphrase"])
def test_a_secret_in_a_file_is_refused_and_not_shown(key: str, tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text(f'[dev]\naccount = "a"\n{key} = "{SECRET}"\n')
    for setting in ("dev", {**PLAIN, key: SECRET}):
        with pytest.raises(MistakeError, match="must not stand in a file") as caught:
            connector_arguments(setting, "stacks/dev.yaml")
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (None, "no account to connect to"),
        ({"account": "a", "user": "u"}, "nothing to sign in with"),
        ({"account": "a", "authenticator": "externalbrowser"}, "no user to sign in as"),
        ({"acount": "a"}, "unknown connection setting 'acount'"),
        (7, "`connection` is the name of a section"),
    ],
)
def test_what_is_missing_is_said(setting: object, message: str) -> None:
    with pytest.raises(MistakeError, match=message) as caught:
        connector_arguments(setting, "stacks/dev.yaml")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("stacks/dev.yaml: ")


def test_an_unknown_section_names_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text('[dev]\naccount = "a"\n[prod]\naccount = "b"\n')
    with pytest.raises(MistakeError, match=r"no connection 'test'.*it has: dev, prod"):
        connector_arguments("test", "stacks/dev.yaml")


def test_only_what_asks_a_person_is_interactive() -> None:
    assert is_interactive({"authenticator": "externalbrowser"})
    assert is_interactive({"authenticator": "USERNAME_PASSWORD_MFA"})
    assert not is_interactive({"authenticator": "SNOWFLAKE_JWT"})
    assert not is_interactive({})
