"""Where SHOW looks."""

from ..engine.catalogue import Object
from ..language.errors import SqlError
from ..language.parser import Parser
from ..sessions.session import Session
from .kinds.base import Kind
from .kinds.schema import INFORMATION_SCHEMA, information_schema

_FOLLOWING = {"LIKE", "STARTS", "LIMIT"}


def default_scope(session: Session, kind: Kind) -> tuple[tuple[Object, ...] | None, Object | None]:
    """Return where SHOW looks when it is not told: the schema in use, else the whole account."""
    if kind.level == "account" or session.place.database is None:
        return None, None
    database = session.names.find_database(session.place.database)
    if kind.level == "database":
        return (database,), database
    if session.place.schema is not None:
        found = session.engine.catalogue.find("SCHEMA", database.id, session.place.schema)
        if found is not None:
            return (found,), found
    return schemas_of(session, database), database


def schemas_of(session: Session, database: Object) -> tuple[Object, ...]:
    """Return the schemas of a database."""
    return tuple(session.engine.catalogue.children(database.id, "SCHEMA"))


def read_place(
    parser: Parser, session: Session, kind: Kind
) -> tuple[tuple[Object, ...] | None, Object | None]:
    """Consume what follows IN.

    Raises:
        SqlError: There is no such place; of a name alone, nothing says what it should be.
    """
    named = parser.looking_at("SCHEMA") or parser.looking_at("DATABASE")
    try:
        return _read_place(parser, session, kind)
    except SqlError as error:
        if error.code != 2003 or named:
            raise
        raise SqlError(
            "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
            2043,
            "02000",
        ) from None


def _read_place(
    parser: Parser, session: Session, kind: Kind
) -> tuple[tuple[Object, ...] | None, Object | None]:
    if parser.accept("ACCOUNT"):
        return None, None
    if parser.accept("DATABASE"):
        named = parser.here.kind in {"word", "quoted"} and parser.here.upper not in _FOLLOWING
        database = (
            session.names.find_database(parser.name().last)
            if named
            else session.names.current_database()
        )
        return _within(session, kind, database)
    if parser.accept("TABLE") or parser.accept("VIEW"):
        table = session.names.find("TABLE", parser.name())
        return (table,), table
    explicit = parser.accept("SCHEMA")
    if explicit and (parser.here.kind not in {"word", "quoted"} or parser.here.upper in _FOLLOWING):
        schema = session.names.find_schema(None, None)
        return (schema,), schema
    name = parser.name()
    if name.schema is None and not explicit and name.last != INFORMATION_SCHEMA:
        # A bare name may be a schema of the database in use, or a database.
        if kind.level == "database":
            return _within(session, kind, session.names.find_database(name.last))
        if session.place.database is not None:
            database = session.names.find_database(session.place.database)
            found = session.engine.catalogue.find("SCHEMA", database.id, name.last)
            if found is not None:
                return (found,), found
        return _within(session, kind, session.names.find_database(name.last))
    if name.last == INFORMATION_SCHEMA:
        database = session.names.find_database(name.schema or session.names.current_database().name)
        return (), information_schema(database)
    schema = session.names.find_schema(name.schema or session.place.database, name.last)
    return (schema,), schema


def _within(session: Session, kind: Kind, database: Object) -> tuple[tuple[Object, ...], Object]:
    if kind.level == "database":
        return (database,), database
    return schemas_of(session, database), database
