"""Signing in: every way, secrets through the configuration alone."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hushflake.deploy.credentials import connector_arguments, is_interactive, place
from hushflake.deploy.errors import ConnectError, MistakeError
from hushflake.deploy.session import Session

SECRET = "s" + "3cr3t" * 4
PLAIN = {"account": "org-acc", "user": "DEPLOYER"}


def of_the_user(folder: Path, settings: Mapping[str, object], name: str = "dev") -> str:
    """Write a section of the user's `connections.toml` and return its name."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (folder / "connections.toml").write_text("\n".join([f"[{name}]", *lines, ""]))
    return name


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PASSWORD", "SNOWFLAKE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("SF_TEMPORARY_CREDENTIAL_CACHE_DIR", str(tmp_path))


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
    tmp_path: Path,
    configured: dict[str, str],
    setting: dict[str, str],
    expected: dict[str, object],
) -> None:
    configure(monkeypatch, configured)
    arguments = connector_arguments(of_the_user(tmp_path, setting), "stacks/dev.yaml")
    assert {**arguments, **expected} == arguments
    assert arguments["account"] == "org-acc"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("SNOWFLAKE_PASSWORD", {}),
        ("SNOWFLAKE_PASSWORD", {"authenticator": "username_password_mfa"}),
        ("SNOWFLAKE_TOKEN", {}),
        ("SNOWFLAKE_TOKEN", {"authenticator": "oauth"}),
    ],
    ids=["password", "mfa", "programmatic token", "oauth"],
)
def test_signing_in_reaches_a_session_or_says_no_without_the_secret(
    server: Session,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    more: dict[str, str],
) -> None:
    """Over HTTP with the real connector; the local stack takes its token in all of these."""
    setting = {key: server.arguments[key] for key in ("account", "user", "host", "port")}
    dev = of_the_user(tmp_path, setting | {"protocol": "http", "login_timeout": 10, **more})
    configure(
        monkeypatch, {name: str(server.arguments["password"]), "SNOWFLAKE_PASSCODE": "123456"}
    )
    with Session(connector_arguments(dev, "stacks/dev.yaml")) as session:
        assert session.query("SELECT CURRENT_USER() AS U") == [{"U": server.arguments["user"]}]
    configure(monkeypatch, {name: SECRET})
    with pytest.raises(ConnectError) as caught:
        Session(connector_arguments(dev, "stacks/dev.yaml"))._open()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("passphrase", ["", SECRET])
