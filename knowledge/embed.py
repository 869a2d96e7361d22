"""How much of each entity is embedded, and the embedding of what is not.

The work is the entity's own task. It is started here because a local stack has no scheduler, and
because a changed model or template leaves no trace in the stream that triggers the task.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep

from hushflake.deploy.errors import StatementError
from hushflake.deploy.session import Session
from hushflake.schema.embedding import hash_sql, task_sql
from hushflake.schema.model import Embedding, Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import content_sql
from .errors import KnowledgeError

Tell = Callable[[int, int], None]
_POLL_SECONDS = 2.0
# A started task shows its first rows within this time, or it is not going to.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Coverage:
    """How far the vectors of an entity are in step with its rows.

    Attributes:
        rows: Rows of the entity.
        current: Rows whose vector was made of the text that they have now; a row without any text
            counts once the task has seen it.
        vectors: Rows that have a vector.
        embedded_at: When the newest vector was made.
        waiting_since: Last change of the row that waits longest; None when none waits.
    """

    entity: str
    rows: int
    current: int
    vectors: int
    embedded_at: datetime | None
    waiting_since: datetime | None

    @property
    def pending(self) -> int:
        return self.rows - self.current

    @property
    def percent(self) -> float:
        """Share of rows that are in step, 0 to 100; an empty entity is complete."""
        return 100.0 * self.current / self.rows if self.rows else 100.0


def coverage(session: Session, entities: Iterable[Entity]) -> list[Coverage]:
    """Return the coverage of every entity that has an embedding."""
    parts = [_coverage_sql(e, e.embedding) for e in entities if e.embedding is not None]
    if not parts:
        return []
    rows = session.query("\nUNION ALL\n".join(parts) + "\nORDER BY ENTITY")
    return [
        Coverage(
            row["ENTITY"],
            int(row["ALL_ROWS"]),
            int(row["CURRENT_ROWS"] or 0),
            int(row["VECTORS"]),
            row["EMBEDDED_AT"],
            row["WAITING_SINCE"],
        )
        for row in rows
    ]


def _coverage_sql(entity: Entity, embedding: Embedding) -> str:
    text = content_sql(entity, "R")
    in_step = f"R.CONTENT_HASH IS NOT DISTINCT FROM {hash_sql(embedding, text)}"
    return (
        f"SELECT {literal(entity.name)} AS ENTITY, COUNT(*) AS ALL_ROWS,\n"
        f"  SUM(CASE WHEN {in_step} THEN 1 ELSE 0 END) AS CURRENT_ROWS,\n"
        f"  COUNT(R.EMBEDDING) AS VECTORS, MAX(R.EMBEDDED_AT) AS EMBEDDED_AT,\n"
        f"  MIN(CASE WHEN {in_step} THEN NULL ELSE R.UPDATED_AT END) AS WAITING_SINCE\n"
        f"FROM {entity.table.sql} AS R"
    )


def start_tasks(session: Session, entities: Iterable[Entity]) -> None:
    """Start one run of each entity's task, which embeds at most `batch_rows` texts."""
    for entity in entities:
        if entity.task is not None:
            session.execute(f"EXECUTE TASK {entity.task.sql}")


def embed_pending(
    base: Base,
    entities: Sequence[Entity],
    *,
    timeout: float | None = None,
    tell: Tell = lambda _done, _all: None,
) -> int:
    """Embed every row that is not in step, and return how many there were.

    Args:
        base: An open knowledge base.
        entities: What to embed.
        timeout: Seconds after which to give up; None: as long as rows are being embedded.
        tell: Told of (rows embedded, rows to embed).

    Raises:
        KnowledgeError: No progress, or the time is over. What is embedded stays so.
        StatementError: The account refused a statement.
    """
    waiting = {item.entity: item.pending for item in coverage(base.session, entities)}
    total = sum(waiting.values())
    deadline = None if timeout is None else monotonic() + timeout
    for entity in entities:
        if waiting.get(entity.name):
            for left in _Run(base.session, entity, deadline).steps(waiting[entity.name]):
                waiting[entity.name] = left
                tell(total - sum(waiting.values()), total)
    return total


class _Run:
    """One entity, until none of its rows waits."""

    def __init__(self, session: Session, entity: Entity, deadline: float | None) -> None:
        self._session = session
        self._entity = entity
        self._deadline = deadline

    def steps(self, left: int) -> Iterator[int]:
        """Embed batch after batch; yields how many rows still wait after each."""
        while left:
            start_tasks(self._session, (self._entity,))
            now_left = self._wait_below(left)
            if now_left == left:
                # The task does not run without new rows in its stream: do its work here.
                self._session.execute(task_sql(self._entity))
                now_left = self._left()
            if now_left >= left:
                raise KnowledgeError(
                    f"{self._entity.name}: {left} rows wait and none was embedded; "
                    f"TASK_HISTORY of {self._entity.task} has the reason"
                )
            left = now_left
            yield left

    def _wait_below(self, left: int) -> int:
        """Wait until the run that was started has embedded something, or is not going to."""
        started = monotonic()
        while True:
            now_left = self._left()
            if now_left < left or not self._is_running():
                return min(now_left, self._left())
            if self._deadline is not None and monotonic() > self._deadline:
                raise KnowledgeError(f"{self._entity.name}: {now_left} rows still wait")
            if monotonic() - started > _PATIENCE_SECONDS:
                return now_left
            sleep(_POLL_SECONDS)

    def _is_running(self) -> bool:
        task = self._entity.task
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

    def _left(self) -> int:
        (found,) = coverage(self._session, (self._entity,))
        return found.pending
