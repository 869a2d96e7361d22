"""One question over the entities of a stack: ranked rows, each with why and how fresh it is.

with open_base(project, "local") as base:
    for hit in Search(base).ask("who knows about lease pricing").hits:
        print(hit.title)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any

from hushflake.deploy.errors import StatementError
from hushflake.schema.chunks import with_chunks
from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .access import left_out_note
from .base import Base
from .by_sql import BySql
from .cache import Cache
from .caller import is_protected, roles_held
from .errors import KnowledgeError, KnowledgeMistakeError, require_text
from .latency import Latencies
from .paging import FARTHEST, cursor_of, mark_of, offset_of
from .passage_sql import Passage, folded
from .scoring import best_first, score_served
from .search_sql import CANDIDATES, Filter
from .services import Services
from .words import Term, snippet_of, spellings_in, terms_of

MOST_HITS = 200
# So many times the candidates, where several of them may be of one row.
_CHUNKS_A_ROW = 3
WAYS = ("auto", "services", "sql")
_REASONS = {
    "meaning": "MEANING",
    "words": "WORDS",
    "title": "TITLED",
    "exact": "EXACT",
    "boost": "BOOST",
}


@dataclass(frozen=True)
class Hit:
    """A row that answers a question.

    Attributes:
        entity: Name of the entity.
        key: The row's key; several columns joined by `|`.
        title: What to call it.
        snippet: The part of its text that fits best, matched words between `**`.
        score: Higher is better; to be compared within one answer only.
        source_ids: Source system's column in lower case -> id.
        updated_at: Last change of the row, with zone.
        reasons: The parts of the score: `meaning` (cosine), `words` (0 to 1), `title` (0 to 1),
            `exact` (0 or 1), `boost`. `scoring.PARTS` says what each is worth.
        passage: The part of the row that fits best; None where the row is not cut into chunks.
    """

    entity: str
    key: str
    title: str
    snippet: str
    score: float
    source_ids: Mapping[str, str]
    updated_at: datetime | None
    reasons: Mapping[str, float] = field(default_factory=dict)
    passage: Passage | None = None

    def to_plain(self) -> dict[str, Any]:
        """The hit as JSON values."""
        return {
            "entity": self.entity,
            "key": self.key,
            "title": self.title,
            "snippet": self.snippet,
            "score": round(self.score, 6),
            "source_ids": dict(self.source_ids),
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
            "reasons": {name: round(value, 6) for name, value in self.reasons.items()},
            "passage": self.passage.to_plain() if self.passage is not None else None,
        }


@dataclass(frozen=True)
class Found:
    """An answer.

    Attributes:
        hits: Best first.
        cursor: Give it back for the next page; None on the last one.
        embedding_seconds: Time to embed the question; 0 when it was known.
        seconds: Time of everything else.
        cached: The answer was at hand and the data has not changed since.
        by: `services` (Cortex Search), `sql` or `both`.
        notes: Which service did not answer, so that SQL did; which entities were left out.
        left_out: Names of the entities that the session may not read.
    """

    question: str
    hits: tuple[Hit, ...]
    cursor: str | None
    embedding_seconds: float
    seconds: float
    cached: bool = False
    by: str = "sql"
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Inquiry:
    """What was asked for, checked.

    Attributes:
        entities: Those that can be read; the chunks of one are one of their own, behind it.
        held: Roles of the session that decide what is seen of them.
    """

    question: str
    entities: tuple[Entity, ...]
    filters: tuple[Filter, ...]
    limit: int
    by: str
    held: frozenset[str]

    @property
    def rows(self) -> tuple[Entity, ...]:
        """The entities without their chunks."""
        return tuple(entity for entity in self.entities if entity.parent is None)


class Search:
    """Search over one open base; keeps embedded questions, and answers until the data changes."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._answers: Cache[tuple[Any, ...], tuple[tuple[Any, ...], Found]] = Cache(256)
        self._by_sql = BySql(base)
        self._services = Services(base)
        self._latencies = Latencies(base.project.make_local_data(), base.stack.name)

    def ask(
        self,
        question: str,
        *,
        entities: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        limit: int = 10,
        cursor: str | None = None,
        by: str = "auto",
    ) -> Found:
        """Return the rows that answer a question best.

        Args:
            question: In plain words; keys and ids of other systems are found too.
            entities: Names of entities to look in; none: all.
            filters: Field -> value that a row must have.
            limit: Hits on a page, 1 to 200.
            cursor: Of the page before.
            by: `services`: Cortex Search, and SQL for entities that have no service or must not
                be asked for through one; `sql`; `auto`: services, but on a local stack SQL.

        Raises:
            KnowledgeMistakeError: An empty question, an unknown entity or field, a foreign cursor.
            UnreadableError: Nothing is applied yet, or the role may read none of the entities.
            KnowledgeError: A service that was asked for did not answer.
            StatementError: The account refused the statement.
        """
        chosen = self._base.chosen(entities)
        wanted = tuple(Filter(name, value) for name, value in (filters or {}).items())
        _check(question, chosen, wanted, limit)
        # An entity without a filtered field has no matching rows.
        chosen = tuple(e for e in chosen if all(_has(e, item.field) for item in wanted))
        if not chosen:
            return Found(question, (), None, 0.0, 0.0)
        mark = mark_of(question, [entity.name for entity in chosen], wanted, by)
        offset = offset_of(cursor, mark)

        def work(readable: tuple[Entity, ...]) -> Found:
            held = roles_held(self._base.session, readable) if self._asks_services(by) else ()
            inquiry = _Inquiry(question, readable, wanted, limit, by, frozenset(held))
            return self._known(inquiry, offset, mark)

        found, left_out = self._base.access.over(tuple(with_chunks(chosen)), work)
        if not left_out:
            return found
        return replace(found, notes=(*found.notes, left_out_note(left_out)), left_out=left_out)

    def _known(self, inquiry: "_Inquiry", offset: int, mark: str) -> Found:
        """Return the answer that is kept, if the data has not changed since, or a new one."""
        # Nothing tells when the index of a service changes, nor when another policy, or a role
        # that was taken away, hides a row: these answers are not kept.
        if any(is_protected(e) or self._is_served(e, inquiry) for e in inquiry.rows):
            return self._answer(inquiry, offset, mark)
        # Read before the rows are: a change in between makes the kept answer old, never wrong.
        version = self._version(inquiry.entities)
        place = (mark, tuple(entity.name for entity in inquiry.entities), inquiry.limit, offset)
        kept = self._answers.get(place)
        if kept is not None and version and kept[0] == version:
            return replace(kept[1], embedding_seconds=0.0, seconds=0.0, cached=True)
        found = self._answer(inquiry, offset, mark, version)
        if version:
            self._answers.put(place, (version, found))
        return found

    def _answer(
        self, inquiry: "_Inquiry", offset: int, mark: str, version: tuple[Any, ...] = ()
    ) -> Found:
        started = perf_counter()
        # Whole blocks: a row's score must not depend on the page that it is on.
        count = -(-(offset + inquiry.limit + 1) // CANDIDATES) * CANDIDATES
        if any(entity.parent is not None for entity in inquiry.entities):
            count *= _CHUNKS_A_ROW
        served, notes, left = self._served(inquiry, count)
        midway = perf_counter()
        asked = self._by_sql.asked(inquiry.question, left, inquiry.filters)
        embedded = perf_counter()
        rows, terms, meant = self._by_sql.answer(asked, count, version)
        ranked = folded(best_first([*served, *rows]))
        seconds = perf_counter() - embedded + midway - started
        self._latencies.add(seconds)
        end = offset + inquiry.limit
        ways = {"services" if e not in left else "sql" for e in inquiry.rows}
        return Found(
            inquiry.question,
            tuple(
                _hit(row, self._base.entities[row["ENTITY"]], terms) for row in ranked[offset:end]
            ),
            cursor_of(mark, end) if len(ranked) > end and end < FARTHEST else None,
            embedded - midway,
            seconds,
            by=ways.pop() if len(ways) == 1 else "both",
            notes=(*notes, *(f"no row has {a}: searched for {b}" for a, b in meant.items())),
        )

    def _served(
        self, inquiry: "_Inquiry", count: int
    ) -> tuple[list[dict[str, Any]], tuple[str, ...], tuple[Entity, ...]]:
        """Ask the services; return their rows, what they did not answer, and what SQL is left."""
        served = [e for e in inquiry.rows if self._is_served(e, inquiry)]
        if not served:
            return [], (), inquiry.entities
        spellings = spellings_in(inquiry.question)
        rows, failed = self._services.rows(
            served, inquiry.question, spellings, inquiry.filters, count, inquiry.held
        )
        if failed and inquiry.by == "services":
            raise KnowledgeError("; ".join(failed.values()))
        score_served(rows, terms_of(inquiry.question), CANDIDATES)
        notes = tuple(
            f"{name} was searched by SQL, its search service did not answer: {why}"
            for name, why in failed.items()
        )
        done = {entity.name for entity in served} - failed.keys()
        left = [e for e in inquiry.entities if (e.parent or e).name not in done]
        return rows, notes, tuple(left)

    def _is_served(self, entity: Entity, inquiry: "_Inquiry") -> bool:
        """On a local stack services answer by meaning alone: there SQL does, unless asked for."""
        asks = self._asks_services(inquiry.by)
        return asks and self._services.takes(entity, inquiry.filters, inquiry.held)

    def _asks_services(self, by: str) -> bool:
        return by == "services" or (by == "auto" and not self._base.stack.is_local)

    def _version(self, entities: tuple[Entity, ...]) -> tuple[Any, ...]:
        """Return what changes when any row of the entities does; empty when it cannot be had."""
        columns = ", ".join(
            f"SYSTEM$LAST_CHANGE_COMMIT_TIME({literal(entity.table.sql)}) AS T{n}"
            for n, entity in enumerate(entities)
        )
        try:
            return tuple(self._base.session.query(f"SELECT {columns}")[0].values())
        except StatementError:
            return ()


def _check(
    question: str, entities: tuple[Entity, ...], filters: tuple[Filter, ...], limit: int
) -> None:
    require_text(question, "the question")
    for item in filters:
        require_text(item.field, "the name of a field")
        require_text(item.value, "the value of a filter")
    if not question.strip():
        raise KnowledgeMistakeError("the question is empty; say what to look for")
    if not 1 <= limit <= MOST_HITS:
        raise KnowledgeMistakeError(
            f"limit is {limit}; between 1 and {MOST_HITS} hits are possible"
        )
    for item in filters:
        if not any(_has(entity, item.field) for entity in entities):
            names = ", ".join(entity.name for entity in entities)
            raise KnowledgeMistakeError(
                f"no field {item.field!r} to filter on in {names}", f"no such field in {names}"
            )


def _has(entity: Entity, name: str) -> bool:
    return name.upper() in {f.name.text for f in entity.fields} | {
        i.text for i in entity.source_ids
    }


def _hit(row: Mapping[str, Any], entity: Entity, terms: tuple[Term, ...]) -> Hit:
    return Hit(
        entity=entity.name,
        key=row["ENTITY_KEY"],
        title=row["TITLE"],
        snippet=snippet_of(row["CONTENT"] or "", terms),
        score=row["SCORE"],
        source_ids=row["SOURCE_IDS"],
        updated_at=row["UPDATED_AT"],
        reasons={name: float(row[column]) for name, column in _REASONS.items()},
        passage=row["PASSAGE"],
    )