def test_a_key_pair_signs_and_the_server_is_asked(
    server: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, passphrase: str
) -> None:
    """The key is read, decrypted and used; the local stack, which knows no key, then says no."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = passphrase.encode()
    encryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, encryption)
    (tmp_path / "deploy.p8").write_bytes(pem)
    configured = {"SNOWFLAKE_PRIVATE_KEY_FILE": str(tmp_path / "deploy.p8")}
    if passphrase:
        configured["SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"] = passphrase
    configure(monkeypatch, configured)
    setting = {name: server.arguments[name] for name in ("account", "user", "host", "port")}
    dev = of_the_user(tmp_path, {**setting, "protocol": "http", "login_timeout": 10})
    arguments = connector_arguments(dev, "x")
    assert arguments["authenticator"] == "SNOWFLAKE_JWT"
    with pytest.raises(ConnectError, match="Incorrect username or password") as caught:
        Session(arguments)._open()
    assert passphrase == "" or passphrase not in str(caught.value)


def test_a_key_as_text_becomes_what_the_connector_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = "TUlJ" * 16
    text = f"-----BEGIN {'PRIVATE'} KEY-----\n{body}\n{body}\n-----END {'PRIVATE'} KEY-----\n"
    configure(monkeypatch, {"SNOWFLAKE_PRIVATE_KEY": text})
    arguments = connector_arguments(of_the_user(tmp_path, PLAIN), "stacks/dev.yaml")
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
    for setting in ("dev", {"name": "dev", key: SECRET}):
        with pytest.raises(MistakeError, match="must not be in a file") as caught:
            connector_arguments(setting, "stacks/dev.yaml")
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({}, "no account to connect to"),
        ({"account": "a", "user": "u"}, "nothing to sign in with"),
        ({"account": "a", "authenticator": "externalbrowser"}, "no user to sign in as"),
    ],
)
def test_what_is_missing_is_said(setting: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match=message) as caught:
        connector_arguments(of_the_user(tmp_path, setting), "stacks/dev.yaml")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("stacks/dev.yaml: ")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (7, "`connection` is the name of a section"),
        ("../../x", "not the name of a connection"),
        ({"name": "a\x1b[2Jb"}, "not the name of a connection"),
        ({"name": "dev", "acount": "a"}, "a project may not set 'acount'"),
        ({"name": "dev", "rol": "a"}, "did you mean role?"),
        ({"role": 7}, "role is a name"),
        *(
            ({"name": "dev", key: "x"}, f"a project may not set '{key}'.*connection: dev")
            for key in ("account", "HOST", "port", "protocol", "authenticator", "token_file_path",
                        "private_key_file", "oauth_token_request_url", "region", "user")
        ),
        ({"insecure_mode": True}, "a project may not set 'insecure_mode'"),
        ({"proxy_host": "evil"}, "a project may not set 'proxy_host'"),
    ],
)  # fmt: skip
def test_a_project_decides_no_host_and_no_credential(setting: object, message: str) -> None:
    with pytest.raises(MistakeError, match=message) as caught:
        connector_arguments(setting, "stacks/dev.yaml")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("stacks/dev.yaml: ")
    assert str(caught.value).isprintable()


def test_a_project_names_a_connection_and_chooses_inside_the_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dev = of_the_user(tmp_path, {**PLAIN, "role": "MINE", "warehouse": "MINE"})
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", SECRET)
    monkeypatch.setenv("SNOWFLAKE_WAREHOUSE", "USERS_WH")
    arguments = connector_arguments({"name": dev, "role": "DEPLOYER", "warehouse": "W"}, "x")
    assert arguments["account"] == "org-acc"
    assert arguments["role"] == "DEPLOYER"
    # The user's environment wins over the project.
    assert arguments["warehouse"] == "USERS_WH"
    assert place(arguments) == "account org-acc, user DEPLOYER"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"protocol": "http"}, "plain http to org-acc"),
        ({"protocol": "http", "host": "example.com"}, "plain http to example.com"),
        ({"protocol": "HTTP", "host": "127.0.0.1.example.com"}, "plain http to"),
        ({"protocol": "ftp"}, "https is the only one"),
        ({"oauth_token_request_url": "http://example.com/t"}, "must be an https address"),
    ],
)
def test_plain_http_stays_on_this_machine(
    more: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", SECRET)
    with pytest.raises(MistakeError, match=message):
        connector_arguments(of_the_user(tmp_path, {**PLAIN, **more}), "x")
    arguments = connector_arguments(
        of_the_user(tmp_path, {**PLAIN, "protocol": "http", "host": "127.0.0.1"}), "x"
    )
    assert arguments["protocol"] == "http"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dev = 3\n", "no connection 'dev'"),
        ("connections = 3\n", "no connection 'dev'"),
        ("[", "not TOML"),
        ("x = " + "[" * 10_000, "not TOML"),
        ("x = " + "1" * 5_000, "not TOML"),
    ],
)
def test_a_file_of_connections_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text(text)
    with pytest.raises(MistakeError, match=message):
        connector_arguments("dev", "x")


def test_sections_of_config_toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", SECRET)
    (tmp_path / "config.toml").write_text(
        '[connections.dev]\naccount = "org-acc"\nuser = "U"\n[cli]\nx = 1\n'
    )
    assert connector_arguments("dev", "x")["account"] == "org-acc"
    with pytest.raises(MistakeError, match=r"no connection 'cli'.*it has: dev"):
        connector_arguments("cli", "x")


def test_an_unknown_section_names_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text('[dev]\naccount = "a"\n[prod]\naccount = "b"\n')
    with pytest.raises(MistakeError, match=r"no connection 'test'.*it has: dev, prod"):
        connector_arguments("test", "stacks/dev.yaml")


def test_only_what_asks_a_person_is_interactive() -> None:
    assert is_interactive({"authenticator": "externalbrowser"})
    assert is_interactive({"authenticator": "USERNAME_PASSWORD_MFA"})
    assert not is_interactive({"authenticator": "SNOWFLAKE_JWT"})
    assert not is_interactive({})
