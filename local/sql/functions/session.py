"""Functions that speak of the session, the statement and the time."""

import datetime as dt
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ...language.parser import Parser
from ...sessions.session import SERVER_VERSION, Session
from ..context import Context, call, cast, text


def _value(value: str | None) -> exp.Expr:
    return exp.Null() if value is None else text(value)


def _constant(read: Any) -> Any:
    def rewrite(_: Any, context: Context) -> exp.Expr:
        return _value(read(context.session))

    return rewrite


def _now(kind: str) -> Any:
    def rewrite(node: Any, context: Context) -> exp.Expr:
        moment = dt.datetime.fromtimestamp(context.moment / 1_000_000, dt.UTC)
        instant = cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f+00")), "TIMESTAMP WITH TIME ZONE")
        if kind in {"DATE", "TIME"} and context.session.settings.parameter("TIMEZONE") != "UTC":
            return cast(call("timezone", call("hush.zone"), instant), kind)
        if isinstance(node, exp.Expr) and node.args.get("sysdate"):
            return cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f")), "TIMESTAMP")
        if kind == "DATE":
            return cast(text(moment.strftime("%Y-%m-%d")), "DATE")
        if kind == "TIME":
            return cast(text(moment.strftime("%H:%M:%S.%f")), "TIME")
        if kind == "TIMESTAMP":
            return cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f")), kind)
        return instant

    return rewrite


def _stream_has_data(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    from ..streams import has_data

    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal):
        raise compilation("SYSTEM$STREAM_HAS_DATA takes the name of a stream", 938, "22023")
    stream = context.find("STREAM", Parser(str(arguments[0].this)).name())
    context.require("SELECT", stream)
    return exp.true() if has_data(context, stream) else exp.false()


def variable(node: exp.Parameter, context: Context) -> exp.Expr:
    """Return the value of `$name`, with its type.

    Raises:
        SqlError: There is no such variable.
    """
    name = str(node.this.name if isinstance(node.this, exp.Expr) else node.this)
    if name.isdigit():
        raise compilation(f"invalid identifier '${name}'", 904, "42000")
    values = context.session.settings.variables
    if name.upper() not in values:
        raise compilation(f"Session variable '${name.upper()}' does not exist", 2211, "02000")
    value = values[name.upper()]
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, float):
        return cast(text(repr(value)), "DOUBLE")
    if isinstance(value, int | Decimal):
        return exp.Literal.number(str(value))
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        # What a TIMESTAMP_TZ has for its offset is no named zone.
        kind = "TIMESTAMP_TZ" if isinstance(value.tzinfo, dt.timezone) else "TIMESTAMP_LTZ"
        to = exp.DataType.build(kind, dialect="snowflake")
        return exp.Cast(this=text(value.isoformat(" ")), to=to)
    if isinstance(value, dt.datetime):
        return cast(text(value.isoformat(" ")), "TIMESTAMP")
    if isinstance(value, dt.date | dt.time):
        return cast(text(value.isoformat()), "DATE" if isinstance(value, dt.date) else "TIME")
    return text(str(value))


def _role_names(session: Session, ids: Iterable[int]) -> list[str]:
    """Return the names of account roles, sorted."""
    held = (session.engine.catalogue.get(key) for key in ids)
    return sorted(item.name for item in held if item is not None and item.kind == "ROLE")


def _available_roles(session: Session) -> str:
    """Return all roles of the user, also those that others inherit."""
    return json.dumps(
        _role_names(session, session.identity.privileges.reach(session.identity.user.id))
    )


def _secondary_roles(session: Session) -> str:
    """Return the secondary roles that are in use.

    https://docs.snowflake.com/en/sql-reference/functions/current_secondary_roles
    """
    names = _role_names(session, session.identity.roles[1:]) if session.identity.secondary else []
    value = "ALL" if session.identity.secondary else ""
    return json.dumps({"roles": ",".join(names), "value": value}, separators=(",", ":"))


