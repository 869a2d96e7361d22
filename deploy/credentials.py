"""Connector arguments from the user's `connections.toml` and the run-time configuration.

A project comes from somebody else, so a stack's `connection:` names a section and may choose role,
warehouse, database and schema. Account, host, authenticator and files are the user's to say: in
`connections.toml` or in `SNOWFLAKE_*` variables, which win over it. What is secret comes through
`hushflake.config` alone, under the names the Snowflake command line knows:
`SNOWFLAKE_CONNECTIONS_<NAME>_PASSWORD` first, then `SNOWFLAKE_PASSWORD`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hushflake.config import get_config_value
from hushflake.schema import connection

from . import loopback
from .errors import MistakeError

# https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
_PLAIN = (
    "account",
    "user",
    "host",
    "port",
    "protocol",
    "role",
    "warehouse",
    "database",
    "schema",
    "region",
    "authenticator",
    "private_key_file",
    "token_file_path",
    "oauth_client_id",
    "oauth_authorization_url",
    "oauth_token_request_url",
    "oauth_redirect_uri",
    "oauth_scope",
    "workload_identity_provider",
    "login_timeout",
)
# Name in the configuration -> argument of the connector.
_SECRET = {
    "PASSWORD": "password",
    "PASSCODE": "passcode",
    "TOKEN": "token",
    "PRIVATE_KEY_PASSPHRASE": "private_key_file_pwd",
    "OAUTH_CLIENT_SECRET": "oauth_client_secret",
}
# Spellings of the Snowflake command line and of older files.
_ALIASES = {
    "private_key_path": "private_key_file",
    "username": "user",
    "accountname": "account",
    "rolename": "role",
    "warehousename": "warehouse",
    "dbname": "database",
    "schemaname": "schema",
}
_NEVER_IN_A_FILE = {
    "password": "PASSWORD",
    "passcode": "PASSCODE",
    "token": "TOKEN",
    "private_key": "PRIVATE_KEY",
    "private_key_raw": "PRIVATE_KEY",
    "private_key_file_pwd": "PRIVATE_KEY_PASSPHRASE",
    "private_key_passphrase": "PRIVATE_KEY_PASSPHRASE",
    "oauth_client_secret": "OAUTH_CLIENT_SECRET",
}
# Signing in asks a person: one connection serves all, or each worker would ask again.
INTERACTIVE = {"externalbrowser", "username_password_mfa", "oauth_authorization_code"}
# What is shown belongs to one user, whom the account finds by it.
_USER_BY_TOKEN = {"oauth", "oauth_client_credentials", "workload_identity"}


def connector_arguments(setting: object, where: str) -> dict[str, Any]:
    """Return the keyword arguments for `snowflake.connector.connect`.

    Args:
        setting: The stack's `connection`: the name of a section of `connections.toml`, or a
            mapping (see `hushflake.schema.connection`).
        where: How messages call the place, for example `stacks/dev.yaml`.

    Raises:
        MistakeError: An unknown section or setting, one that is not for a project to say, a secret
            in a file, plain HTTP to another machine, nothing to sign in with.
    """
    name, own = _split(setting, where)
    settings = _section(name, where) if name else {}
    settings.update(own)
    for key in _PLAIN:
        value = _configured(name, key.upper())
        if value:
            settings[key] = value
    secrets = {argument: _configured(name, key) for key, argument in _SECRET.items()}
    arguments = settings | {key: value for key, value in secrets.items() if value}
    _read_private_key(arguments, name)
    _complete(arguments, where)
    _refuse_plain_http(arguments, where)
    return arguments


def place(arguments: Mapping[str, Any]) -> str:
    """Where these arguments lead to, for a line that a person reads."""
    parts = [f"account {arguments.get('account')}"]
    if arguments.get("host"):
        port = f":{arguments['port']}" if arguments.get("port") else ""
        parts.append(f"host {arguments['host']}{port}")
    if arguments.get("user"):
        parts.append(f"user {arguments['user']}")
    return ", ".join(parts)


def is_interactive(arguments: Mapping[str, Any]) -> bool:
    """Whether signing in with these arguments asks a person."""
    return str(arguments.get("authenticator", "")).lower() in INTERACTIVE


def _split(setting: object, where: str) -> tuple[str | None, dict[str, Any]]:
    for key, message, remedy in connection.problems(setting):
        at = f"{where}: connection.{key}" if key else where
        raise MistakeError(f"{at}: {message}; {remedy}")
    if isinstance(setting, Mapping):
        own = {key: setting[key] for key in connection.CHOICES if setting.get(key)}
        return setting.get(connection.NAME) or None, own
    return str(setting) if setting else None, {}


def _configured(name: str | None, key: str) -> str | None:
    if name:
        own = get_config_value(f"SNOWFLAKE_CONNECTIONS_{_variable(name)}_{key}")
        if own:
            return own
    return get_config_value(f"SNOWFLAKE_{key}")


def _variable(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def connections_file() -> Path:
    """Where the Snowflake command line and the connector keep the user's connections.

    `connections.toml` where there is one, else `config.toml` in the same folder.
    """
    folder = _snowflake_folder()
    usual, older = folder / "connections.toml", folder / "config.toml"
    return older if older.is_file() and not usual.exists() else usual


def _snowflake_folder() -> Path:
    home = get_config_value("SNOWFLAKE_HOME")
    if home:
        return Path(home).expanduser()
    usual = Path("~/.snowflake").expanduser()
    base = get_config_value("XDG_CONFIG_HOME") or "~/.config"
    other = Path(base).expanduser() / "snowflake"
    return usual if usual.is_dir() or not other.is_dir() else other


def _section(name: str, where: str) -> dict[str, Any]:
    path = connections_file()
    try:
        sections: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        # Everything may come from the configuration instead; `_complete` says what is missing.
        return {}
    except OSError as error:
        raise MistakeError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MistakeError(f"{path}: this is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise MistakeError(f"{path}: this is not TOML: {error}") from None
    # In config.toml the same sections stand below [connections].
    inner = sections.get("connections", {} if path.name == "config.toml" else sections)
    found = inner.get(name) if isinstance(inner, dict) else None
    if not isinstance(found, dict):
        tables = inner.items() if isinstance(inner, dict) else ()
        known = ", ".join(sorted(key for key, value in tables if isinstance(value, dict))) or "none"
        raise MistakeError(f"{where}: no connection {name!r} in {path}; it has: {known}")
    return _checked(found, f"{path}: [{name}]")


def _checked(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in settings.items():
        plain = _ALIASES.get(key.lower(), key.lower())
        if plain in _NEVER_IN_A_FILE:
            raise MistakeError(
                f"{where}: {key!r} is a secret and must not be in a file; remove it and set "
                f"SNOWFLAKE_{_NEVER_IN_A_FILE[plain]} in the environment or in Pulumi ESC"
            )
        if plain not in _PLAIN:
            raise MistakeError(
                f"{where}: unknown connection setting {key!r}; known: {', '.join(_PLAIN)}"
            )
        kept[plain] = value
    return kept


def _read_private_key(arguments: dict[str, Any], name: str | None) -> None:
    """Take a key given as text: base64 of PKCS#8 DER as the connector wants it, from PEM or base64.

    A key protected by a passphrase must be a file: the connector decrypts files only.
    """
    text = _configured(name, "PRIVATE_KEY")
    if not text:
        return
    lines = [line.strip() for line in text.replace("\\n", "\n").splitlines()]
    if any("ENCRYPTED" in line for line in lines):
        raise MistakeError(
            "SNOWFLAKE_PRIVATE_KEY holds an encrypted key: keep it in a file and set "
            "SNOWFLAKE_PRIVATE_KEY_FILE and SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"
        )
    arguments["private_key"] = "".join(line for line in lines if not line.startswith("-----"))
    arguments.pop("private_key_file", None)


def _complete(arguments: dict[str, Any], where: str) -> None:
    if not arguments.get("account"):
        raise MistakeError(
            f"{where}: no account to connect to: name a section of {connections_file()} that has "
            "an account (connection: NAME), or set SNOWFLAKE_ACCOUNT"
        )
    if "authenticator" not in arguments:
        arguments["authenticator"] = _implied_authenticator(arguments, where)
    authenticator = str(arguments["authenticator"]).lower()
    if authenticator not in _USER_BY_TOKEN and not arguments.get("user"):
        raise MistakeError(
            f"{where}: no user to sign in as: set user in your connections.toml, or SNOWFLAKE_USER"
        )
    if authenticator == "username_password_mfa":
        # One approval on the phone serves the connections of the next four hours.
        arguments.setdefault("client_request_mfa_token", True)
    if authenticator == "externalbrowser":
        arguments.setdefault("client_store_temporary_credential", True)


def _implied_authenticator(arguments: Mapping[str, Any], where: str) -> str:
    if "private_key" in arguments or "private_key_file" in arguments:
        return "SNOWFLAKE_JWT"
    if "token" in arguments or "token_file_path" in arguments:
        return "PROGRAMMATIC_ACCESS_TOKEN"
    if "password" in arguments:
        return "snowflake"
    raise MistakeError(
        f"{where}: nothing to sign in with: set SNOWFLAKE_PRIVATE_KEY_FILE, SNOWFLAKE_PRIVATE_KEY, "
        "SNOWFLAKE_TOKEN or SNOWFLAKE_PASSWORD in the environment or in Pulumi ESC, or "
        "SNOWFLAKE_AUTHENTICATOR=externalbrowser"
    )


def _refuse_plain_http(arguments: Mapping[str, Any], where: str) -> None:
    """Plain HTTP would show password and token on the way; only this machine has no way."""
    protocol = str(arguments.get("protocol", "https")).lower()
    host = str(arguments.get("host") or "")
    if protocol not in {"http", "https"}:
        raise MistakeError(f"{where}: protocol {protocol!r}: https is the only one")
    if protocol == "http" and host not in loopback.NAMES:
        raise MistakeError(
            f"{where}: plain http to {host or arguments['account']} would show your credentials on "
            "the way; remove protocol (https is the default)"
        )
    for key in ("oauth_authorization_url", "oauth_token_request_url"):
        parts = urlsplit(str(arguments.get(key) or "https:"))
        if parts.scheme != "https" and parts.hostname not in loopback.NAMES:
            raise MistakeError(f"{where}: {key} must be an https address")
