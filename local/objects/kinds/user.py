"""USER: kept and shown. Everybody signs in with the stack's token, as the local user."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any, ClassVar

from ...engine.bootstrap import USER
from ...engine.catalogue import Change, Object
from ...language.errors import SqlError, not_allowed
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .readers import a_boolean, an_object, one_of, whole
from .showing import common_row


def _text(parser: Parser) -> str:
    return parser.string() if parser.here.kind == "string" else parser.name().last


def _presence(parser: Parser) -> bool:
    """Read a secret and keep only that there is one."""
    parser.string()
    return True


def _public_key(parser: Parser) -> str:
    """Read an RSA public key and keep its fingerprint.

    https://docs.snowflake.com/en/user-guide/key-pair-auth
    """
    text = "".join(parser.string().split())
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        der = b""
    if not der.startswith(b"\x30"):
        raise SqlError("New public key rejected by current policy. Reason: 'Invalid public key'",
                       394305, "22023")  # fmt: skip
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def _roles(parser: Parser) -> str:
    names = parser.listed(lambda: _text(parser))
    return ",".join(name.upper() for name in names)


# https://docs.snowflake.com/en/sql-reference/sql/create-user
_PROPERTIES: dict[str, Callable[[Parser], Any]] = {
    "PASSWORD": _presence,
    "LOGIN_NAME": _text,
    "DISPLAY_NAME": _text,
    "FIRST_NAME": _text,
    "MIDDLE_NAME": _text,
    "LAST_NAME": _text,
    "EMAIL": _text,
    "MUST_CHANGE_PASSWORD": a_boolean,
    "DISABLED": a_boolean,
    "DAYS_TO_EXPIRY": whole(0),
    "MINS_TO_UNLOCK": whole(0),
    "DEFAULT_WAREHOUSE": an_object,
    "DEFAULT_NAMESPACE": lambda parser: (
        parser.string() if parser.here.kind == "string" else str(parser.name())
    ),
    "DEFAULT_ROLE": an_object,
    "DEFAULT_SECONDARY_ROLES": _roles,
    "MINS_TO_BYPASS_MFA": whole(0),
    "RSA_PUBLIC_KEY": _public_key,
    "RSA_PUBLIC_KEY_2": _public_key,
    "NETWORK_POLICY": an_object,
    "TYPE": one_of("PERSON", "SERVICE", "LEGACY_SERVICE", "NULL"),
}


_KEYS = ("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2")
_OF_PERSONS = (
    "PASSWORD", "MUST_CHANGE_PASSWORD", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME",
    "MINS_TO_BYPASS_MFA",
)  # fmt: skip


class User(Kind):
    """Users."""

    name = "USER"
    plural = "USERS"
    level = "account"
    listed_for_all = True
    or_alter = True
    properties = _PROPERTIES
    show_columns: ClassVar[tuple[tuple[str, DataType], ...]] = (
        ("name", TEXT),
        ("created_on", TIMESTAMP_LTZ),
        *(
            (name, TEXT)
            for name in (
                "login_name", "display_name", "first_name", "last_name", "email", "mins_to_unlock",
                "days_to_expiry", "comment", "disabled", "must_change_password", "snowflake_lock",
                "default_warehouse", "default_namespace", "default_role", "default_secondary_roles",
                "ext_authn_duo", "ext_authn_uid", "mins_to_bypass_mfa", "owner",
                "last_success_login", "expires_at_time", "locked_until_time", "has_password",
                "has_rsa_public_key", "type", "has_mfa",
            )
        ),
    )  # fmt: skip

    def checked(self, properties: dict[str, Any]) -> dict[str, Any]:
        """https://docs.snowflake.com/en/user-guide/admin-user-management (Types of users)"""
        if properties.get("TYPE") == "SERVICE":
            for name in _OF_PERSONS:
                if properties.get(name):
                    raise SqlError(f"Cannot set {name} on user of type SERVICE.", 391950, "22023")
        return properties

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        body = super().read_body(call, mode)
        _require_policy(call.session, body["properties"])
        return body

    def alter_set(self, call: Call, item: Object) -> None:
        super().alter_set(call, item)
        now = call.session.engine.catalogue.get(item.id) or item
        _require_policy(call.session, now.body.get("properties", {}))

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        if item.name == USER:
            raise not_allowed("USER", item.name)
        for grant in session.engine.catalogue.of_kind("GRANT"):
            if grant.body.get("grantee") == item.id:
                change.remove(grant)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        row.update(
            {
                name: _shown(held.get(name.upper()))
                for name, _ in self.show_columns
                if name.upper() in _PROPERTIES
            }
        )
        row.update(
            login_name=held.get("LOGIN_NAME", item.name).upper(),
            display_name=held.get("DISPLAY_NAME", item.name),
            disabled=_shown(held.get("DISABLED", False)),
            must_change_password=_shown(held.get("MUST_CHANGE_PASSWORD", False)),
            snowflake_lock="false",
            default_warehouse=held.get("DEFAULT_WAREHOUSE", item.body.get("default_warehouse")),
            default_role=held.get("DEFAULT_ROLE", item.body.get("default_role")),
            ext_authn_duo="false",
            has_password=_shown(bool(held.get("PASSWORD"))),
            has_rsa_public_key=_shown(bool(held.get("RSA_PUBLIC_KEY"))),
            has_mfa="false",
        )
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        """Return a row for each property.

        https://docs.snowflake.com/en/sql-reference/sql/desc-user
        """
        held = item.body.get("properties", {})
        row = self.show_row(session, item)
        rows = [["NAME", item.name, None, "Name"], ["COMMENT", item.comment or None, None, ""]]
        for name in _PROPERTIES:
            value = row.get(name.lower(), _shown(held.get(name)))
            if _PROPERTIES[name] is _presence:
                value = "********" if held.get(name) else None
            if name in _KEYS:
                rows.append([f"{name}_FP", _mark(held.get(name)), None, ""])
                value = "..." if held.get(name) else None
            rows.append([name, value, None, ""])
        names = ("property", "value", "default", "description")
        return Result([Column(name, TEXT) for name in names], rows, SHOW)


def _require_policy(session: Session, properties: dict[str, Any]) -> None:
    if "NETWORK_POLICY" in properties:
        session.names.find_account("NETWORK POLICY", properties["NETWORK_POLICY"])


def _mark(held: Any) -> str | None:
    # An earlier version kept only that there is a key.
    return held if isinstance(held, str) else None


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


KIND = User()
