"""The statements that requests asked for: each runs once, and belongs to the session that sent it."""

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from . import limits
from .answers import BadRequestError, answer_of, error_of, object_of
from .engine import Engine
from .errors import SqlError
from .history import History, Record
from .limits import Running
from .runner import run_text
from .session import Session
from .wire import read_bindings

T = TypeVar("T")
_log = logging.getLogger("hushflake.local")
_KEPT = 200


@dataclass(frozen=True)
class Asked:
    """What a request for a statement holds.

    Attributes:
        sql: The text.
        bindings: As they were sent.
        count: How many statements the text has; None for what the session says.
        describe_only: Only the columns of the result are wanted.
        later: The client will ask for the result with another request.
    """

    sql: str
    bindings: dict[str, Any]
    count: int | None
    describe_only: bool
    later: bool

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Asked":
        """Read the body of a request.

        Raises:
            BadRequestError: A part of it is of another type than the protocol says.
        """
        sql = body.get("sqlText", "")
        if not isinstance(sql, str):
            raise BadRequestError("sqlText must be a text")
        count = object_of(body.get("parameters"), "parameters").get("MULTI_STATEMENT_COUNT")
        try:
            number = int(count) if count is not None else None
        except (ValueError, TypeError, OverflowError):
            raise BadRequestError("MULTI_STATEMENT_COUNT must be a number") from None
        return cls(
            sql,
            object_of(body.get("bindings"), "bindings"),
            number,
            bool(body.get("describeOnly")),
            bool(body.get("asyncExec")),
        )


@dataclass
class Job:
    """A request for a statement: the same request id is never run twice."""

    query_id: str
    request_id: str
    future: "Future[dict[str, Any]]"
    session: Session
    running: Running


class Jobs:
    """Runs statements on threads of its own and keeps the latest answers.

    Args:
        engine: The stack.
        history: Takes every statement.
    """

    def __init__(self, engine: Engine, history: History) -> None:
        self._engine = engine
        self._history = history
        self._by_request: OrderedDict[tuple[str, str], Job] = OrderedDict()
        self._by_query: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        # More than a machine runs well at once: most wait for locks or for Python's.
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="statement")

    def close(self) -> None:
        """Take no more; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def later(self, function: Callable[[Engine], T]) -> "Future[T]":
        """Run something on the threads of statements."""
        return self._pool.submit(function, self._engine)

    def submit(self, session: Session, request_id: str, asked: Asked) -> Job:
        """Run a statement, or return the one that the same request asked for before."""
        key = (session.key, request_id)
        with self._lock:
            job = self._by_request.get(key)
            if job is None:
                query_id = str(uuid.uuid4())
                running = Running(query_id, session.user.id)
                future = self._pool.submit(self._run, session, asked, running)
                job = Job(query_id, request_id, future, session, running)
                self._by_request[key] = self._by_query[query_id] = job
                for kept in (self._by_request, self._by_query):
                    while len(kept) > _KEPT and next(iter(kept.values())).future.done():
                        kept.popitem(last=False)
            return job

    def own(self, session: Session, query_id: str) -> Job | None:
        """Return the statement of that id when a session made it: others get nothing of it."""
        job = self._by_query.get(query_id)
        return job if job is not None and job.session is session else None

    def cancel(self, session: Session, request_id: str | None) -> None:
        """Cancel the statement of a request, or all of a session's when none is named."""
        with self._lock:
            jobs = [
                job
                for (owner, asked), job in self._by_request.items()
                if owner == session.key
                and not job.future.done()
                and (request_id is None or asked == request_id)
            ]
        for job in jobs:
            job.running.cancel()
            job.running.interrupt()

    def _run(self, session: Session, asked: Asked, running: Running) -> dict[str, Any]:
        query_id = running.query_id
        with self._engine.watch.statement(running):
            try:
                with limits.holding(session.lock):
                    return self._run_held(session, asked, query_id)
            except SqlError as error:
                # Cancelled while another statement of the session ran.
                return error_of(error, query_id)

    def _run_held(self, session: Session, asked: Asked, query_id: str) -> dict[str, Any]:
        started = time.time()
        error: SqlError | None = None
        rows = 0
        begun = self._history.begin(Record.of(session, query_id, asked.sql, started, None, 0))
        try:
            answer = run_text(
                session,
                asked.sql,
                read_bindings(asked.bindings),
                query_id,
                describe_only=asked.describe_only,
                count=asked.count,
            )
            rows = len(answer.result.rows)
            sent = answer_of(session, answer)
        except SqlError as failed:
            error = failed
            sent = error_of(failed, query_id)
        except Exception as broken:
            _log.exception("a statement broke the local stack")
            error = SqlError(
                f"SQL execution internal error:\nThe local stack failed on this statement "
                f"({type(broken).__name__}: {str(broken)[:200]}).",
                603,
                "XX000",
            )
            sent = error_of(error, query_id)
        if not asked.describe_only:
            session.last_query_id = query_id
            self._history.add(Record.of(session, query_id, asked.sql, started, error, rows))
        self._history.end(begun)
        return sent
