"""What a login opens: a session, with what the client says of itself and where it wants to be."""

import contextlib
import re
import secrets
from typing import Any

from ...engine.bootstrap import USER
from ...engine.engine import Engine
from ...language.errors import SqlError
from ...language.names import fold
from ...sessions.parameters import of_login
from ...sessions.session import SERVER_VERSION, Session
from ...statements.use import use_database, use_role, use_schema, use_warehouse
from .answers import parameters_of
from .rowsets import prefers_arrow

# Seconds for which a client takes a token to be good.
_VALID = 86_400


def open_session(
    engine: Engine, data: dict[str, Any], wanted: dict[str, str], agent: str
) -> Session:
    """Open a session.

    Args:
        engine: The stack.
        data: Of the request.
        wanted: Its query: role, warehouse, database and schema.
        agent: Its header User-Agent.

    Raises:
        SqlError: The role is none that the user has, or a parameter has no such value.
    """
    catalogue = engine.catalogue
    user = catalogue.find("USER", 0, USER)
    assert user is not None
    role = catalogue.find("ROLE", 0, str(user.body["default_role"]))
    assert role is not None
    session = Session(engine, user, role)
    session.client.copies_files = copies_files(data, agent)
    session.client.takes_arrow = prefers_arrow(data)
    wanted = {key: value for key, value in wanted.items() if value}
    if "roleName" in wanted:
        use_role(session, fold(wanted["roleName"]))
    # What a client names at login is taken when it exists, and left out when not.
    warehouse = wanted.get("warehouse") or user.body.get("default_warehouse")
    with contextlib.suppress(SqlError):
        use_warehouse(session, fold(str(warehouse)))
    with contextlib.suppress(SqlError):
        if "databaseName" in wanted:
            use_database(session, fold(wanted["databaseName"]))
        if "schemaName" in wanted:
            session.place.schema = None
            use_schema(session, session.place.database, fold(wanted["schemaName"]))
    session.transaction.change_parameters(of_login(data.get("SESSION_PARAMETERS") or {}))
    return session


def answer_to_login(session: Session, key: str) -> dict[str, Any]:
    """Return what a client gets to know of its new session, with the token for it."""
    return {
        "token": key,
        "masterToken": secrets.token_urlsafe(32),
        "validityInSeconds": _VALID,
        "masterValidityInSeconds": _VALID,
        "displayUserName": session.identity.user.name,
        "serverVersion": SERVER_VERSION,
        "firstLogin": False,
        "healthCheckInterval": 45,
        "sessionId": session.id,
        "parameters": parameters_of(session.settings),
        "sessionInfo": {
            "databaseName": session.place.database,
            "schemaName": session.place.schema,
            "warehouseName": session.place.warehouse,
            "roleName": session.identity.role.name,
        },
    }


def copies_files(data: dict[str, Any], agent: str) -> bool:
    """Tell whether a client, by what it says at login, copies the files of stages by itself.

    Args:
        data: Of the login.
        agent: The header User-Agent: Snowpark and others give a name of their own in `data`.
    """
    found = re.search(r"PythonConnector/(\d+)", agent)
    if found is None and data.get("CLIENT_APP_ID") == "PythonConnector":
        found = re.match(r"(\d+)", str(data.get("CLIENT_APP_VERSION") or ""))
    return found is not None and int(found[1]) < 5
