"""Runs tasks: what is due, in the order of the graph, with a history."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from ...engine.catalogue import Object
from ...engine.engine import Engine
from ...language.errors import SqlError
from ...objects import cron
from ...objects.kinds.dynamic_table import KIND, lag_seconds
from ...sessions.owned import open_session
from ...sessions.session import Session
from .runner import run_one

_DEFAULT_FAILURES = 10


_NOT_TRUE = "Conditional expression for task evaluated to false."


class Record:
    """What the history keeps of a run of a task.

    Args:
        task: What runs.
        root: Of its graph.
        graph: Number of the graph's run.
        scheduled: When it was to run, in microseconds.
        source: `SCHEDULE`, `TRIGGER` or `EXECUTE TASK`.
    """

    def __init__(self, task: Object, root: Object, graph: int, scheduled: int, source: str) -> None:
        self.task, self.root, self.graph = task, root, graph
        self.scheduled, self.source = scheduled, source
        self.query_id, self._started, self._attempt = str(uuid.uuid4()), 0, 1

    def begin(self, engine: Engine, attempt: int) -> None:
        """Begin an attempt, from 1; a later one has another query."""
        self._started, self._attempt = engine.time(), attempt
        if attempt > 1:
            self.query_id = str(uuid.uuid4())

    def write(
        self,
        engine: Engine,
        state: str,
        *,
        error: SqlError | None = None,
        message: str | None = None,
        result: str | None = None,
    ) -> None:
        """Add the row of an attempt."""
        cursor = engine.database.cursor()
        cursor.execute(
            "INSERT INTO hush.task_runs (run, task, root, graph, state, scheduled, started, ended, "
            "query_id, code, message, result, source, attempt) VALUES "
            "(nextval('hush.run_id'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self.task.id,
                self.root.id,
                self.graph,
                state,
                self.scheduled,
                self._started or engine.time(),
                engine.time(),
                self.query_id,
                f"{error.code:06d}" if error else None,
                error.message if error else message,
                result,
                self.source,
                self._attempt,
            ],
        )
        cursor.close()


@dataclass(frozen=True)
class Run:
    """How one task went."""

    task: str
    state: str
    message: str | None = None


def due(engine: Engine) -> list[tuple[Object, int]]:
    """Return the started root tasks that are due, with the time for which they were scheduled."""
    moment = engine.time()
    found = []
    for task in engine.catalogue.of_kind("TASK"):
        if (
            task.body.get("state") != "started"
            or task.body.get("after")
            or task.body.get("finalize")
        ):
            continue
        text = task.body.get("properties", {}).get("SCHEDULE")
        if text is None:
            found.append((task, moment))
            continue
        last = max(int(task.body.get("resumed", task.created)), _last_scheduled(engine, task))
        schedule = cron.parse(text)
        planned = schedule.next_after(_moment(last))
        if _microseconds(planned) <= moment:
            # Runs that were missed are not made up for: the latest one counts.
            latest = planned
            for _ in range(100_000):
                following = schedule.next_after(latest)
                if _microseconds(following) > moment:
                    break
                latest = following
            found.append((task, _microseconds(latest)))
    return found


def run_due(engine: Engine) -> list[Run]:
    """Run every graph that is due, and return what ran."""
    found = refresh_due(engine)
    for task, scheduled in due(engine):
        triggered = "SCHEDULE" not in task.body.get("properties", {})
        try:
            found += run_graph(engine, task, scheduled, "TRIGGER" if triggered else "SCHEDULE")
        except SqlError:
            # The stack stops: what is still due is due at the next start.
            break
    return found


def refresh_due(engine: Engine) -> list[Run]:
    """Refresh the dynamic tables whose lag has passed, those they read first."""
    moment = engine.time()
    found = []
    for item in sorted(engine.catalogue.of_kind("DYNAMIC TABLE"), key=lambda held: held.id):
        seconds = lag_seconds(str(item.body["properties"]["TARGET_LAG"]))
        last = int(item.body.get("refreshed", 0))
        if item.body.get("state") or (seconds is not None and moment - last < seconds * 1_000_000):
            continue
        session = open_session(engine, item)
        state, message = "SUCCEEDED", None
        try:
            KIND.refresh(session, item)
        except SqlError as error:
            state, message = "FAILED", error.message
        finally:
            session.close()
        found.append(Run(".".join(engine.catalogue.path(item)), state, message))
    return found


def run_graph(engine: Engine, root: Object, scheduled: int, source: str) -> list[Run]:
    """Run a root task and everything after it.

    Raises:
        SqlError: The statement that executes it is cancelled, or the stack stops.
    """
    catalogue = engine.catalogue
    graph = engine.next_version()
    first = _run(engine, root, root, graph, scheduled, source)
    if first is None:
        return []
    runs = [first]
    states = {root.name: first.state}
    siblings = catalogue.children(root.parent, "TASK")
    waiting = [task for task in siblings if task.body.get("after")]
    if first.state == "SUCCEEDED":
        progress = True
        while progress:
            progress = False
            for task in list(waiting):
                after = task.body["after"]
                if not set(after) <= set(states):
                    continue
                waiting.remove(task)
                progress = True
                if task.body.get("state") != "started":
                    # A suspended child counts as done, so that what follows it runs.
                    states[task.name] = "SUSPENDED"
                    continue
                if not all(states[name] in {"SUCCEEDED", "SUSPENDED"} for name in after):
                    states[task.name] = "SKIPPED"
                    continue
                done = _run(engine, task, root, graph, engine.time(), source, always=True)
                assert done is not None
                runs.append(done)
                states[task.name] = done.state
    if first.state != "SKIPPED":
        for task in siblings:
            if task.body.get("finalize") == root.name and task.body.get("state") == "started":
                done = _run(engine, task, root, graph, engine.time(), source, always=True)
                assert done is not None
                runs.append(done)
    engine.watch.check()
    _count_failures(engine, root, any(run.state == "FAILED" for run in runs))
    return runs


def _run(
    engine: Engine,
    task: Object,
    root: Object,
    graph: int,
    scheduled: int,
    source: str,
    *,
    always: bool = False,
) -> Run | None:
    """Run one task; None when a triggered task had nothing to do."""
    engine.watch.check()
    session = open_session(engine, task)
    record = Record(task, root, graph, scheduled, source)
    try:
        if task.body.get("when") and not _holds(session, str(task.body["when"])):
            if source == "TRIGGER" and not always:
                return None
            record.write(engine, "SKIPPED", message=_NOT_TRUE)
            return Run(".".join(engine.catalogue.path(task)), "SKIPPED", _NOT_TRUE)
        error = _attempts(engine, session, record)
    except SqlError as failure:
        engine.watch.check()
        # The condition itself fails.
        record.write(engine, "FAILED", error=failure)
        error = failure
    finally:
        session.close()
    state = "SUCCEEDED" if error is None else "FAILED"
    return Run(".".join(engine.catalogue.path(task)), state, error.message if error else None)


def _attempts(engine: Engine, session: Session, record: Record) -> SqlError | None:
    """Run a task until it succeeds or no attempt is left; each is a row of the history.

    https://docs.snowflake.com/en/sql-reference/functions/task_history (ATTEMPT_NUMBER)
    """
    attempts = 1 + int(record.root.body.get("properties", {}).get("TASK_AUTO_RETRY_ATTEMPTS", 0))
    error: SqlError | None = None
    for attempt in range(1, attempts + 1):
        record.begin(engine, attempt)
        session.queries.current = record.query_id
        try:
            run_one(session, str(record.task.body["definition"]))
            session.transaction.commit()
        except SqlError as failure:
            session.transaction.rollback()
            error = failure
            record.write(engine, "FAILED", error=error)
            engine.watch.check()
        else:
            record.write(engine, "SUCCEEDED", result=session.task_result)
            return None
    return error


def _holds(session: Session, condition: str) -> bool:
    result = run_one(session, f"SELECT ({condition})")
    return bool(result.rows[0][0])


def _count_failures(engine: Engine, root: Object, failed: bool) -> None:
    current = engine.catalogue.get(root.id)
    if current is None or current.dropped is not None:
        return
    count = int(current.body.get("failures", 0)) + 1 if failed else 0
    limit = int(
        current.body.get("properties", {}).get("SUSPEND_TASK_AFTER_NUM_FAILURES", _DEFAULT_FAILURES)
    )
    changes: dict[str, Any] = {"failures": count or None}
    if limit and count >= limit:
        changes |= {
            "state": None,
            "suspended": engine.time(),
            "suspended_reason": "SUSPENDED_DUE_TO_ERRORS",
            "failures": None,
        }
    if count or current.body.get("failures"):
        with engine.change("ACCOUNTADMIN") as change:
            change.put(current.with_body(**changes))


def _last_scheduled(engine: Engine, task: Object) -> int:
    cursor = engine.database.cursor()
    row = cursor.execute(
        "SELECT max(scheduled) FROM hush.task_runs WHERE task = ? AND source = 'SCHEDULE'",
        [task.id],
    ).fetchone()
    cursor.close()
    return int(row[0]) if row and row[0] is not None else 0


def _moment(microseconds: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)


def _microseconds(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
