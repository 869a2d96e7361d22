"""Types of what a semantic view defines, as CREATE works them out."""

from collections.abc import Sequence

import duckdb
from sqlglot import exp

from ...engine import limits
from ...engine.catalogue import Object
from ...engine.failures import from_duckdb as failure
from ...language.errors import SqlError
from ...language.types import from_duckdb
from ...sessions.session import Session
from ..context import Context
from ..dialect import write
from ..parameters import used_parameters
from ..query import translate_query
from .model import Expression
from .querying import Asked, query_of
from .reading import model_of

_UNSUPPORTED = 2


def types_of(session: Session, view: Object) -> dict[str, str]:
    """Return the SQL type of each fact, dimension and metric; what is not supported has none.

    Raises:
        SqlError: An expression means nothing, or what it names is not there.
    """
    groups: dict[tuple[str | None, bool], list[Expression]] = {}
    for item in model_of(view).expressions.values():
        groups.setdefault((item.table, item.sort == "METRIC"), []).append(item)
    found: dict[str, str] = {}
    for items in groups.values():
        try:
            found |= _types(session, view, items)
        except SqlError as error:
            if error.code != _UNSUPPORTED:
                raise
            for item in items:
                found |= _type(session, view, item)
    return found


def _type(session: Session, view: Object, item: Expression) -> dict[str, str]:
    try:
        return _types(session, view, [item])
    except SqlError as error:
        if error.code != _UNSUPPORTED:
            raise
        return {}


def _types(session: Session, view: Object, items: Sequence[Expression]) -> dict[str, str]:
    context = Context(session)
    sort = "METRIC" if items[0].sort == "METRIC" else "FACT"
    asked = Asked(
        [
            (sort, exp.column(item.name, table=item.table, quoted=True), f"C{place}")
            for place, item in enumerate(items)
        ]
    )
    tree = query_of(context, view, asked, inside=True)
    sql = write(translate_query(tree, context), spent=True)
    cursor = session.engine.database.cursor()
    try:
        with limits.tracking(cursor):
            rows = cursor.execute(f"DESCRIBE {sql}", used_parameters(sql, context) or None)
            kinds = [from_duckdb(str(row[1])) for row in rows.fetchall()]
    except duckdb.Error as error:
        raise failure(error) from None
    finally:
        cursor.close()
    known = context.kinds if len(context.kinds) == len(kinds) else [None] * len(kinds)
    types = [one or other for one, other in zip(known, kinds, strict=True)]
    return {item.label: str(kind) for item, kind in zip(items, types, strict=True)}
