"""One question over the entities of a stack: ranked rows, each with why and how fresh it is.

with open_base(project, "local") as base:
    for hit in Search(base).ask("who knows about lease pricing").hits:
        print(hit.title)
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any

from hushflake.schema.model import Embedding, Entity
from hushflake.schema.names import literal

from .base import Base
from .cache import Cache
from .errors import KnowledgeMistakeError
from .latency import Latencies
from .search_sql import Asked, Filter, search_statement
from .words import identifiers_in, snippet_of, terms_of

MOST_HITS = 200
_FARTHEST = 1000


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
        self._vectors: Cache[tuple[str, ...], str] = Cache(1024)
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
        started = perf_counter()
        asked = self._asked(question, chosen, wanted)
        embedded = perf_counter()
        if not asked.can_match:
            return Found(question, (), None, embedded - started, 0.0)
        statement = search_statement(asked, limit, offset)
        rows = self._base.session.query(statement.sql, statement.parameters)
        seconds = perf_counter() - embedded
        self._latencies.add(seconds)
        hits = tuple(_hit(row, question, self._base.entities) for row in rows[:limit])
        more = len(rows) > limit and offset + limit < _FARTHEST
        return Found(
            question,
            hits,
            _cursor_of(mark, offset + limit) if more else None,
            embedded - started,
            seconds,
        )

    def _asked(
        self, question: str, entities: tuple[Entity, ...], filters: tuple[Filter, ...]
    ) -> Asked:
        ways: dict[tuple[str, ...], int] = {}
        vector_of: dict[str, int] = {}
        dimensions: list[int] = []
        for entity in entities:
            if entity.embedding is None:
                continue
            way = _way_of(entity.embedding)
            if way not in ways:
                ways[way] = len(ways)
                dimensions.append(entity.embedding.dimension)
            vector_of[entity.name] = ways[way]
        return Asked(
            entities=entities,
            needles=tuple(term.needle for term in terms_of(question)),
            identifiers=tuple(name.upper() for name in identifiers_in(question)),
            vectors=tuple(self._vector(way, question) for way in ways),
            vector_of=vector_of,
            dimensions=tuple(dimensions),
            filters=filters,
        )

    def _vector(self, way: tuple[str, ...], question: str) -> str:
        """Embed the question once and return the vector as JSON: vectors cannot be bound."""
        function, model, prefix = way
        known = self._vectors.get((*way, question))
        if known is None:
            sql = f"SELECT {function}({literal(model)}, ?) AS V"
            rows = self._base.session.query(sql, (prefix + question,))
            known = json.dumps([float(number) for number in rows[0]["V"]])
            self._vectors.put((*way, question), known)
        return known


def _way_of(embedding: Embedding) -> tuple[str, ...]:
    """What makes the vector of a question: function, model, prefix. The e5 models want the prefix
    `query: ` where documents have `passage: `."""
    functions = {"ai_embed": "AI_EMBED", "embed_text_768": "SNOWFLAKE.CORTEX.EMBED_TEXT_768"}
    prefix = "query: " if embedding.prefix.strip() == "passage:" else embedding.prefix
    return functions[embedding.function], embedding.model, prefix


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
            raise KnowledgeMistakeError(f"no field {item.field!r} to filter on in {names}")


def _has(entity: Entity, name: str) -> bool:
    return name.upper() in {f.name.text for f in entity.fields} | {
        i.text for i in entity.source_ids
    }


def _hit(row: Mapping[str, Any], question: str, entities: Mapping[str, Entity]) -> Hit:
    entity = entities[row["ENTITY"]]
    names = [item.text.lower() for item in entity.source_ids]
    ids = dict(zip(names, row["SOURCE_IDS"].split("\t"), strict=False))
    return Hit(
        entity=entity.name,
        key=row["ENTITY_KEY"],
        title=row["TITLE"],
        snippet=snippet_of(row["CONTENT"] or "", terms_of(question)),
        score=float(row["SCORE"]),
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
