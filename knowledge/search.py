"""One question over the entities of a stack: ranked rows, each with why and how fresh it is.

with open_base(project, "local") as base:
    for hit in Search(base).ask("who knows about lease pricing").hits:
        print(hit.title)
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import log
from time import perf_counter
from typing import Any

from hushflake.deploy.errors import StatementError
from hushflake.schema.model import Embedding, Entity
from hushflake.schema.names import literal

from .base import Base
from .cache import Cache
from .errors import KnowledgeMistakeError
from .latency import Latencies
from .search_sql import CANDIDATES, Asked, Filter, Way, candidates_statement, rows_statement
from .words import Term, names_in, snippet_of, terms_of

MOST_HITS = 200
_FARTHEST = 1000
_MOST_WORDS = 12
# What all words of the question are worth beside a cosine of 1: found on labelled questions, see
# docs/knowledge.md.
WORDS_WEIGHT = 0.5


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
        reasons: The parts of the score: `meaning` (cosine), `words` (0 to 1), `exact` (0 or 1).
    """

    entity: str
    key: str
    title: str
    snippet: str
    score: float
    source_ids: Mapping[str, str]
    updated_at: datetime | None
    reasons: Mapping[str, float] = field(default_factory=dict)

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
    """

    question: str
    hits: tuple[Hit, ...]
    cursor: str | None
    embedding_seconds: float
    seconds: float
    cached: bool = False


class Search:
    """Search over one open base; keeps embedded questions, and answers until the data changes."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._vectors: Cache[tuple[Way, str], str] = Cache(1024)
        self._answers: Cache[tuple[Any, ...], tuple[tuple[Any, ...], Found]] = Cache(256)
        self._latencies = Latencies(base.project.make_local_data(), base.stack.name)

    def ask(
        self,
        question: str,
        *,
        entities: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        limit: int = 10,
        cursor: str | None = None,
    ) -> Found:
        """Return the rows that answer a question best.

        Args:
            question: In plain words; keys and ids of other systems are found too.
            entities: Names of entities to look in; none: all.
            filters: Field -> value that a row must have.
            limit: Hits on a page, 1 to 200.
            cursor: Of the page before.

        Raises:
            KnowledgeMistakeError: An empty question, an unknown entity or field, a foreign cursor.
            StatementError: The account refused the statement.
        """
        chosen = self._base.chosen(entities)
        wanted = tuple(Filter(name, value) for name, value in (filters or {}).items())
        _check(question, chosen, wanted, limit)
        mark = _mark_of(question, [entity.name for entity in chosen], wanted)
        offset = _offset_of(cursor, mark)
        # Read before the rows are: a change in between makes the kept answer old, never wrong.
        version = self._version(chosen)
        kept = self._answers.get((mark, limit, offset))
        if kept is not None and version and kept[0] == version:
            return replace(kept[1], embedding_seconds=0.0, seconds=0.0, cached=True)
        found = self._answer(question, chosen, wanted, limit, offset, mark)
        if version:
            self._answers.put((mark, limit, offset), (version, found))
        return found

    def _answer(
        self,
        question: str,
        chosen: tuple[Entity, ...],
        wanted: tuple[Filter, ...],
        limit: int,
        offset: int,
        mark: str,
    ) -> Found:
        started = perf_counter()
        asked = self._asked(question, chosen, wanted)
        embedded = perf_counter()
        ranked = self._ranked(asked, offset + limit + 1)
        seconds = perf_counter() - embedded
        self._latencies.add(seconds)
        page = ranked[offset : offset + limit]
        more = len(ranked) > offset + limit and offset + limit < _FARTHEST
        terms = terms_of(question)
        return Found(
            question,
            tuple(_hit(row, self._base.entities[row["ENTITY"]], terms) for row in page),
            _cursor_of(mark, offset + limit) if more else None,
            embedded - started,
            seconds,
        )

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

    def _ranked(self, asked: Asked, count: int) -> list[dict[str, Any]]:
        """Return the candidates, best first, each with its SCORE and what it is made of."""
        if not asked.can_match:
            return []
        session = self._base.session
        statement = candidates_statement(asked, max(CANDIDATES, count))
        found = session.query(statement.sql, statement.parameters)
        if not found:
            return []
        exact = {(row["ENTITY"], row["ENTITY_KEY"]): 0 for row in found}
        for row in found:
            exact[row["ENTITY"], row["ENTITY_KEY"]] |= int(row["EXACT"])
        statement = rows_statement(asked, exact)
        weights = _weights(asked, found[0])
        rows = session.query(statement.sql, statement.parameters)
        for row in rows:
            row["EXACT"] = exact[row["ENTITY"], row["ENTITY_KEY"]]
            row["WORDS"] = _share_of_words(row["TOKENS"] or "", weights)
            row["MEANING"] = float(row["MEANING"] or 0.0)
            row["SCORE"] = row["EXACT"] + max(0.0, row["MEANING"]) + WORDS_WEIGHT * row["WORDS"]
        return sorted(rows, key=lambda row: (-row["SCORE"], row["ENTITY"], row["ENTITY_KEY"]))

    def _asked(
        self, question: str, entities: tuple[Entity, ...], filters: tuple[Filter, ...]
    ) -> Asked:
        way_of = {e.name: _way_of(e.embedding) for e in entities if e.embedding is not None}
        return Asked(
            entities=entities,
            needles=tuple(term.needle for term in terms_of(question)[:_MOST_WORDS]),
            names=names_in(question),
            vectors={way: self._vector(way, question) for way in dict.fromkeys(way_of.values())},
            way_of=way_of,
            filters=filters,
        )

    def _vector(self, way: Way, question: str) -> str:
        """Embed the question once and return the vector as JSON."""
        known = self._vectors.get((way, question))
        if known is None:
            sql = f"SELECT {way.function}({literal(way.model)}, ?) AS V"
            rows = self._base.session.query(sql, (way.prefix + question,))
            known = json.dumps([float(number) for number in rows[0]["V"]])
            self._vectors.put((way, question), known)
        return known


