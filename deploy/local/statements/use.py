"""USE DATABASE, SCHEMA, ROLE, WAREHOUSE and SECONDARY ROLES: each must exist."""

from ..dispatch import Call
from ..errors import SqlError, missing
from ..kinds.base import status
from ..session import Session
from ..wire import Result

STARTS = ("USE",)


def run(call: Call) -> Result:
    """Change the session's context."""
    parser, session = call.parser, call.session
    parser.expect("USE")
    if parser.accept("SECONDARY", "ROLES"):
        session.secondary = parser.take().upper == "ALL"
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
    return status("Statement executed successfully.")


def use_role(session: Session, name: str) -> None:
    """Take a role that is granted to the user."""
    role = session.engine.catalogue.find("ROLE", 0, name)
    if role is None or role.id not in session.privileges.reach(session.user.id):
        raise SqlError(
            f"SQL execution error:\nRequested role '{name}' is not assigned to the executing user. "
            "Specify another role to activate.",
            3013,
            "42501",
        )
    session.role = role


def use_warehouse(session: Session, name: str) -> None:
    """Take a warehouse that the role may use."""
    warehouse = session.engine.catalogue.find("WAREHOUSE", 0, name)
    if warehouse is None or not session.may_see(warehouse):
        raise missing("WAREHOUSE", name)
    session.require("USAGE", warehouse)
    session.warehouse = name


def use_database(session: Session, name: str) -> None:
    """Take a database, and its schema PUBLIC when there is one."""
    database = session.find_database(name)
    session.database = name
    found = session.engine.catalogue.find("SCHEMA", database.id, "PUBLIC")
    session.schema = "PUBLIC" if found is not None else None


def use_schema(session: Session, database: str | None, name: str) -> None:
    """Take a schema, and its database."""
    if name == "INFORMATION_SCHEMA":
        holder = session.find_database(database) if database else session.current_database()
        session.database, session.schema = holder.name, name
        return
    holder = session.find_database(database) if database else session.current_database("USE SCHEMA")
    schema = session.find_schema(holder.name, name)
    session.database, session.schema = holder.name, schema.name
