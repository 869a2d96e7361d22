"""SHOW <kind in the plural> [LIKE …] [IN …] [STARTS WITH …] [LIMIT … [FROM …]]."""

from ..catalogue import Object
from ..dispatch import Call
from ..errors import unsupported
from ..kinds import plurals
from ..kinds.base import Kind
from ..kinds.grants import show_grants
from ..kinds.showing import Scope
from ..parser import Parser
from ..session import Session
from ..show_more import KEYS, show_keys, show_parameters
from ..wire import Result

STARTS = ("SHOW",)


def run(call: Call) -> Result:
    """Run SHOW."""
    parser, session = call.parser, call.session
    parser.expect("SHOW")
    if parser.looking_at("GRANTS") or parser.looking_at("FUTURE", "GRANTS"):
        return show_grants(call)
    if parser.accept("PARAMETERS"):
        return show_parameters(call)
    keys = parser.accept_any(KEYS)
    if keys is not None:
        return show_keys(call, keys)
    terse = parser.accept("TERSE")
    found = parser.accept_any(plurals())
    if found is None:
        raise unsupported(f"SHOW {parser.here.upper}")
    kind = plurals()[found]
    scope = read_scope(parser, session, kind, terse=terse)
    parser.end()
    return kind.show(session, scope)


def read_scope(parser: Parser, session: Session, kind: Kind, *, terse: bool = False) -> Scope:
    """Consume the clauses behind the plural."""
    history = parser.accept("HISTORY")
    like = parser.string() if parser.accept("LIKE") else None
    parents, inside = default_scope(session, kind)
    if parser.accept("IN"):
        parents, inside = read_place(parser, session, kind)
    if like is None and parser.accept("LIKE"):
        like = parser.string()
    starts = parser.string() if parser.accept("STARTS", "WITH") else None
    limit = after = None
    if parser.accept("LIMIT"):
        limit = parser.number()
        if parser.accept("FROM"):
            after = parser.string()
    return Scope(parents, like, starts, limit, after, terse, history, inside)


def default_scope(session: Session, kind: Kind) -> tuple[tuple[Object, ...] | None, Object | None]:
    """Return where SHOW looks when it is not told: the schema in use, else the whole account."""
    if kind.level == "account" or session.database is None:
        return None, None
    database = session.find_database(session.database)
    if kind.level == "database":
        return (database,), database
    if session.schema is not None:
        found = session.engine.catalogue.find("SCHEMA", database.id, session.schema)
        if found is not None:
            return (found,), found
    return schemas_of(session, database), database


def schemas_of(session: Session, database: Object) -> tuple[Object, ...]:
    """Return the schemas of a database."""
    return tuple(session.engine.catalogue.children(database.id, "SCHEMA"))


def read_place(
    parser: Parser, session: Session, kind: Kind
) -> tuple[tuple[Object, ...] | None, Object | None]:
    """Consume what follows IN."""
    if parser.accept("ACCOUNT"):
        return None, None
    if parser.accept("DATABASE"):
        named = parser.here.kind in {"word", "quoted"} and parser.here.upper not in _FOLLOWING
        database = (
            session.find_database(parser.name().last) if named else session.current_database()
        )
        return _within(session, kind, database)
    if parser.accept("TABLE") or parser.accept("VIEW"):
        table = session.find("TABLE", parser.name())
        return (table,), table
    explicit = parser.accept("SCHEMA")
    if explicit and (parser.here.kind not in {"word", "quoted"} or parser.here.upper in _FOLLOWING):
        schema = session.find_schema(None, None)
        return (schema,), schema
    name = parser.name()
    if name.schema is None and not explicit:
        # A bare name may be a schema of the database in use, or a database.
        if kind.level == "database":
            return _within(session, kind, session.find_database(name.last))
        if session.database is not None:
            database = session.find_database(session.database)
            found = session.engine.catalogue.find("SCHEMA", database.id, name.last)
            if found is not None:
                return (found,), found
        return _within(session, kind, session.find_database(name.last))
    schema = session.find_schema(name.schema or session.database, name.last)
    return (schema,), schema


_FOLLOWING = {"LIKE", "STARTS", "LIMIT"}


def _within(session: Session, kind: Kind, database: Object) -> tuple[tuple[Object, ...], Object]:
    if kind.level == "database":
        return (database,), database
    return schemas_of(session, database), database
