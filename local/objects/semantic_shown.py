"""SHOW SEMANTIC DIMENSIONS, FACTS and METRICS.

https://docs.snowflake.com/en/sql-reference/sql/show-semantic-dimensions
"""

from ..engine.catalogue import Object
from ..language.errors import unsupported
from ..language.patterns import like
from ..language.results import SHOW, Column, Result
from ..language.types import TEXT
from ..sessions.call import Call
from ..sessions.session import Session
from ..sql.semantic.model import Expression
from ..sql.semantic.reading import model_of
from .kinds import kinds
from .kinds.semantic_view import listed, types_in
from .places import default_scope, read_place

SEMANTIC = {
    "SEMANTIC DIMENSIONS": "DIMENSION",
    "SEMANTIC FACTS": "FACT",
    "SEMANTIC METRICS": "METRIC",
}
_COLUMNS = (
    "database_name", "schema_name", "semantic_view_name", "table_name", "name", "data_type",
    "synonyms", "comment",
)  # fmt: skip


def show_semantic(call: Call, what: str) -> Result:
    """Run SHOW SEMANTIC DIMENSIONS and its like; the keywords are consumed."""
    parser, session = call.parser, call.session
    pattern = parser.string() if parser.accept("LIKE") else None
    views = _views(call)
    if parser.looking_at("FOR", "METRIC"):
        raise unsupported(f"SHOW {what} FOR METRIC")
    start = parser.string() if parser.accept("STARTS", "WITH") else ""
    limit = parser.number() if parser.accept("LIMIT") else None
    parser.end()
    matches = like(pattern, case_sensitive=False) if pattern is not None else None
    sort = SEMANTIC[what]
    names = _COLUMNS if sort == "METRIC" else (*_COLUMNS, "labels")
    rows = [
        _row(session, view, item)[: len(names)]
        for view in views
        for item in _shown(session, view, sort)
        if item.name.startswith(start) and (matches is None or matches(item.name))
    ]
    return Result([Column(name, TEXT) for name in names], rows[:limit], SHOW)


def _views(call: Call) -> list[Object]:
    """Consume IN … and return the semantic views that it holds, in order."""
    parser, session = call.parser, call.session
    kind, catalogue = kinds()["SEMANTIC VIEW"], session.engine.catalogue
    parents, _ = default_scope(session, kind)
    if parser.accept("IN"):
        if not any(parser.looking_at(word) for word in ("ACCOUNT", "DATABASE", "SCHEMA")):
            return [session.names.find("SEMANTIC VIEW", parser.name())]
        parents, _ = read_place(parser, session, kind)
    if parents is None:
        found = catalogue.of_kind("SEMANTIC VIEW")
    else:
        found = [v for each in parents for v in catalogue.children(each.id, "SEMANTIC VIEW")]
    return sorted(session.names.visible(found), key=catalogue.path)


def _shown(session: Session, view: Object, sort: str) -> list[Expression]:
    """What a view has of a sort; what is private, for whoever may see the definition."""
    whole = session.identity.allows("REFERENCES", view)
    found = [item for item in model_of(view).expressions.values() if item.sort == sort]
    return sorted(
        (item for item in found if whole or not item.private),
        key=lambda item: (item.table or "", item.name),
    )


def _row(session: Session, view: Object, item: Expression) -> list[str | None]:
    return [
        *session.engine.catalogue.path(view),
        item.table,
        item.name,
        types_in(session, view).get(item.label),
        listed(item.synonyms),
        item.comment or None,
        listed(["filter"]) if item.is_filter else None,
    ]