def _in_session(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Tell whether a role is the primary or a secondary one, or inherited by one of them.

    https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session
    """
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal):
        raise compilation("IS_ROLE_IN_SESSION takes the name of a role", 938, "22023")
    session = context.session
    reached = {
        key for role in session.identity.roles for key in session.identity.privileges.reach(role)
    }
    name = Parser(str(arguments[0].this)).name().last
    return exp.true() if name in _role_names(session, reached) else exp.false()


def _bootstrap(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Answer what tools ask for the edition of an account; Snowflake does not document it."""
    if [str(argument.name).upper() for argument in arguments] not in ([], ["ACCOUNT"]):
        raise unsupported("SYSTEM$BOOTSTRAP_DATA_REQUEST of anything but ACCOUNT")
    account = {
        "accountName": "LOCAL",
        "serviceLevelName": "ENTERPRISE",
        "serverVersion": SERVER_VERSION,
    }
    return text(json.dumps({"accountInfo": account, "clientParamsInfo": []}))


_ROLE = _constant(lambda session: session.identity.role.name)
_TIMESTAMP = _now("TIMESTAMP WITH TIME ZONE")
NODES = {
    exp.CurrentTimestamp: _TIMESTAMP,
    exp.CurrentDate: _now("DATE"),
    exp.CurrentTime: _now("TIME"),
    exp.Localtime: _now("TIME"),
    exp.CurrentRole: _ROLE,
    exp.CurrentUser: _constant(lambda session: session.identity.user.name),
    exp.CurrentSchema: _constant(lambda session: session.place.schema),
    exp.CurrentDatabase: _constant(lambda session: session.place.database),
    exp.CurrentWarehouse: _constant(lambda session: session.place.warehouse),
    exp.CurrentAccount: _constant(lambda session: "LOCAL"),
    exp.CurrentVersion: _constant(lambda session: "9.40.0"),
}
CALLS = {
    "CURRENT_ROLE": _ROLE,
    "CURRENT_USER": _constant(lambda session: session.identity.user.name),
    "CURRENT_SCHEMA": _constant(lambda session: session.place.schema),
    "CURRENT_DATABASE": _constant(lambda session: session.place.database),
    "CURRENT_WAREHOUSE": _constant(lambda session: session.place.warehouse),
    "CURRENT_ACCOUNT": _constant(lambda session: "LOCAL"),
    "CURRENT_ACCOUNT_NAME": _constant(lambda session: "LOCAL"),
    "CURRENT_ORGANIZATION_NAME": _constant(lambda session: "LOCAL"),
    "CURRENT_REGION": _constant(lambda session: "LOCAL"),
    "CURRENT_VERSION": _constant(lambda session: "9.40.0"),
    "CURRENT_SESSION": _constant(lambda session: str(session.id)),
    "CURRENT_AVAILABLE_ROLES": _constant(_available_roles),
    "CURRENT_SECONDARY_ROLES": _constant(_secondary_roles),
    "CURRENT_ROLE_TYPE": _constant(lambda session: "ROLE"),
    "CURRENT_IP_ADDRESS": _constant(lambda session: "127.0.0.1"),
    "IS_ROLE_IN_SESSION": _in_session,
    # No behaviour change bundle is left to switch on or off.
    "SYSTEM$SHOW_ACTIVE_BEHAVIOR_CHANGE_BUNDLES": _constant(lambda session: "[]"),
    "SYSTEM$BOOTSTRAP_DATA_REQUEST": _bootstrap,
    "CURRENT_STATEMENT": _constant(lambda session: session.queries.text),
    "CURRENT_TRANSACTION": _constant(
        lambda session: str(session.transaction.id) if session.transaction.id else None
    ),
    "LAST_QUERY_ID": _constant(lambda session: session.queries.last),
    "GETDATE": _TIMESTAMP,
    "SYSTIMESTAMP": _TIMESTAMP,
    "SYSDATE": _now("TIMESTAMP"),
    "SYSTEM$STREAM_HAS_DATA": _stream_has_data,
}
# What the parser takes for expressions of their own.
NODES |= {
    getattr(exp, node): CALLS[name]
    for node, name in (
        ("CurrentSession", "CURRENT_SESSION"),
        ("CurrentStatement", "CURRENT_STATEMENT"),
        ("CurrentTransaction", "CURRENT_TRANSACTION"),
        ("CurrentRegion", "CURRENT_REGION"),
        ("CurrentAccountName", "CURRENT_ACCOUNT_NAME"),
        ("CurrentOrganizationName", "CURRENT_ORGANIZATION_NAME"),
        ("CurrentAvailableRoles", "CURRENT_AVAILABLE_ROLES"),
        ("CurrentSecondaryRoles", "CURRENT_SECONDARY_ROLES"),
        ("CurrentRoleType", "CURRENT_ROLE_TYPE"),
        ("CurrentIpAddress", "CURRENT_IP_ADDRESS"),
    )
    if hasattr(exp, node)
}
