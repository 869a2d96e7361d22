"""The statements that requests asked for: each runs once, and belongs to the session that sent it."""

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...engine import limits
from ...engine.engine import Engine
from ...engine.limits import Running
from ...language.errors import SqlError
from ...sessions.history import History, Record
from ...sessions.queries import Queries
from ...sessions.results import Ran
from ...sessions.session import Session
from ...statements.running.runner import run_text
from .answers import BadRequestError, answer_of, error_of, object_of
from .bindings import read_bindings
from .opened import Opened
from .rowsets import form_for

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
        parameters: Of this statement alone.
    """

    sql: str
    bindings: dict[str, Any]
    count: int | None
    describe_only: bool
    later: bool
    parameters: dict[str, Any]

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Asked":
        """Read the body of a request.

        Raises:
            BadRequestError: A part of it is of another type than the protocol says.
        """
        sql = body.get("sqlText", "")
        if not isinstance(sql, str):
            raise BadRequestError("sqlText must be a text")
        parameters = object_of(body.get("parameters"), "parameters")
        count = parameters.get("MULTI_STATEMENT_COUNT")
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
            parameters,
        )


@dataclass
class Job:
    """A request for a statement: the same request id is never run twice."""

    query_id: str
    request_id: str
    session: Session
    running: Running
    # Who runs it, told anew when it begins: a statement before it may have changed the role.
    ran: Ran
    future: "Future[dict[str, Any]]" = field(default_factory=Future)

    def stop(self) -> None:
        """Let it end as soon as it can."""
        self.running.cancel()
        self.running.interrupt()


class Jobs:
    """Runs statements on threads of its own and keeps the latest answers.

    Args:
        opened: The stack.
        history: Takes every statement.
    """

    def __init__(self, opened: Opened, history: History) -> None:
        self._opened = opened
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
        return self._pool.submit(lambda: function(self._opened.engine))

    def quiet(self, seconds: float) -> bool:
        """Wait until nothing runs, and forget all answers; tell whether that is so in time."""
        deadline = time.monotonic() + seconds
        while not self._opened.engine.watch.idle:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        with self._lock:
            self._by_request.clear()
            self._by_query.clear()
        return True

    def submit(self, session: Session, request_id: str, asked: Asked) -> Job:
        """Run a statement, or return the one that the same request asked for before."""
        key = (session.key, request_id)
        with self._lock:
            job = self._by_request.get(key)
            if job is None:
                query_id = str(uuid.uuid4())
                running = Running(query_id, session.identity.user.id, session.id)
                job = Job(query_id, request_id, session, running, session.queries.runs)
                job.future = self._pool.submit(self._run, job, asked)
                self._by_request[key] = self._by_query[query_id] = job
                for kept in (self._by_request, self._by_query):
                    while len(kept) > _KEPT and next(iter(kept.values())).future.done():
                        kept.popitem(last=False)
            return job

    def own(self, queries: Queries, query_id: str) -> Job | None:
        """Return the statement of that id when the session may read what comes of it."""
        job = self._by_query.get(query_id)
        return job if job is not None and queries.may_read(job.ran) else None

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
            job.stop()

    def _run(self, job: Job, asked: Asked) -> dict[str, Any]:
        session, query_id = job.session, job.query_id
        with self._opened.engine.watch.statement(job.running):
            try:
                with limits.holding(session.lock):
                    job.ran = session.queries.runs
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
            sent = answer_of(session, answer, form_for(session, asked.parameters))
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
            session.queries.last = query_id
            self._history.add(Record.of(session, query_id, asked.sql, started, error, rows))
        self._history.end(begun)
        return sent
