"""A question answered by SQL: candidates, then their rows, scored.

Keeps embedded questions, and how long the texts of entities are until their data changes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from hushflake.schema.model import Embedding, Entity
from hushflake.schema.names import literal

from .base import Base
from .cache import Cache
from .scoring import Row, score, weights_of
from .search_sql import (
    Asked,
    Filter,
    Statement,
    Way,
    candidates_statement,
    lengths_statement,
    rows_statement,
)
from .spelling import corrected, neighbours_statement, unknown_terms
from .words import Term, names_in, numbers_in, terms_of

Version = tuple[Any, ...]
# Words times entities that a statement tests: its text must be translated, and planned.
_MOST_TESTS = 240
_LEAST_TERMS = 15


class Answered(NamedTuple):
    """What SQL found.

    Attributes:
        rows: Each with its SCORE and what it is made of, in no order.
        terms: The words that were searched for.
        meant: Word as asked, which no row has -> word as searched.
    """

    rows: list[Row]
    terms: tuple[Term, ...]
    meant: dict[str, str]


class BySql:
    """Searches by SQL over one open base."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._vectors: Cache[tuple[Way, str], str] = Cache(1024)
        self._lengths: Cache[tuple[str, ...], tuple[Version, dict[str, float]]] = Cache(64)

    def asked(
        self, question: str, entities: tuple[Entity, ...], filters: tuple[Filter, ...]
    ) -> Asked:
        """Return a question ready to be put to the account; embeds it if need be.

        Args:
            question: In plain words.
            entities: Where to look; the chunks of an entity are one of their own, behind it.
            filters: What a row must have.
        """
        way_of = {e.name: _way_of(e.embedding) for e in entities if e.embedding is not None}
        return Asked(
            entities=entities,
            terms=terms_of(question, max(_LEAST_TERMS, _MOST_TESTS // max(1, len(way_of)))),
            names=names_in(question),
            numbers=numbers_in(question),
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

    def answer(self, asked: Asked, count: int, version: Version) -> Answered:
        """Return the candidates, scored.

        Args:
            asked: What to look for.
            count: Candidates of each sort, at most.
            version: Changes with the data of the entities; empty when that cannot be told.
        """
        if not asked.can_match:
            return Answered([], asked.terms, {})
        found = self._query(candidates_statement(asked, count))
        asked, meant = self._spelt(asked, found)
        if meant:
            found = self._query(candidates_statement(asked, count))
        if not found:
            return Answered([], asked.terms, {})
        exact = {(row["ENTITY"], row["ENTITY_KEY"]): 0 for row in found}
        for row in found:
            exact[row["ENTITY"], row["ENTITY_KEY"]] |= int(row["EXACT"])
        weights = weights_of(asked.terms, found[0], self._lengths_of(asked.embedded, version))
        rows = self._query(rows_statement(asked, exact))
        for row in rows:
            row["EXACT"] = exact[row["FOUND_IN"], row["FOUND_KEY"]]
            row["SOURCE_IDS"] = _ids(row["SOURCE_IDS"], self._base.entities[row["ENTITY"]])
            score(row, weights)
        return Answered(rows, asked.terms, meant)

    def _query(self, statement: Statement) -> list[dict[str, Any]]:
        return self._base.session.query(statement.sql, statement.parameters)

    def _spelt(
        self, asked: Asked, found: Sequence[Mapping[str, Any]]
    ) -> tuple[Asked, dict[str, str]]:
        """Return the question with neighbours for words that no row has, and which they are."""
        unknown = unknown_terms(asked.terms, found[0]) if found else ()
        # Who names a row has spelt it right.
        if not unknown or any(row["EXACT"] for row in found):
            return asked, {}
        rows = self._query(neighbours_statement(asked.embedded, unknown))
        terms, meant = corrected(asked.terms, unknown, rows)
        return (replace(asked, terms=terms), meant) if meant else (asked, {})

    def _lengths_of(self, entities: tuple[Entity, ...], version: Version) -> dict[str, float]:
        """Return entity -> mean length of its texts, read again when its data has changed."""
        if not entities:
            return {}
        place = tuple(entity.name for entity in entities)
        kept = self._lengths.get(place)
        if kept is not None and version and kept[0] == version:
            return kept[1]
        rows = self._query(lengths_statement(entities))
        lengths = {row["ENTITY"]: float(row["LENGTH"] or 0.0) for row in rows}
        self._lengths.put(place, (version, lengths))
        return lengths


def _way_of(embedding: Embedding) -> Way:
    """The e5 models want the prefix `query: ` on questions where documents have `passage: `."""
    functions = {"ai_embed": "AI_EMBED", "embed_text_768": "SNOWFLAKE.CORTEX.EMBED_TEXT_768"}
    prefix = "query: " if embedding.prefix.strip() == "passage:" else embedding.prefix
    return Way(functions[embedding.function], embedding.model, prefix, embedding.dimension)


def _ids(text: str, entity: Entity) -> dict[str, str]:
    names = [item.text.lower() for item in entity.source_ids]
    return {name: value for name, value in zip(names, text.split("\t"), strict=False) if value}
