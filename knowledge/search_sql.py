"""The search statement: one SQL text for Snowflake and the local stack.

For each question it takes three sorts of candidates from every entity: rows whose key or source id
was named, rows that hold the most telling words, and rows whose vector is nearest. All of them
are then scored alike, so that neither a paraphrase nor an exact name is missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hushflake.schema.model import Entity
from hushflake.schema.names import Sql, literal

from .columns import EMBEDDING, SEARCH_TOKENS, UPDATED_AT, content_sql, key_sql, title_sql

# What all words of the question are worth beside a cosine of 1: found on labelled questions, see
# docs/knowledge.md.
WORDS_WEIGHT = 0.6
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
        identifiers: What may be a key or a source id, as typed.
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
        self._candidates = candidates
        self._parameters: list[Any] = []

    def build(self, limit: int, offset: int) -> Statement:
        parts = {"QUESTION": self._question()}
        if self._asked.needles:
            parts["WORDS"] = self._each(self._words_of)
            parts["WEIGHTS"] = self._weights()
            parts["TELLING"] = self._telling()
        if self._asked.vectors:
            parts["NEAREST"] = self._each(self._nearest_of, self._asked.vector_of)
        if self._asked.identifiers:
            parts["NAMED"] = self._each(self._named_of)
        candidates = [name for name in ("TELLING", "NEAREST", "NAMED") if name in parts]
        parts["CHOSEN"] = "\nUNION\n".join(
            f"SELECT ENTITY, ENTITY_KEY FROM {name}" for name in candidates
        )
        parts["SCORED"] = self._each(self._scored_of)
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

    def _each(self, write: Any, only: Any = None) -> str:
        entities = [e for e in self._asked.entities if only is None or e.name in only]
        return "\nUNION ALL\n".join(write(entity) for entity in entities)

    def _where(self, entity: Entity, *conditions: str) -> str:
        """WHERE of the conditions and the filters; a filter on a field that is not there fails."""
        names = {item.name.text: item.name.sql for item in entity.fields}
        names |= {item.text: item.sql for item in entity.source_ids}
        every = [condition for condition in conditions if condition]
        for item in self._asked.filters:
            column = names.get(item.field.upper())
            every.append(f"TO_VARCHAR({column}) = {self._bind(item.value)}" if column else "FALSE")
        return f" WHERE {' AND '.join(every)}" if every else ""

    def _words_of(self, entity: Entity) -> str:
        if entity.embedding is None:
            hits = ["0"] * len(self._asked.needles)
        else:
            hits = [
                f"CASE WHEN CONTAINS({SEARCH_TOKENS}, T{n}) THEN 1 ELSE 0 END"
                for n in range(len(self._asked.needles))
            ]
        any_hit = " OR ".join(
            f"CONTAINS({SEARCH_TOKENS}, T{n})" for n in range(len(self._asked.needles))
        )
        columns = ", ".join(f"{hit} AS H{n}" for n, hit in enumerate(hits))
        condition = f"({any_hit})" if entity.embedding else "FALSE"
        return (
            f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity)} AS ENTITY_KEY, {columns}\n"
            f"FROM {entity.table.sql} CROSS JOIN QUESTION{self._where(entity, condition)}"
        )

    def _weights(self) -> str:
        """How telling each word is: its inverse document frequency."""
        counts = " + ".join(f"(SELECT COUNT(*) FROM {e.table.sql})" for e in self._asked.entities)
        columns = ", ".join(
            f"LN(1 + ROW_COUNT / (1 + COALESCE(SUM(H{n}), 0))) AS W{n}"
            for n in range(len(self._asked.needles))
        )
        return (
            f"SELECT {columns} FROM WORDS CROSS JOIN (SELECT {counts} AS ROW_COUNT) AS SIZE\n"
            "GROUP BY ROW_COUNT"
        )

    def _nearest_of(self, entity: Entity) -> str:
        vector = f"V{self._asked.vector_of[entity.name]}"
        return (
            f"SELECT ENTITY, ENTITY_KEY FROM (\n"
            f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity)} AS ENTITY_KEY\n"
            f"FROM {entity.table.sql} CROSS JOIN QUESTION"
            f"{self._where(entity, f'{EMBEDDING} IS NOT NULL')}\n"
            f"ORDER BY VECTOR_COSINE_SIMILARITY({EMBEDDING}, {vector}) DESC\n"
            f"LIMIT {self._candidates})"
        )

    def _named_of(self, entity: Entity) -> str:
        columns = [key_sql(entity), *(item.sql for item in entity.source_ids)]
        named = " OR ".join(
            f"UPPER({column}) IN ({self._binds(self._asked.identifiers)})" for column in columns
        )
        return (
            f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity)} AS ENTITY_KEY\n"
            f"FROM {entity.table.sql}{self._where(entity, f'({named})')}"
        )

    def _binds(self, values: Sequence[str]) -> str:
        return ", ".join(self._bind(value.upper()) for value in values)

    def _scored_of(self, entity: Entity) -> str:
        asked = self._asked
        named = "0"
        if asked.identifiers:
            columns = [key_sql(entity), *(item.sql for item in entity.source_ids)]
            named = " OR ".join(
                f"UPPER({column}) IN ({self._binds(asked.identifiers)})" for column in columns
            )
            named = f"CASE WHEN {named} THEN 1 ELSE 0 END"
        words = "0"
        if asked.needles and entity.embedding is not None:
            hit = " + ".join(
                f"CASE WHEN CONTAINS({SEARCH_TOKENS}, T{n}) THEN W{n} ELSE 0 END"
                for n in range(len(asked.needles))
            )
            every = " + ".join(f"W{n}" for n in range(len(asked.needles)))
            words = f"COALESCE(({hit}) / ({every}), 0)"
        meaning = "0"
        if entity.name in asked.vector_of:
            vector = f"V{asked.vector_of[entity.name]}"
            meaning = f"COALESCE(VECTOR_COSINE_SIMILARITY({EMBEDDING}, {vector}), 0)"
        weights = " CROSS JOIN WEIGHTS" if asked.needles else ""
        return (
            f"SELECT CHOSEN.ENTITY, CHOSEN.ENTITY_KEY, {title_sql(entity)} AS TITLE,\n"
            f"  {content_sql(entity)} AS CONTENT, {_source_ids(entity)} AS SOURCE_IDS,\n"
            f"  {UPDATED_AT},\n"
            f"  {meaning} AS MEANING,\n  {words} AS WORDS,\n  {named} AS EXACT\n"
            f"FROM {entity.table.sql} INNER JOIN CHOSEN ON CHOSEN.ENTITY = {literal(entity.name)}"
            f" AND CHOSEN.ENTITY_KEY = {key_sql(entity)} CROSS JOIN QUESTION{weights}"
        )


def _source_ids(entity: Entity) -> Sql:
    """The source ids as one text, values only, separated by a character that no id has."""
    if not entity.source_ids:
        return Sql("''")
    parts = [f"COALESCE({item.sql}, '')" for item in entity.source_ids]
    return Sql(" || '\\t' || ".join(parts))
