"""USE DATABASE, SCHEMA, ROLE, WAREHOUSE and SECONDARY ROLES: each must exist."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from ..language.errors import SqlError
from ..language.results import USE, Result
from ..objects.kinds.base import status
from ..sessions.call import Call
from ..sessions.owned import require_own_rights
from ..sessions.session import Session

STARTS = ("USE",)
_MISSING = 2003


def run(call: Call) -> Result:
    """Change the session's context."""
    parser, session = call.parser, call.session
    parser.expect("USE")
    if parser.looking_at("ROLE") or parser.looking_at("SECONDARY"):
        require_own_rights(session.identity, "USE")
    if parser.accept("SECONDARY", "ROLES"):
        session.identity.secondary = parser.take().upper == "ALL"
    elif parser.accept("ROLE"):
        use_role(session, parser.name().last)
    elif parser.accept("WAREHOUSE"):
        use_warehouse(session, parser.name().last)
    elif parser.accept("SCHEMA"):
        name = parser.name()
        use_schema(session, name.schema, name.last)
    else:
        parser.accept("DATABASE")
        name = parser.name()
        if name.schema:
            use_schema(session, name.schema, name.last)
        else:
            use_database(session, name.last)
    parser.end()
    return replace(status("Statement executed successfully."), statement_type=USE)


def use_role(session: Session, name: str) -> None:
    """Take a role that is granted to the user."""
    role = session.engine.catalogue.find("ROLE", 0, name)
    if role is None or role.id not in session.identity.privileges.reach(session.identity.user.id):
        raise SqlError(
            f"SQL execution error:\nRequested role '{name}' is not assigned to the executing user. "
            "Specify another role to activate.",
            3013,
            "42501",
        )
    session.identity.role = role


def use_warehouse(session: Session, name: str) -> None:
    """Take a warehouse that the role may use."""
    warehouse = session.engine.catalogue.find("WAREHOUSE", 0, name)
    if warehouse is None or not session.names.may_see(warehouse):
        raise _nothing()
    session.identity.require("USAGE", warehouse)
    session.place.warehouse = name


def use_database(session: Session, name: str) -> None:
    """Take a database, and its schema PUBLIC when there is one."""
    with _hidden():
        database = session.names.find_database(name)
    session.place.database = name
    found = session.engine.catalogue.find("SCHEMA", database.id, "PUBLIC")
    session.place.schema = "PUBLIC" if found is not None else None


def use_schema(session: Session, database: str | None, name: str) -> None:
    """Take a schema, and its database."""
    if name == "INFORMATION_SCHEMA":
        holder = (
            session.names.find_database(database) if database else session.names.current_database()
        )
        session.place.database, session.place.schema = holder.name, name
        return
    with _hidden():
        holder = (
            session.names.find_database(database)
            if database
            else session.names.current_database("USE SCHEMA")
        )
        schema = session.names.find_schema(holder.name, name)
    session.place.database, session.place.schema = holder.name, schema.name


@contextlib.contextmanager
def _hidden() -> Iterator[None]:
    """Name nothing that is not there: USE tells neither the kind nor the name (002043)."""
    try:
        yield
    except SqlError as error:
        if error.code != _MISSING:
            raise
        raise _nothing() from None


def _nothing() -> SqlError:
    return SqlError(
        "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
        2043,
        "02000",
    )
