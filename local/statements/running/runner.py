"""Runs the text of a request: one statement, or several when that was asked for."""

import uuid
from dataclasses import dataclass, replace

import duckdb

from ...engine.failures import from_duckdb
from ...engine.limits import CANCELED, Running
from ...language.errors import SqlError
from ...language.lexer import split, tokens
from ...language.parser import Parser
from ...language.results import (
    DDL,
    DELETE,
    INSERT,
    MERGE,
    MULTI,
    OTHER,
    SELECT,
    UPDATE,
    USE,
    Binding,
    Column,
    Result,
)
from ...language.types import NUMBER, TEXT
from ...sessions.call import Call
from ...sessions.session import Session
from ...sessions.transaction import aborted
from ...sessions.warehouses import statement_timeout
from .dispatch import run
from .literal_names import with_names


@dataclass(frozen=True)
class Answer:
    """What a request gets back."""

    result: Result
    query_id: str
    binds: int = 0
    array_binds: bool = False


def run_text(
    session: Session,
    sql: str,
    bindings: dict[str, Binding],
    query_id: str,
    *,
    describe_only: bool = False,
    count: int | None = None,
) -> Answer:
    """Run the text of a request.

    Args:
        session: Whose statement it is; the caller holds its lock.
        sql: One statement, or as many as `count` says; 0 means any number.
        bindings: Bound values.
        query_id: Of the request.
        describe_only: Only what the statement would return is wanted.
        count: The parameter MULTI_STATEMENT_COUNT of the request.
    """
    wanted = (
        count if count is not None else int(session.settings.parameter("MULTI_STATEMENT_COUNT"))
    )
    parts = split(sql) if ";" in sql else [sql]
    if len(parts) > 1 or (count is not None and count != 1 and len(parts) != count and count != 0):
        if wanted not in (0, len(parts)):
            raise SqlError(
                f"Actual statement count {len(parts)} did not match the desired statement count {wanted}.",
                8,
                "0A000",
            )
        return _several(session, parts, bindings, query_id)
    text = parts[0] if parts else sql
    session.queries.current, session.queries.text = query_id, sql.strip()
    binds = _marks(text)
    if describe_only:
        session.describing = True
        try:
            return _describe(session, text, query_id, binds)
        finally:
            session.describing = False
    result = run_one(session, text, bindings)
    limit = int(session.settings.parameter("ROWS_PER_RESULTSET"))
    if limit and result.statement_type == SELECT:
        result = replace(result, rows=result.rows[:limit])
    session.queries.keep(query_id, result)
    return Answer(result, query_id, binds)


def run_one(session: Session, sql: str, bindings: dict[str, Binding] | None = None) -> Result:
    """Run one statement.

    Raises:
        SqlError: It fails; DuckDB's own errors come in Snowflake's shape.
    """
    if session.transaction.aborted and not sql.strip().upper().startswith(("ROLLBACK", "COMMIT")):
        raise aborted()
    with (
        session.engine.watch.statement() as running,
        running.tracking(session.transaction.cursor),
        running.limit(statement_timeout(session)),
    ):
        running.check()
        try:
            sql = with_names(session, sql, bindings or {})
            return run(Call(session, sql, Parser(sql), bindings or {}))
        except duckdb.Error as error:
            raise _cause(from_duckdb(error), running) from None
        except SqlError as error:
            raise _cause(error, running) from None


def _cause(error: SqlError, running: Running) -> SqlError:
    """Return why DuckDB was interrupted, or else the error itself."""
    return running.error() if error.code == CANCELED and running.over else error


def _several(
    session: Session, parts: list[str], bindings: dict[str, Binding], query_id: str
) -> Answer:
    """Run statements one after the other; bound values go to their question marks in order."""
    ids, types = [], []
    used = 0
    for part in parts:
        child = str(uuid.uuid4())
        session.queries.current, session.queries.text = child, part.strip()
        marks = _marks(part)
        result = run_one(session, part, _following(bindings, used, marks) if marks else bindings)
        used += marks
        session.queries.keep(child, result)
        session.queries.last = child
        ids.append(child)
        types.append(str(result.statement_type))
    result = Result(
        [Column("multiple statement execution", TEXT)],
        [["Multiple statements executed successfully."]],
        MULTI,
        extra={"resultIds": ",".join(ids), "resultTypes": ",".join(types)},
    )
    return Answer(result, query_id)


def _marks(sql: str) -> int:
    """Return how many values a statement binds by question marks."""
    return sum(token.text == "?" for token in tokens(sql)) if "?" in sql else 0


def _following(bindings: dict[str, Binding], used: int, marks: int) -> dict[str, Binding]:
    """Return the values of the next question marks, numbered from 1 as for a statement alone."""
    places = range(1, marks + 1)
    return {
        str(place): bindings[str(used + place)] for place in places if str(used + place) in bindings
    }


def _describe(session: Session, sql: str, query_id: str, binds: int) -> Answer:
    """Answer a request for the columns of a statement, without running it."""
    words = tokens(sql)
    verb = words[0].upper
    if verb in _COUNTED:
        kind, names = _COUNTED[verb]
        said = {token.upper for token in words}
        made = [Column(name, NUMBER, False) for name, word in names if word in said]
        # The connector asks whether it may send all rows of `executemany` at once.
        array_binds = verb == "INSERT" and "VALUES" in said
        return Answer(Result(made, [], kind), query_id, binds, array_binds=array_binds)
    nulls = {str(index): Binding("VARCHAR", None) for index in range(1, binds + 1)}
    if verb in {"SELECT", "WITH"}:
        result = run_one(session, f"SELECT * FROM ({sql}) LIMIT 0", nulls)
        return Answer(Result(result.columns, []), query_id, binds)
    if verb in {"SHOW", "DESC", "DESCRIBE"}:
        # They change nothing.
        result = run_one(session, sql, nulls)
        return Answer(Result(result.columns, [], result.statement_type), query_id, binds)
    # The newer connector cannot read a result without columns.
    kind = USE if verb == "USE" else DDL if verb in _DDL else OTHER
    return Answer(Result([Column("status", TEXT)], [], kind), query_id, binds)


# What each kind of DML counts: the column, and the word of the statement that it goes with.
_COUNTED: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "INSERT": (INSERT, (("number of rows inserted", "INSERT"),)),
    "UPDATE": (
        UPDATE,
        (("number of rows updated", "UPDATE"), ("number of multi-joined rows updated", "UPDATE")),
    ),
    "DELETE": (DELETE, (("number of rows deleted", "DELETE"),)),
    "MERGE": (
        MERGE,
        (
            ("number of rows inserted", "INSERT"),
            ("number of rows updated", "UPDATE"),
            ("number of rows deleted", "DELETE"),
        ),
    ),
}
_DDL = {"CREATE", "ALTER", "DROP", "UNDROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE"}
