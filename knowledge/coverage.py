"""How much of each entity is embedded, and which of its texts could not be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hushflake.deploy.session import Session
from hushflake.schema.chunks import with_chunks
from hushflake.schema.cutting import uncut_sql
from hushflake.schema.embedding import MOST_TRIES, given_up_sql, hash_sql
from hushflake.schema.model import Embedding, Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import EMBEDDING_FAILURE, content_sql


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
        failed: Rows not in step whose text, as it is now, the model refused.
        given_up: Those of them that are not tried again.
        tries: How often the failed ones were tried, together.
        error: Why one of them failed.
        uncut: Of the chunks of an entity: its rows that are not cut into chunks as they are now;
            each counts as one of `rows`.
        parent: Of the chunks of an entity: its name.
    """

    entity: str
    rows: int
    current: int
    vectors: int
    embedded_at: datetime | None
    waiting_since: datetime | None
    failed: int = 0
    given_up: int = 0
    tries: int = 0
    error: str | None = None
    uncut: int = 0
    parent: str | None = None

    @property
    def pending(self) -> int:
        """Rows that are not in step, for whatever reason."""
        return self.rows - self.current

    @property
    def waiting(self) -> int:
        """Rows that a run of the task will take."""
        return self.pending - self.given_up

    @property
    def percent(self) -> float:
        """Share of rows that are in step, 0 to 100; an empty entity is complete."""
        return 100.0 * self.current / self.rows if self.rows else 100.0

    @property
    def failure(self) -> str | None:
        """What failed, why, and what to do; None when nothing did."""
        if not self.failed:
            return None
        number = f"{self.failed:,} row{'s' * (self.failed != 1)}"
        text = f"{self.entity}: {number} could not be embedded: {self.error}"
        if not self.given_up:
            return f"{text}. The next run tries again"
        again = f"hushflake embed --retry --entity {self.parent or self.entity}"
        return (
            f"{text}. {self.given_up:,} failed {MOST_TRIES} times: change the text, or run {again}"
        )

    def embedded_since(self, before: "Coverage") -> int:
        """How many texts got a vector since, where nothing was cut."""
        if self.uncut != before.uncut:
            return 0
        return max(0, before.waiting - self.waiting - (self.given_up - before.given_up))

    def goes_on_from(self, before: "Coverage") -> bool:
        """Whether something happened since: rows were cut, embedded, or tried."""
        if self.uncut != before.uncut:
            return self.uncut < before.uncut
        return self.waiting < before.waiting or self.tries > before.tries


def coverage(session: Session, entities: Iterable[Entity]) -> list[Coverage]:
    """Return the coverage of every entity that has an embedding, and of the chunks of each."""
    return _coverage_of(session, with_chunks(entities))


def readable_coverage(base: Base) -> tuple[list[Coverage], tuple[str, ...]]:
    """Return the coverage of what the session may read, and the names of what it may not.

    Raises:
        UnreadableError: It may read nothing.
        StatementError: The account refused the statement for another reason.
    """
    every = tuple(with_chunks(base.chosen()))
    return base.access.over(every, lambda readable: _coverage_of(base.session, readable))


def _coverage_of(session: Session, entities: Iterable[Entity]) -> list[Coverage]:
    """Return the coverage of entities; the chunks of an entity are one of their own."""
    every = {e.name: e for e in entities}
    parts = [_coverage_sql(e, e.embedding) for e in every.values() if e.embedding is not None]
    if not parts:
        return []
    rows = session.query("\nUNION ALL\n".join(parts) + "\nORDER BY ENTITY")
    return [_of_row(row, every[row["ENTITY"]]) for row in rows]


def _of_row(row: dict[str, Any], entity: Entity) -> Coverage:
    return Coverage(
        row["ENTITY"],
        int(row["ALL_ROWS"]),
        int(row["CURRENT_ROWS"] or 0),
        int(row["VECTORS"]),
        row["EMBEDDED_AT"],
        row["WAITING_SINCE"],
        int(row["FAILED"] or 0),
        int(row["GIVEN_UP"] or 0),
        int(row["TRIES"] or 0),
        row["ERROR"],
        int(row["UNCUT"]),
        entity.parent.name if entity.parent is not None else None,
    )


def _coverage_sql(entity: Entity, embedding: Embedding) -> str:
    new_hash = hash_sql(embedding, content_sql(entity, "R"))
    return (
        f"SELECT {literal(entity.name)} AS ENTITY, COUNT(*) AS ALL_ROWS,\n"
        "  COUNT_IF(IN_STEP) AS CURRENT_ROWS, COUNT_IF(HAS_VECTOR) AS VECTORS,\n"
        "  MAX(EMBEDDED_AT) AS EMBEDDED_AT,\n"
        "  MIN(CASE WHEN IN_STEP OR GIVEN_UP THEN NULL ELSE UPDATED_AT END) AS WAITING_SINCE,\n"
        "  COUNT_IF(FAILED) AS FAILED, COUNT_IF(FAILED AND GIVEN_UP) AS GIVEN_UP,\n"
        "  SUM(CASE WHEN FAILED THEN TRIES ELSE 0 END) AS TRIES,\n"
        "  MAX(CASE WHEN FAILED THEN ERROR ELSE NULL END) AS ERROR, COUNT_IF(UNCUT) AS UNCUT\n"
        f"FROM (SELECT R.UPDATED_AT AS UPDATED_AT, R.EMBEDDED_AT AS EMBEDDED_AT,\n"
        "    R.EMBEDDING IS NOT NULL AS HAS_VECTOR,\n"
        f"    R.CONTENT_HASH IS NOT DISTINCT FROM {new_hash} AS IN_STEP,\n"
        f"    R.CONTENT_HASH IS DISTINCT FROM {new_hash}\n"
        f"      AND COALESCE(R.{EMBEDDING_FAILURE}:hash::VARCHAR = {new_hash}, FALSE) AS FAILED,\n"
        f"    {given_up_sql(f'R.{EMBEDDING_FAILURE}', new_hash)} AS GIVEN_UP,\n"
        f"    R.{EMBEDDING_FAILURE}:tries::INTEGER AS TRIES,\n"
        f"    R.{EMBEDDING_FAILURE}:error::VARCHAR AS ERROR, FALSE AS UNCUT\n"
        f"  FROM {entity.table.sql} AS R{_uncut(entity)}) AS SEEN"
    )


def _uncut(child: Entity) -> str:
    """The rows of the entity whose chunks are not in step, behind the chunks."""
    if child.parent is None:
        return ""
    return (
        "\n  UNION ALL\n  SELECT R.UPDATED_AT, NULL, FALSE, FALSE, FALSE, FALSE, NULL, NULL, TRUE\n"
        f"    {uncut_sql(child.parent, child)}"
    )
