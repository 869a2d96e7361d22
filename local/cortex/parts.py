"""The parts of a query that are answered from structures beside DuckDB's tables.

A part that is found gets marks in the query. When the query runs, they are filled with conditions
that let through the few rows that the answer can be made of, or so that DuckDB looks at all rows.
Either way DuckDB evaluates the whole query: every answer is its own.
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from ..engine import limits
from ..sql.context import Context
from .texts.answer import Asker, Filler
from .texts.counted import Counted
from .texts.named import Named
from .texts.shape import find_names_and_counts, find_telling
from .texts.telling import Telling
from .vectors.nearest import Vectors, condition
from .vectors.shape import Nearest, find_nearest

if TYPE_CHECKING:
    from ..sessions.session import Session

Part = Nearest | Named | Counted | Telling


def find_parts(tree: exp.Expr) -> tuple[Part, ...]:
    """Return the parts of a translated query, and mark them in it."""
    selects = list(tree.find_all(exp.Select))
    parts: list[Part] = []
    # A mark goes into a select below: all are read before the first is changed. What depends on
    # marks of others is read after that.
    for finders in ((find_nearest, find_names_and_counts), (find_telling,)):
        found = [item for select in selects for find in finders for item in find(select)]
        for part, mark in found:
            mark()
            parts.append(part)
    return tuple(parts)


def plain(part: Part) -> dict[str, str]:
    """Return what fills the mark of a part so that DuckDB looks at all rows."""
    return {part.mark: part.sql if isinstance(part, Counted) else "true"}


@contextlib.contextmanager
def answered(
    session: "Session", sql: str, context: Context, parts: tuple[Part, ...]
) -> Iterator[str]:
    """Yield the SQL that DuckDB runs, its marks filled in, in a transaction of one state."""
    everything = {mark: text for part in parts for mark, text in plain(part).items()}
    if not parts or session.engine.part(Vectors).mode == "off":
        yield Filler(everything)(sql)
        return
    opened = not session.transaction.writing
    if opened:
        session.transaction.cursor.begin()
    try:
        try:
            known = _known(session, context, parts)
        except duckdb.Error:
            if not opened:
                raise
            # What fails here may not fail in the query, which need not look at all rows.
            with limits.shielded():
                session.transaction.cursor.rollback()
                session.transaction.cursor.begin()
            known = everything
        yield Filler(known)(sql)
    finally:
        if opened:
            # Nothing was written.
            with limits.shielded(), contextlib.suppress(duckdb.Error):
                session.transaction.cursor.rollback()


def _known(session: "Session", context: Context, parts: tuple[Part, ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    asker = Asker(session, context)
    for part in parts:
        if isinstance(part, Nearest):
            found = condition(session, part, context)
            answer = None if found is None else {part.mark: found}
        else:
            answer = None if session.transaction.writing else asker.answer(part, Filler(known))
        known |= plain(part) if answer is None else answer
    return known
