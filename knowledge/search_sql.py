"""The search statement: one SQL text for Snowflake and the local stack.

For each question it takes three sorts of candidates from every entity: rows whose key or source id
was named, rows that hold the most telling words, and rows whose vector is nearest. All of them
are then scored alike, so that neither a paraphrase nor an exact name is missed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hushflake.schema.model import Entity
from hushflake.schema.names import Sql, literal

from .columns import EMBEDDING, SEARCH_TOKENS, UPDATED_AT, content_sql, key_sql, title_sql

# What all words of the question are worth beside a cosine of 1: found on labelled questions, see
# docs/knowledge.md.
WORDS_WEIGHT = 0.5
CANDIDATES = 50


@dataclass(frozen=True)
class Filter:
    """`field = value`; entities without the field have no matching rows."""

    field: str
    value: str


@dataclass(frozen=True)
class Asked:
    """A question, ready to be put to an account.

    Attributes:
        entities: Where to look.
        needles: What `SEARCH_TOKENS` is searched for.
        identifiers: What may be a key or a source id, in upper case.
        vectors: One per way of embedding, as JSON text; an entity's place is in `vector_of`.
        vector_of: Entity name -> index in `vectors`.
    """

    entities: tuple[Entity, ...]
    needles: tuple[str, ...]
    identifiers: tuple[str, ...]
    vectors: tuple[str, ...]
    vector_of: dict[str, int]
    dimensions: tuple[int, ...]
    filters: tuple[Filter, ...] = ()

    @property
    def can_match(self) -> bool:
        """False when there is nothing to look for: no vector and nothing like an id."""
        return bool(self.vectors or self.identifiers)


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


def search_statement(asked: Asked, limit: int, offset: int = 0) -> Statement:
    """Return the statement that ranks rows for a question.

    Returns:
        Columns ENTITY, ENTITY_KEY, TITLE, CONTENT, SOURCE_IDS, UPDATED_AT, SCORE, MEANING, WORDS,
        EXACT, best first; one row more than `limit`, which tells whether there is another page.
    """
    return _Builder(asked, max(CANDIDATES, offset + limit + 1)).build(limit + 1, offset)


class _Builder:
    """Writes the statement and collects its parameters in the order of their `?`."""

    def __init__(self, asked: Asked, candidates: int) -> None:
        self._asked = asked
        self._embedded = [e for e in asked.entities if e.embedding is not None]
        self._has_words = bool(asked.needles and self._embedded)
        self._candidates = candidates
        self._parameters: list[Any] = []

    def build(self, limit: int, offset: int) -> Statement:
        parts = {"QUESTION": self._question()}
        if self._has_words:
            parts["WORDS"] = self._each(self._words_of, self._embedded)
            parts["WEIGHTS"] = self._weights()
            parts["TELLING"] = self._telling()
        if self._asked.vectors:
            parts["NEAREST"] = self._each(self._nearest_of, self._embedded)
        if self._asked.identifiers:
            parts["NAMED"] = self._each(self._named_of, self._asked.entities)
        candidates = [name for name in ("TELLING", "NEAREST", "NAMED") if name in parts]
        parts["CHOSEN"] = "\nUNION\n".join(
            f"SELECT ENTITY, ENTITY_KEY FROM {name}" for name in candidates
        )
        parts["SCORED"] = self._each(self._scored_of, self._asked.entities)
        common = ",\n".join(f"{name} AS (\n{text}\n)" for name, text in parts.items())
        sql = (
            f"WITH {common}\n"
            "SELECT ENTITY, ENTITY_KEY, TITLE, CONTENT, SOURCE_IDS, UPDATED_AT,\n"
            "  MEANING, WORDS, EXACT,\n"
            f"  EXACT + GREATEST(MEANING, 0) + {WORDS_WEIGHT} * WORDS AS SCORE\n"
            "FROM SCORED\n"
            f"ORDER BY SCORE DESC, ENTITY, ENTITY_KEY LIMIT {limit} OFFSET {offset}"
        )
        return Statement(sql, tuple(self._parameters))

    def _telling(self) -> str:
        score = " + ".join(f"H{n} * W{n}" for n in range(len(self._asked.needles)))
        return (
            "SELECT ENTITY, ENTITY_KEY FROM WORDS CROSS JOIN WEIGHTS\n"
            f"ORDER BY {score} DESC, ENTITY, ENTITY_KEY LIMIT {self._candidates}"
        )

    def _question(self) -> str:
        asked = self._asked
        columns = [
            f"PARSE_JSON({self._bind(vector)})::ARRAY::VECTOR(FLOAT, {dimension}) AS V{n}"
            for n, (vector, dimension) in enumerate(
                zip(asked.vectors, asked.dimensions, strict=True)
            )
        ]
        columns += [f"{self._bind(needle)} AS T{n}" for n, needle in enumerate(asked.needles)]
        return "SELECT " + ", ".join(columns or ["1 AS NOTHING"])

    def _bind(self, value: Any) -> str:
        self._parameters.append(value)
        return "?"

    @staticmethod
    def _each(write: Callable[[Entity], str], entities: Sequence[Entity]) -> str:
        return "\nUNION ALL\n".join(write(entity) for entity in entities)

    def _row(self, entity: Entity) -> str:
        """FROM one entity; `R` is the row. Fields may have any name: every column is qualified."""
        return f"FROM {entity.table.sql} AS R"

    def _where(self, entity: Entity, *conditions: str) -> str:
        """WHERE of the conditions and the filters; a filter on a field that is not there fails."""
        names = {item.name.text: item.name.sql for item in entity.fields}
        names |= {item.text: item.sql for item in entity.source_ids}
        every = list(conditions)
        for item in self._asked.filters:
            column = names.get(item.field.upper())
            every.append(
                f"TO_VARCHAR(R.{column}) = {self._bind(item.value)}" if column else "FALSE"
            )
        return f"WHERE {' AND '.join(every)}" if every else ""

    def _identity(self, entity: Entity) -> str:
        return f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity, 'R')} AS ENTITY_KEY"

    def _hits(self) -> list[str]:
        return [
            f"CONTAINS(R.{SEARCH_TOKENS}, QUESTION.T{n})" for n in range(len(self._asked.needles))
        ]

    def _words_of(self, entity: Entity) -> str:
        columns = ", ".join(
            f"CASE WHEN {hit} THEN 1 ELSE 0 END AS H{n}" for n, hit in enumerate(self._hits())
        )
        return (
            f"{self._identity(entity)}, {columns}\n{self._row(entity)} CROSS JOIN QUESTION\n"
            f"{self._where(entity, '(' + ' OR '.join(self._hits()) + ')')}"
        )

    def _weights(self) -> str:
        """How telling each word is: its inverse document frequency."""
        counts = " + ".join(f"(SELECT COUNT(*) FROM {e.table.sql})" for e in self._embedded)
        columns = ", ".join(
            f"LN(1 + MAX(SIZE.N) / (1 + COALESCE(SUM(WORDS.H{n}), 0))) AS W{n}"
            for n in range(len(self._asked.needles))
        )
        return f"SELECT {columns}\nFROM (SELECT {counts} AS N) AS SIZE LEFT JOIN WORDS ON TRUE"

    def _nearest_of(self, entity: Entity) -> str:
        vector = f"QUESTION.V{self._asked.vector_of[entity.name]}"
        return (
            f"SELECT ENTITY, ENTITY_KEY FROM (\n"
            f"{self._identity(entity)}\n{self._row(entity)} CROSS JOIN QUESTION\n"
            f"{self._where(entity, f'R.{EMBEDDING} IS NOT NULL')}\n"
            f"ORDER BY VECTOR_COSINE_SIMILARITY(R.{EMBEDDING}, {vector}) DESC\n"
            f"LIMIT {self._candidates})"
        )

    def _named_of(self, entity: Entity) -> str:
        named = self._named(entity)
        return f"{self._identity(entity)}\n{self._row(entity)}\n{self._where(entity, named)}"

    def _named(self, entity: Entity) -> str:
        columns = [key_sql(entity, "R"), *(f"R.{item.sql}" for item in entity.source_ids)]
        conditions = [
            f"UPPER({column}) IN ({', '.join(map(self._bind, self._asked.identifiers))})"
            for column in columns
        ]
        return f"({' OR '.join(conditions)})"

    def _scored_of(self, entity: Entity) -> str:
        asked = self._asked
        # The parameters of `named` come first in the text, so it is written first.
        named = f"CASE WHEN {self._named(entity)} THEN 1 ELSE 0 END" if asked.identifiers else "0"
        meaning, words = "0", "0"
        if entity.name in asked.vector_of:
            vector = f"QUESTION.V{asked.vector_of[entity.name]}"
            meaning = f"COALESCE(VECTOR_COSINE_SIMILARITY(R.{EMBEDDING}, {vector}), 0)"
        if self._has_words and entity.embedding is not None:
            hit = " + ".join(
                f"CASE WHEN {hit} THEN WEIGHTS.W{n} ELSE 0 END"
                for n, hit in enumerate(self._hits())
            )
            words = f"({hit}) / ({' + '.join(f'WEIGHTS.W{n}' for n in range(len(asked.needles)))})"
        return (
            f"SELECT CHOSEN.ENTITY, CHOSEN.ENTITY_KEY, {title_sql(entity, 'R')} AS TITLE,\n"
            f"  {content_sql(entity, 'R')} AS CONTENT, {_source_ids(entity)} AS SOURCE_IDS,\n"
            f"  R.{UPDATED_AT}, {named} AS EXACT,\n  {meaning} AS MEANING,\n  {words} AS WORDS\n"
            f"{self._row(entity)} INNER JOIN CHOSEN ON CHOSEN.ENTITY = {literal(entity.name)}"
            f" AND CHOSEN.ENTITY_KEY = {key_sql(entity, 'R')}\nCROSS JOIN QUESTION"
            + (" CROSS JOIN WEIGHTS" if self._has_words else "")
        )


def _source_ids(entity: Entity) -> Sql:
    """The source ids as one text, in order, with a tab between: no id has one."""
    if not entity.source_ids:
        return Sql("''")
    parts = [f"COALESCE(R.{item.sql}, '')" for item in entity.source_ids]
    return Sql(" || '\\t' || ".join(parts))
