"""Queries that come from elsewhere: run within one of ours, and only when they read."""

from typing import Any

from hushflake.deploy.session import Session
from hushflake.schema.sql.tokens import tokens

from .errors import KnowledgeError

Rows = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]


def run_reading(session: Session, sql: str, limit: int, whose: str) -> Rows:
    """Return the columns and at most `limit` rows of a query.

    Raises:
        KnowledgeError: It does more than read; `whose` names it.
        StatementError: The account refused it.
    """
    statement = sql.strip().rstrip(";").rstrip()
    if not _only_reads(statement):
        raise KnowledgeError(f"{whose} does more than read")
    rows = session.query(f"SELECT * FROM (\n{statement}\n) LIMIT {int(limit)}")
    columns = tuple(rows[0]) if rows else ()
    return columns, tuple(tuple(row.values()) for row in rows)


def _only_reads(statement: str) -> bool:
    """One SELECT or WITH and nothing behind it; comments and strings are not looked into.

    Inside `SELECT * FROM (…)` nothing else would compile: this is for a clear message.
    """
    found = list(tokens(statement))
    first = found[0][1].upper() if found else ""
    return first in ("SELECT", "WITH") and ";" not in (text for _, text in found)
