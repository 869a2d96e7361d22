"""SHOW <kind in the plural> [LIKE …] [IN …] [STARTS WITH …] [LIMIT … [FROM …]]."""

from ..language.errors import unsupported
from ..language.parser import Parser
from ..language.results import Result
from ..objects.absent import ABSENT, show_none
from ..objects.grants import show_grants
from ..objects.information_schema.shown import show_provided
from ..objects.kinds import plurals
from ..objects.kinds.base import Kind
from ..objects.kinds.showing import Scope
from ..objects.places import default_scope, read_place
from ..objects.relations import Relations
from ..objects.semantic_shown import SEMANTIC, show_semantic
from ..objects.show_more import KEYS, show_keys, show_parameters
from ..sessions.call import Call
from ..sessions.session import Session

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
    semantic = parser.accept_any(SEMANTIC)
    if semantic is not None:
        return show_semantic(call, semantic)
    terse = parser.accept("TERSE")
    if parser.accept("OBJECTS"):
        return _shown(call, Relations(), terse=terse)
    none = parser.accept_any(ABSENT)
    if none is not None:
        read_scope(parser, session, Relations())
        parser.end()
        return show_none(none, terse=terse)
    found = parser.accept_any(plurals())
    if found is None:
        raise unsupported(f"SHOW {parser.here.upper}")
    return _shown(call, plurals()[found], terse=terse)


def _shown(call: Call, kind: Kind, *, terse: bool) -> Result:
    scope = read_scope(call.parser, call.session, kind, terse=terse)
    call.parser.end()
    if scope.inside is not None and scope.inside.id < 0 and kind.name in {"VIEW", "OBJECT"}:
        return show_provided(call.session, kind, scope)
    return kind.show(call.session, scope)


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
