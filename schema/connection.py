"""`connection:` of a stack: which of the user's connections is meant, and nothing more.

A project comes from somebody else. Where credentials are sent, and which are read, is decided by
the user: process environment, `connections.toml`, command line. So a stack names a connection and
may choose what differs inside the account.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from .context import Context, shape_of
from .nodes import Node

NAME: Final = "name"
CHOICES: Final = ("role", "warehouse", "database", "schema")
"""What a stack may choose inside the account."""

_SECTION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_SECRETS: Final = frozenset(
    {"password", "passcode", "token", "private_key", "private_key_raw", "private_key_passphrase",
     "private_key_file_pwd", "oauth_client_secret"}
)  # fmt: skip
# What the user's own connections.toml and SNOWFLAKE_* variables may say.
_OF_THE_USER: Final = frozenset(
    {"account", "user", "host", "port", "protocol", "region", "authenticator", "private_key_file",
     "token_file_path", "oauth_client_id", "oauth_authorization_url", "oauth_token_request_url",
     "oauth_redirect_uri", "oauth_scope", "workload_identity_provider", "login_timeout"}
)  # fmt: skip
_DECIDED_BY_THE_USER: Final = "only you decide where and how your credentials are used"


def is_section(name: str) -> bool:
    """Whether this can be the name of a section of `connections.toml`."""
    return _SECTION.fullmatch(name) is not None


def refusal(key: str, name: str = "") -> tuple[str, str]:
    """Why a stack may not hold this key below `connection:`, and what to do instead.

    Args:
        key: Any key but `name` and `CHOICES`.
        name: The section that the stack names, if it does.
    """
    lower = key.lower()
    if lower in _SECRETS:
        return (
            f"{key!r} is a secret and must not be in a file",
            "remove it, and set it in the environment or in Pulumi ESC",
        )
    message = f"a project may not set {key!r}: {_DECIDED_BY_THE_USER}"
    if lower in _OF_THE_USER:
        return message, (
            f"remove it; put {lower} into a section of your connections.toml and write "
            f"connection: {name or 'SECTION'}, or set SNOWFLAKE_{lower.upper()} in the environment"
        )
    near = get_close_matches(lower, (NAME, *CHOICES), n=1, cutoff=0.8)
    return message, f"did you mean {near[0]}?" if near else "remove it"


def problems(setting: object) -> list[tuple[str, str, str]]:
    """What is wrong with a `connection:` that was read from a project.

    Returns:
        (key, message, remedy) of each mistake; the key is "" where it is the whole.
    """
    if setting is None:
        return []
    if isinstance(setting, str):
        return [] if is_section(setting) else [("", *_no_section(setting))]
    if not isinstance(setting, Mapping):
        known = ", ".join((NAME, *CHOICES))
        return [
            (
                "",
                "`connection` is the name of a section of connections.toml, or a mapping",
                f"write connection: NAME, or a mapping of {known}",
            )
        ]
    found: list[tuple[str, str, str]] = []
    name = setting.get(NAME)
    if name is not None and not (isinstance(name, str) and is_section(name)):
        found.append((NAME, *_no_section(name)))
        name = ""
    for key, value in setting.items():
        if key == NAME:
            continue
        if key not in CHOICES:
            found.append((str(key), *refusal(str(key), name or "")))
        elif not isinstance(value, str):
            found.append((str(key), f"{key} is a name", f"write {key}: NAME"))
    return found


def check(node: Node, setting: Any, context: Context) -> None:
    """Report the mistakes of `connection:`, each at its place.

    Args:
        node: The mapping of the whole stack.
        setting: What was read from it.
        context: Takes the mistakes.
    """
    held = next(value for key, value in node.value if key.value == "connection")
    places = (
        {key.value: key for key, _ in held.value if isinstance(key.value, str)}
        if shape_of(held) == "a mapping"
        else {}
    )
    for key, message, remedy in problems(setting):
        context.error(places.get(key, held), message, remedy)


def _no_section(name: object) -> tuple[str, str]:
    return (
        f"{str(name)[:80]!r} is not the name of a connection",
        "name a section of connections.toml: letters, digits, dots, dashes, underscores",
    )
