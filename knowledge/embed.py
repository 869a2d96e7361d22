"""The embedding of what is not embedded.

The work is the entity's own task. It is started here because a local stack has no scheduler, and
because a changed model or template leaves no trace in the stream that triggers the task.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic, sleep
from typing import NamedTuple

from hushflake.deploy.errors import StatementError
from hushflake.deploy.session import Session
from hushflake.schema.chunks import cut_task, with_chunks
from hushflake.schema.cutting import cut_sql
from hushflake.schema.embedding import forget_failures_sql, task_sql
from hushflake.schema.model import Entity
from hushflake.schema.names import QualifiedName, literal

from .base import Base
from .coverage import Coverage, coverage
from .errors import KnowledgeError

Tell = Callable[[int, int], None]
_POLL_SECONDS = 2.0
# A started task shows its first rows within this time, or it is not going to.
_PATIENCE_SECONDS = 60.0


def start_tasks(session: Session, entities: Iterable[Entity]) -> None:
    """Start one run of each entity's tasks; one that embeds takes at most `batch_rows` texts."""
    for entity in with_chunks(entities):
        if entity.parent is not None:
            session.execute(f"EXECUTE TASK {cut_task(entity.parent)}")
        if entity.task is not None:
            session.execute(f"EXECUTE TASK {entity.task.sql}")


def embed_pending(
    base: Base,
    entities: Sequence[Entity],
    *,
    timeout: float | None = None,
    tell: Tell = lambda _done, _all: None,
) -> int:
    """Embed every row and chunk that is not in step, and return for how many that was done.

    A text that the model refuses is tried a few times, then left out; the coverage tells it.

    Args:
        base: An open knowledge base.
        entities: What to embed.
        timeout: Seconds after which to give up; None: as long as rows are being embedded.
        tell: Told of (rows embedded, rows to embed).

    Raises:
        KnowledgeError: No progress, or the time is over. What is embedded stays so.
        StatementError: The account refused a statement.
    """
    before = {item.entity: item for item in coverage(base.session, entities)}
    left = {name: item.waiting for name, item in before.items()}
    total, embedded = sum(left.values()), 0
    deadline = None if timeout is None else monotonic() + timeout
    for entity in with_chunks(entities):
        if not left.get(entity.name):
            continue
        last = before[entity.name]
        for seen in _Run(base.session, entity, deadline).steps(last):
            # A row that is cut makes many texts.
            total += max(0, seen.waiting - last.waiting)
            left[entity.name] = seen.waiting
            tell(total - sum(left.values()), total)
            embedded += seen.embedded_since(last)
            last = seen
    return embedded


def forget_failures(session: Session, entities: Iterable[Entity]) -> None:
    """Let texts that failed too often be tried again."""
    for entity in with_chunks(entities):
        if entity.embedding is not None:
            session.execute(forget_failures_sql(entity))


class _Step(NamedTuple):
    """What brings an entity further: its task, or the task's statement where that does not run."""

    task: QualifiedName | None
    statement: str


class _Run:
    """One entity, or the chunks of one, until nothing of it waits."""

    def __init__(self, session: Session, entity: Entity, deadline: float | None) -> None:
        self._session = session
        self._entity = entity
        self._deadline = deadline

    def steps(self, seen: Coverage) -> Iterator[Coverage]:
        """Cut, then embed batch after batch; yields the coverage after each."""
        while seen.waiting:
            step = self._step(seen)
            if step.task is not None:
                self._session.execute(f"EXECUTE TASK {step.task}")
            now = self._wait_for_more(seen, step)
            if not now.goes_on_from(seen):
                # The task does not run without new rows in its stream: do its work here.
                self._session.execute(step.statement)
                now = self._look()
            if not now.goes_on_from(seen):
                raise KnowledgeError(
                    f"{self._entity.name}: {now.waiting} rows wait and none was embedded; "
                    f"TASK_HISTORY of {step.task} has the reason"
                )
            seen = now
            yield seen

    def _step(self, seen: Coverage) -> _Step:
        parent = self._entity.parent
        if parent is not None and seen.uncut:
            return _Step(cut_task(parent), cut_sql(parent))
        return _Step(self._entity.task, task_sql(self._entity))

    def _wait_for_more(self, seen: Coverage, step: _Step) -> Coverage:
        """Wait until the run that was started has done something, or is not going to."""
        started = monotonic()
        while True:
            now = self._look()
            if now.goes_on_from(seen):
                return now
            if not self._is_running(step.task):
                return self._look()
            if self._deadline is not None and monotonic() > self._deadline:
                raise KnowledgeError(f"{self._entity.name}: {now.waiting} rows still wait")
            if monotonic() - started > _PATIENCE_SECONDS:
                return now
            sleep(_POLL_SECONDS)

    def _is_running(self, task: QualifiedName | None) -> bool:
        if task is None:
            return False
        database = task.parts[0].sql
        try:
            rows = self._session.query(
                f"SELECT STATE FROM TABLE({database}.INFORMATION_SCHEMA.TASK_HISTORY("
                f"TASK_NAME => {literal(task.last.text)}, RESULT_LIMIT => 1))"
            )
        except StatementError:
            return False
        return bool(rows) and rows[0]["STATE"] in ("SCHEDULED", "EXECUTING")

    def _look(self) -> Coverage:
        return next(
            found
            for found in coverage(self._session, (self._entity.parent or self._entity,))
            if found.entity == self._entity.name
        )
