"""Secrets: https://docs.snowflake.com/en/sql-reference/sql/create-secret

A value is in no file, plan or journal: it is read from the user's configuration when its statement
is sent, under a key that follows from the name. So a project names no key of the user's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..names import QualifiedName, Sql, literal
from ..stack import Stack
from ..values import Payload, Row
from .base import Change, Mistake, Spec
from .properties import COMMENT, Property, words
from .property_kind import PropertyKind, listed

# The value of the secret S.TOKEN is that of the key HUSHFLAKE_SECRET_S_TOKEN.
PREFIX: Final = "HUSHFLAKE_SECRET_"
# What holds the value, by type.
_HELD: Final = {"PASSWORD": "PASSWORD", "GENERIC_STRING": "SECRET_STRING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Spec):
    """`version` goes up when the value changed: the account does not tell what it holds, so this
    is what sets it anew."""

    type: Literal[
        "PASSWORD", "GENERIC_STRING", "OAUTH2", "SYMMETRIC_KEY", "WORKLOAD_IDENTITY_FEDERATION"
    ]
    username: str = field(default="", metadata={"readable": False})
    api_authentication: str = field(default="", metadata={"readable": False})
    scopes: tuple[str, ...] = ()
    version: int = field(default=1, metadata={"readable": False})


class SecretKind(PropertyKind[Secret]):
    name = "secret"
    plural = "secrets"
    privileges = ("MODIFY", "READ", "USAGE")
    level = "schema"
    spec_type = Secret
    order = 30
    drop_class = "loss"
    held_by_use = True
    show = "SECRETS"
    described = True
    fixed = ("type", "api_authentication")
    replace_reason = "its value is set anew"
    properties = (
        Property("type", "TYPE"),
        Property("api_authentication", "API_AUTHENTICATION", "name"),
        Property("scopes", "OAUTH_SCOPES", "literal"),
        Property("username", "USERNAME", "literal"),
        COMMENT,
    )

    def normalise(self, spec: Secret) -> Secret:
        return replace(
            spec,
            scopes=tuple(sorted(spec.scopes)),
            api_authentication=spec.api_authentication.upper(),
        )

    def check(self, name: str, spec: Secret, stack: Stack) -> Iterator[Mistake]:
        if (spec.type == "PASSWORD") != bool(spec.username):
            yield Mistake("username", "username and type PASSWORD go together", "write both")
        if (spec.type == "OAUTH2") != bool(spec.api_authentication):
            message = "api_authentication and type OAUTH2 go together"
            yield Mistake("api_authentication", message, "write both")
        if spec.api_authentication and not re.fullmatch(
            r"[A-Z_][A-Z0-9_$]*", spec.api_authentication
        ):
            message = f"{spec.api_authentication!r} is no name of an integration"
            yield Mistake("api_authentication", message, "write a plain name")
        if spec.version < 1:
            yield Mistake("version", "versions begin with 1", "write version: 1")

    def body(self, name: str, spec: Secret) -> Payload:
        held = _HELD.get(spec.type)
        key = key_of(name)
        generic = spec.type == "SYMMETRIC_KEY"
        return {
            "held": Sql(held) if held else None,
            "value": literal(placeholder(key)),
            "key": key if held else None,
            "algorithm": generic,
        }

    def read_row(self, row: Row) -> Secret | None:
        shown = words(row.get("secret_type")).upper()
        kind = "GENERIC_STRING" if shown == "GENERIC" else shown
        if kind not in ("OAUTH2", "SYMMETRIC_KEY", "WORKLOAD_IDENTITY_FEDERATION", *_HELD):
            return None
        return Secret(
            comment=words(row.get("comment")),
            type=kind,  # type: ignore[arg-type]  # one of these words
            scopes=tuple(sorted(listed(row.get("oauth_scopes")))),
        )

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        if not rows:
            return {}
        return {
            "username": words(rows[0].get("username")),
            "api_authentication": words(rows[0].get("integration_name")).upper(),
        }

    def difference(self, name: str, desired: Secret, actual: Secret) -> Iterator[Change]:
        for change in super().difference(name, desired, actual):
            yield change
            if change.action == "replace":
                return
        if desired.version != actual.version and _HELD.get(desired.type):
            reason = f"its value is set anew: version {actual.version} -> {desired.version}"
            yield Change("set_value", reason, self.body(name, desired))


def key_of(name: str) -> str:
    """The configuration key that holds the value of a secret: of schema and name."""
    parts = QualifiedName.parse(name).parts[-2:]
    return PREFIX + "_".join(re.sub(r"[^A-Z0-9]", "_", part.text.upper()) for part in parts)


def placeholder(key: str) -> str:
    """What stands for the value in every statement that is shown or stored."""
    return f"${{{key}}}"
