"""COMMENT [IF EXISTS] ON <kind> name IS '…'."""

from ..language.errors import SqlError, compilation
from ..language.names import Name
from ..language.results import Result
from ..objects.kinds.base import status
from ..objects.naming import read_kind
from ..objects.table_edits import column_of, with_column
from ..sessions.call import Call

STARTS = ("COMMENT",)


def run(call: Call) -> Result:
    """Run COMMENT."""
    parser, session = call.parser, call.session
    parser.expect("COMMENT")
    if_exists = parser.accept("IF", "EXISTS")
    parser.expect("ON")
    if parser.accept("COLUMN"):
        return _on_column(call)
    kind = read_kind(parser)
    name = parser.name()
    parser.expect("IS")
    text = parser.string()
    parser.end()
    try:
        item = kind.find(session, name)
    except SqlError:
        if if_exists:
            return status("Statement executed successfully.")
        raise
    session.identity.require_ownership(item)
    with session.transaction.ddl() as change:
        change.put(item.with_body(comment=text or None))
    return status("Statement executed successfully.")


def _on_column(call: Call) -> Result:
    parser, session = call.parser, call.session
    parts = [parser.identifier()]
    while parser.accept("."):
        parts.append(parser.identifier())
    parser.expect("IS")
    text = parser.string()
    parser.end()
    if not 2 <= len(parts) <= 4:
        raise compilation("a column is named with its table", 1003)
    *path, column_name = parts
    padded = [None] * (3 - len(path)) + path
    item = session.names.find("TABLE", Name(padded[0], padded[1], path[-1]))
    session.identity.require_ownership(item)
    column = {**column_of(item, column_name), "comment": text}
    with session.transaction.ddl() as change:
        change.put(with_column(item, column_name, column))
    return status("Statement executed successfully.")
