"""Runs the text of a request: one statement, or several when that was asked for."""

import uuid
from dataclasses import dataclass

import duckdb

from .dispatch import Call, run
from .errors import SqlError
from .failures import from_duckdb
from .lexer import split, tokens
from .limits import CANCELED, Running
from .parser import Parser
from .session import Session
from .types import NUMBER, TEXT
from .wire import INSERT, MULTI, Binding, Column, Result


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
    wanted = count if count is not None else int(session.parameter("MULTI_STATEMENT_COUNT"))
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
    session.query_id = query_id
    binds = sum(token.text == "?" for token in tokens(text)) if "?" in text else 0
    if describe_only:
        session.describing = True
        try:
            return _describe(session, text, query_id, binds)
        finally:
            session.describing = False
    result = run_one(session, text, bindings)
    session.keep(query_id, result)
    return Answer(result, query_id, binds)


def run_one(session: Session, sql: str, bindings: dict[str, Binding] | None = None) -> Result:
    """Run one statement.

    Raises:
        SqlError: It fails; DuckDB's own errors come in Snowflake's shape.
    """
    if session.aborted and not sql.strip().upper().startswith(("ROLLBACK", "COMMIT")):
        from .session import aborted

        raise aborted()
    with (
        session.engine.watch.statement() as running,
        running.tracking(session.cursor),
        running.limit(session.timeout()),
    ):
        running.check()
        try:
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
    ids, types = [], []
    for part in parts:
        child = str(uuid.uuid4())
        session.query_id = child
        result = run_one(session, part, bindings)
        session.keep(child, result)
        session.last_query_id = child
        ids.append(child)
        types.append(str(result.statement_type))
    result = Result(
        [Column("multiple statement execution", TEXT)],
        [["Multiple statements executed successfully."]],
        MULTI,
        extra={"resultIds": ",".join(ids), "resultTypes": ",".join(types)},
    )
    return Answer(result, query_id)


def _describe(session: Session, sql: str, query_id: str, binds: int) -> Answer:
    """Answer a request for the columns of a statement, without running it."""
    words = tokens(sql)
    verb = words[0].upper
    if verb == "INSERT":
        # The connector asks whether it may send all rows of `executemany` at once.
        values = any(token.upper == "VALUES" for token in words)
        made = [Column("number of rows inserted", NUMBER)]
        return Answer(Result(made, [], INSERT), query_id, binds, array_binds=values)
    if verb in {"SELECT", "WITH"}:
        bindings = {str(index): Binding("VARCHAR", None) for index in range(1, binds + 1)}
        result = run_one(session, f"SELECT * FROM ({sql}) LIMIT 0", bindings)
        return Answer(Result(result.columns, []), query_id, binds)
    # The newer connector cannot read a result without columns.
    return Answer(Result([Column("status", TEXT)], []), query_id, binds)
