"""USER: kept and shown. Everybody signs in with the stack's token, as the local user."""

from collections.abc import Callable
from typing import Any, ClassVar

from ...engine.bootstrap import USER
from ...engine.catalogue import Change, Object
from ...language.errors import not_allowed
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType
from ...sessions.session import Session
from .base import Kind
from .readers import a_boolean, an_object, one_of, whole
from .showing import common_row


def _text(parser: Parser) -> str:
    return parser.string() if parser.here.kind == "string" else parser.name().last


def _presence(parser: Parser) -> bool:
    """Read a secret and keep only that there is one."""
    parser.string()
    return True


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
    "RSA_PUBLIC_KEY": _presence,
    "RSA_PUBLIC_KEY_2": _presence,
    "TYPE": one_of("PERSON", "SERVICE", "LEGACY_SERVICE", "NULL"),
}


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
            rows.append([name, value, None, ""])
        names = ("property", "value", "default", "description")
        return Result([Column(name, TEXT) for name in names], rows, SHOW)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


KIND = User()
