"""Connector arguments from stack settings, `connections.toml` and the run-time configuration.

What is not secret (account, user, role, warehouse, authenticator) stands in the stack's
`connection:` or in a section of the Snowflake command line's own `connections.toml`. What is
secret comes through `hushflake.config` alone, under the names the Snowflake command line
knows: `SNOWFLAKE_CONNECTIONS_<NAME>_PASSWORD` first, then `SNOWFLAKE_PASSWORD`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hushflake.config import get_config_value

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


def connector_arguments(setting: object, where: str) -> dict[str, Any]:
    """Return the keyword arguments for `snowflake.connector.connect`.

    Args:
        setting: The stack's `connection`: the name of a section of `connections.toml`, or a
            mapping of plain settings (which may name a section under `name`).
        where: How messages call the place, for example `stacks/dev.yaml`.

    Raises:
        MistakeError: An unknown section or setting, a secret in a file, nothing to sign in with.
    """
    name, own = _split(setting, where)
    settings = _section(name, where) if name else {}
    settings.update(_checked(own, where))
    for key in _PLAIN:
        value = _configured(name, key.upper())
        if value:
            settings[key] = value
    secrets = {argument: _configured(name, key) for key, argument in _SECRET.items()}
    arguments = settings | {key: value for key, value in secrets.items() if value}
    _read_private_key(arguments, name)
    _complete(arguments, where)
    return arguments


def is_interactive(arguments: Mapping[str, Any]) -> bool:
    """Whether signing in with these arguments asks a person."""
    return str(arguments.get("authenticator", "")).lower() in INTERACTIVE


def _split(setting: object, where: str) -> tuple[str | None, dict[str, Any]]:
    if setting is None:
        return None, {}
    if isinstance(setting, str):
        return setting, {}
    if isinstance(setting, Mapping):
        own = {str(key): value for key, value in setting.items()}
        name = own.pop("name", None)
        return (str(name) if name else None), own
    raise MistakeError(
        f"{where}: `connection` is the name of a section of connections.toml, or a mapping with "
        "account, user and role"
    )


def _configured(name: str | None, key: str) -> str | None:
    if name:
        own = get_config_value(f"SNOWFLAKE_CONNECTIONS_{name.upper().replace('-', '_')}_{key}")
        if own:
            return own
    return get_config_value(f"SNOWFLAKE_{key}")


def connections_file() -> Path:
    """Where the Snowflake command line and the connector keep `connections.toml`."""
    home = get_config_value("SNOWFLAKE_HOME")
    if home:
        return Path(home).expanduser() / "connections.toml"
    usual = Path("~/.snowflake/connections.toml").expanduser()
    base = get_config_value("XDG_CONFIG_HOME") or "~/.config"
    other = Path(base).expanduser() / "snowflake" / "connections.toml"
    return usual if usual.parent.is_dir() or not other.exists() else other


def _section(name: str, where: str) -> dict[str, Any]:
    path = connections_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        # Everything may come from the configuration instead; `_complete` says what is missing.
        return {}
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MistakeError(f"{path}: this is not TOML: {error}") from None
    # In config.toml the same sections stand below [connections].
    sections = sections.get("connections", sections)
    if name not in sections:
        known = ", ".join(sorted(sections)) or "none"
        raise MistakeError(f"{where}: no connection {name!r} in {path}; it has: {known}")
    return _checked(sections[name], f"{path}: [{name}]")


def _checked(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in settings.items():
        plain = _ALIASES.get(key.lower(), key.lower())
        if plain in _NEVER_IN_A_FILE:
            raise MistakeError(
                f"{where}: {key!r} is a secret and must not stand in a file; remove it and set "
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
            f"{where}: no account to connect to: set `connection: {{account: …}}`, name a section "
            "of connections.toml, or set SNOWFLAKE_ACCOUNT"
        )
    if "authenticator" not in arguments:
        arguments["authenticator"] = _implied_authenticator(arguments, where)
    authenticator = str(arguments["authenticator"]).lower()
    if authenticator not in {"oauth", "oauth_client_credentials"} and not arguments.get("user"):
        raise MistakeError(f"{where}: no user to sign in as: set `user` or SNOWFLAKE_USER")
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
        "SNOWFLAKE_TOKEN or SNOWFLAKE_PASSWORD in the environment or in Pulumi ESC, or choose "
        "`authenticator: externalbrowser`"
    )
