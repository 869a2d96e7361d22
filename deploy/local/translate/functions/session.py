"""Functions that speak of the session, the statement and the time."""

import datetime as dt
from typing import Any

from sqlglot import exp

from ...errors import compilation
from ...parser import Parser
from ..context import Context, cast, text


def _value(value: str | None) -> exp.Expr:
    return exp.Null() if value is None else text(value)


def _constant(read: Any) -> Any:
    def rewrite(_: Any, context: Context) -> exp.Expr:
        return _value(read(context.session))

    return rewrite


def _now(kind: str) -> Any:
    def rewrite(node: Any, context: Context) -> exp.Expr:
        moment = dt.datetime.fromtimestamp(context.moment / 1_000_000, dt.UTC)
        if isinstance(node, exp.Expr) and node.args.get("sysdate"):
            return cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f")), "TIMESTAMP")
        if kind == "DATE":
            return cast(text(moment.strftime("%Y-%m-%d")), "DATE")
        if kind == "TIME":
            return cast(text(moment.strftime("%H:%M:%S.%f")), "TIME")
        if kind == "TIMESTAMP":
            return cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f")), kind)
        return cast(text(moment.strftime("%Y-%m-%d %H:%M:%S.%f+00")), "TIMESTAMP WITH TIME ZONE")

    return rewrite


def _stream_has_data(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    from ...streams import has_data

    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal):
        raise compilation("SYSTEM$STREAM_HAS_DATA takes the name of a stream", 938, "22023")
    session = context.session
    stream = session.find("STREAM", Parser(str(arguments[0].this)).name())
    return exp.true() if has_data(context, stream) else exp.false()


def _variable(node: exp.Parameter, context: Context) -> exp.Expr | None:
    name = str(node.this.name if isinstance(node.this, exp.Expr) else node.this)
    if name.isdigit():
        raise compilation(f"invalid identifier '${name}'", 904, "42000")
    values = context.session.variables
    if name.upper() not in values:
        raise compilation(f"Session variable '${name.upper()}' does not exist", 2211, "02000")
    value = values[name.upper()]
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    return exp.Literal.number(value) if isinstance(value, int | float) else text(str(value))


_ROLE = _constant(lambda session: session.role.name)
_TIMESTAMP = _now("TIMESTAMP WITH TIME ZONE")
NODES = {
    exp.CurrentTimestamp: _TIMESTAMP,
    exp.CurrentDate: _now("DATE"),
    exp.CurrentTime: _now("TIME"),
    exp.CurrentRole: _ROLE,
    exp.CurrentUser: _constant(lambda session: session.user.name),
    exp.CurrentSchema: _constant(lambda session: session.schema),
    exp.CurrentDatabase: _constant(lambda session: session.database),
    exp.CurrentWarehouse: _constant(lambda session: session.warehouse),
    exp.CurrentAccount: _constant(lambda session: "LOCAL"),
    exp.CurrentVersion: _constant(lambda session: "9.40.0"),
    exp.Parameter: _variable,
}
CALLS = {
    "CURRENT_ROLE": _ROLE,
    "CURRENT_USER": _constant(lambda session: session.user.name),
    "CURRENT_SCHEMA": _constant(lambda session: session.schema),
    "CURRENT_DATABASE": _constant(lambda session: session.database),
    "CURRENT_WAREHOUSE": _constant(lambda session: session.warehouse),
    "CURRENT_ACCOUNT": _constant(lambda session: "LOCAL"),
    "CURRENT_ACCOUNT_NAME": _constant(lambda session: "LOCAL"),
    "CURRENT_ORGANIZATION_NAME": _constant(lambda session: "LOCAL"),
    "CURRENT_REGION": _constant(lambda session: "LOCAL"),
    "CURRENT_VERSION": _constant(lambda session: "9.40.0"),
    "CURRENT_SESSION": _constant(lambda session: str(session.id)),
    "CURRENT_STATEMENT": _constant(lambda session: ""),
    "CURRENT_TRANSACTION": _constant(
        lambda session: str(session.transaction_id) if session.explicit else None
    ),
    "LAST_QUERY_ID": _constant(lambda session: session.last_query_id),
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
    )
    if hasattr(exp, node)
}