def _weights(asked: Asked, row: Mapping[str, Any]) -> dict[str, float]:
    """Return how telling each word is, from the counts that every candidate brings along."""
    if "N" not in row:
        return {}
    return {
        needle: log(1 + float(row["N"]) / (1 + float(row[f"D{n}"] or 0)))
        for n, needle in enumerate(asked.needles)
    }


def _share_of_words(tokens: str, weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(w for needle, w in weights.items() if needle in tokens) / total if total else 0.0


def _way_of(embedding: Embedding) -> Way:
    """The e5 models want the prefix `query: ` on questions where documents have `passage: `."""
    functions = {"ai_embed": "AI_EMBED", "embed_text_768": "SNOWFLAKE.CORTEX.EMBED_TEXT_768"}
    prefix = "query: " if embedding.prefix.strip() == "passage:" else embedding.prefix
    return Way(functions[embedding.function], embedding.model, prefix, embedding.dimension)


def _check(
    question: str, entities: tuple[Entity, ...], filters: tuple[Filter, ...], limit: int
) -> None:
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
    names = [item.text.lower() for item in entity.source_ids]
    ids = dict(zip(names, row["SOURCE_IDS"].split("\t"), strict=False))
    return Hit(
        entity=entity.name,
        key=row["ENTITY_KEY"],
        title=row["TITLE"],
        snippet=snippet_of(row["CONTENT"] or "", terms),
        score=row["SCORE"],
        source_ids={name: value for name, value in ids.items() if value},
        updated_at=row["UPDATED_AT"],
        reasons={name: float(row[name.upper()]) for name in ("meaning", "words", "exact")},
    )


def _mark_of(question: str, names: list[str], filters: tuple[Filter, ...]) -> str:
    """What a cursor belongs to: the same question over the same entities with the same filters."""
    text = json.dumps([question, names, [[f.field, f.value] for f in filters]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _cursor_of(mark: str, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{mark}:{offset}".encode()).decode().rstrip("=")


def _offset_of(cursor: str | None, mark: str) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found, _, offset = text.partition(":")
        if found == mark and 0 <= int(offset) <= _FARTHEST:
            return int(offset)
    except ValueError:
        pass
    raise KnowledgeMistakeError("the cursor is not one of this question; ask again without it")
