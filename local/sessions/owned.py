"""Sessions and stretches of sessions that have the rights of an object's owner."""

import contextlib
from collections.abc import Iterator

from ..access.gate import Gate
from ..engine.bootstrap import USER
from ..engine.catalogue import Object
from ..engine.engine import Engine
from ..language.errors import SqlError, missing
from .identity import Identity
from .session import Session


def open_session(engine: Engine, item: Object) -> Session:
    """Return a session with the context and the privileges of an object's owner.

    Raises:
        SqlError: No role owns the object.
    """
    catalogue = engine.catalogue
    user = catalogue.find("USER", 0, USER)
    assert user is not None
    session = Session(engine, user, _owner(engine, item))
    session.place.database, session.place.schema, _ = catalogue.path(item)
    held = item.body.get("properties", {})
    session.place.warehouse = held.get("WAREHOUSE")
    session.task = item
    if "QUERY_TAG" in held:
        session.settings.parameters["QUERY_TAG"] = held["QUERY_TAG"]
    return session


@contextlib.contextmanager
def as_owner(session: Session, item: Object) -> Iterator[None]:
    """Run a part of a session with the rights of a procedure's owner.

    It works in the database and schema of the procedure, with the caller's warehouse, and neither
    sees nor changes the caller's variables and parameters.

    https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights

    Raises:
        SqlError: No role owns the procedure.
    """
    owner = _owner(session.engine, item)
    database, schema, _ = session.engine.catalogue.path(item)
    with (
        session.identity.on_behalf(owner, item),
        session.place.within(database, schema),
        session.settings.apart(),
    ):
        yield


def require_own_rights(identity: Identity, what: str) -> None:
    """Fail when a statement that changes whose rights count stands in an owner's rights procedure.

    Raises:
        SqlError: It does.
    """
    if identity.behalf is not None:
        raise SqlError(
            f"Stored procedure execution error: Unsupported statement type '{what}'.",
            90236,
            "42601",
        )


def _owner(engine: Engine, item: Object) -> Object:
    role = Gate(engine.catalogue).role_of(item)
    if role is None:
        raise missing("ROLE", item.owner)
    return role
