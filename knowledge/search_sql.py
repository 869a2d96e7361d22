"""The two statements of a search: the same SQL for Snowflake and the local stack.

The first finds candidates: rows whose key, title or source id was named, rows that hold the most
telling words, and rows whose vector is nearest. The second reads those few rows. What they are
worth is added up in `search.py`, so that neither a paraphrase nor an exact name is missed.

The text of a statement depends on the entities, on the names of filtered fields and on the number
of words alone; everything asked is bound. A server may keep its translation.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .boosts import boost_sql, factor_of, identifiers_of
from .columns import (
    EMBEDDING,
    SEARCH_TOKENS,
    UPDATED_AT,
    data_columns,
    key_sql,
    title_sql,
)
from .passage_sql import CHUNK_FACTOR, columns_sql, from_sql, passage_content_sql
from .words import Term

CANDIDATES = 50


@dataclass(frozen=True)
class Filter:
    """`field = value`; entities without the field have no matching rows."""

    field: str
    value: str


@dataclass(frozen=True)
class Way:
    """One way to make a vector of a question, and the question's vector made so.

    Attributes:
        function: SQL name of the function.
        model: Its model.
        prefix: Put before the question.
        dimension: Of the vector.
    """

    function: str
    model: str
    prefix: str
    dimension: int

    def cast(self, mark: str) -> str:
        """Vectors cannot be bound: their JSON text is, and cast in SQL."""
        return f"PARSE_JSON({mark})::ARRAY::VECTOR(FLOAT, {self.dimension})"


@dataclass(frozen=True)
class Asked:
    """A question, ready to be put to an account.

    Attributes:
        entities: Where to look; the chunks of an entity are one of their own, behind it.
        terms: What `SEARCH_TOKENS` is searched for.
        names: What may be a key, a title or a source id, in upper case.
        numbers: What may be a telephone number, its digits alone.
        vectors: Way -> the question's vector as JSON text.
        way_of: Entity name -> its way; entities without an embedding are not in it.
        filters: What a row must have.
    """

    entities: tuple[Entity, ...]
    terms: tuple[Term, ...]
    names: tuple[str, ...]
    vectors: dict[Way, str]
    way_of: dict[str, Way]
    filters: tuple[Filter, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def can_match(self) -> bool:
        """False when there is nothing to look in or for: no vector and nothing like a name."""
        return bool(self.entities and (self.vectors or self.names))

    @property
    def embedded(self) -> tuple[Entity, ...]:
        return tuple(entity for entity in self.entities if entity.name in self.way_of)


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


def candidates_statement(asked: Asked, count: int = CANDIDATES) -> Statement:
    """Return the statement that finds candidates, at most `count` of each sort.

    Returns:
        Columns ENTITY, ENTITY_KEY, MEANING (NULL unless nearest), EXACT (1 when named), and the
        same in every row: N rows in all, D0, D1 … rows that hold each word, W0, W1 … how telling
        each is.
    """
    writer = _Writer(asked)
    # Parameters are collected in the order of their `?`: parts are written as they stand.
    parts: dict[str, str] = {}
    if asked.terms and asked.embedded:
        parts["COUNTS"] = writer.counts()
        parts["TELLING"] = (
            f"SELECT ENTITY, ENTITY_KEY FROM (\n"
            f"{_each(lambda e: writer.telling(e, count), asked.embedded)}\n)\n"
            f"WHERE WORTH > 0 ORDER BY WORTH DESC, ENTITY, ENTITY_KEY LIMIT {count}"
        )
    if asked.vectors:
        parts["ASKED"] = f"SELECT {writer.vectors()}"
        parts["NEAREST"] = (
            f"SELECT * FROM (\n{_each(lambda e: writer.nearest(e, count), asked.embedded)}\n)\n"
            f"ORDER BY MEANING DESC, ENTITY, ENTITY_KEY LIMIT {count}"
        )
    if asked.names:
        rows = [entity for entity in asked.entities if entity.parent is None]
        parts["NAMED"] = _each(writer.named, rows)
    meaning = {"TELLING": "NULL", "NEAREST": "MEANING", "NAMED": "NULL"}
    union = "\nUNION ALL\n".join(
        f"SELECT ENTITY, ENTITY_KEY, {value} AS MEANING, {int(name == 'NAMED')} AS EXACT\n"
        f"FROM {name}"
        for name, value in meaning.items()
        if name in parts
    )
    counts = ", COUNTS.*" if "COUNTS" in parts else ""
    crossed = "\nCROSS JOIN COUNTS" if "COUNTS" in parts else ""
    common = ",\n".join(f"{name} AS (\n{text}\n)" for name, text in parts.items())
    sql = f"WITH {common}\nSELECT FOUND.*{counts}\nFROM (\n{union}\n) AS FOUND{crossed}"
    return Statement(sql, tuple(writer.parameters))


def rows_statement(asked: Asked, keys: Iterable[tuple[str, str]]) -> Statement:
    """Return the statement that reads the rows of (entity, key) pairs.

    Returns:
        Columns FOUND_IN and FOUND_KEY, as asked; ENTITY, ENTITY_KEY, TITLE, SOURCE_IDS (tab
        between), UPDATED_AT, BOOST and FACTOR of the row; CONTENT, TOKENS and MEANING of it, or of
        its chunk; and what `passage_of` reads, NULL for a row itself.
    """
    ways = list(asked.vectors)
    vectors = ", ".join(f"{way.cast('?')} AS V{n}" for n, way in enumerate(ways)) or "1 AS NOTHING"
    wanted = (
        "SELECT VALUE[0]::VARCHAR AS ENTITY, VALUE[1]::VARCHAR AS ENTITY_KEY\n"
        "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))"
    )
    parts = [_row_sql(asked, entity, ways) for entity in asked.entities]
    sql = (
        f"WITH QUESTION AS (\nSELECT {vectors}\n),\nWANTED AS (\n{wanted}\n)\n"
        + "\nUNION ALL\n".join(parts)
    )
    return Statement(sql, (*asked.vectors.values(), json.dumps(list(keys))))


def _row_sql(asked: Asked, entity: Entity, ways: list[Way]) -> str:
    # `R` is the row, whatever of it was found.
    of, alias = (entity, "R") if entity.parent is None else (entity.parent, "C")
    factor = factor_of(of) * (1.0 if entity.parent is None else CHUNK_FACTOR)
    meaning, tokens = "NULL", "NULL"
    way = asked.way_of.get(entity.name)
    if way is not None:
        vector = f"QUESTION.V{ways.index(way)}"
        meaning = f"VECTOR_COSINE_SIMILARITY({alias}.{EMBEDDING}, {vector})"
        tokens = f"{alias}.{SEARCH_TOKENS}"
    ids = " || '\\t' || ".join(f"COALESCE(R.{item.sql}, '')" for item in of.source_ids)
    key = key_sql(entity, alias)
    return (
        f"SELECT {literal(entity.name)} AS FOUND_IN, {key} AS FOUND_KEY,\n"
        f"  {literal(of.name)} AS ENTITY, {key_sql(of, 'R')} AS ENTITY_KEY,\n"
        f"  {title_sql(of, 'R')} AS TITLE, {passage_content_sql(entity)} AS CONTENT,\n"
        f"  {tokens} AS TOKENS, {ids or literal('')} AS SOURCE_IDS,\n"
        f"  R.{UPDATED_AT} AS UPDATED_AT, {meaning} AS MEANING,\n"
        f"  {boost_sql(of, 'R')} AS BOOST, {factor} AS FACTOR,\n"
        f"  {columns_sql(entity)}\n"
        f"FROM {from_sql(entity)} CROSS JOIN QUESTION\n"
        f"WHERE {key} IN (SELECT ENTITY_KEY FROM WANTED WHERE ENTITY = {literal(entity.name)})"
    )


def lengths_statement(entities: Sequence[Entity]) -> Statement:
    """Return the statement that tells how long the texts of entities are.

    Returns:
        Columns ENTITY and LENGTH, the mean number of characters in `SEARCH_TOKENS`.
    """
    return Statement(
        _each(
            lambda e: (
                f"SELECT {literal(e.name)} AS ENTITY, AVG(LENGTH(R.{SEARCH_TOKENS})) AS LENGTH "
                f"FROM {e.table.sql} AS R"
            ),
            entities,
        ),
        (),
    )


def _each(write: Callable[[Entity], str], entities: Sequence[Entity]) -> str:
    return "\nUNION ALL\n".join(write(entity) for entity in entities)


class _Writer:
    """Writes the parts of the first statement and collects their parameters in order."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._ways = list(asked.vectors)
        self.parameters: list[Any] = []

    def _bind(self, value: Any) -> str:
        self.parameters.append(value)
        return "?"

    @staticmethod
    def _identity(entity: Entity) -> str:
        # Fields may have any name: every column is qualified by R, the row.
        return f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity, 'R')} AS ENTITY_KEY"

    def _where(self, entity: Entity, *conditions: str) -> str:
        """WHERE of the conditions and the filters, which for a chunk are those of its row."""
        every = list(conditions)
        if entity.parent is None:
            every += self._filtered(entity, "R")
        elif self._asked.filters:
            keys = [f"P.{name} = R.{name}" for name in entity.parent.key]
            held = " AND ".join([*keys, *self._filtered(entity.parent, "P")])
            every.append(f"EXISTS (SELECT 1 FROM {entity.parent.table} AS P WHERE {held})")
        return f"\nWHERE {' AND '.join(every)}" if every else ""

    def _filtered(self, entity: Entity, alias: str) -> Iterator[str]:
        """The filters; one on a field that is not there fails.

        Case and outer blanks of a text do not matter.
        """
        columns = {column.name: column for column in data_columns(entity)}
        for item in self._asked.filters:
            column = columns.get(item.field.upper())
            if column is None:
                yield "FALSE"
            elif column.is_text:
                value = self._bind(item.value.strip().upper())
                yield f"UPPER(TRIM({alias}.{column.sql})) = {value}"
            else:
                yield f"TO_VARCHAR({alias}.{column.sql}) = {self._bind(item.value.strip())}"

    def _holds(self, term: Term) -> str:
        return f"CONTAINS(R.{SEARCH_TOKENS}, {self._bind(term.needle)})"

    def counts(self) -> str:
        """How many rows hold each word: the fewer, the more telling it is."""
        numbers = range(len(self._asked.terms))
        parts = _each(self._counted, self._asked.embedded)
        sums = ", ".join(f"SUM(D{n}) AS D{n}" for n in numbers)
        # Step by step: what stands inside of functions is planned as often as they use it.
        shares = ", ".join(f"1 + N / (1 + D{n}) AS W{n}" for n in numbers)
        held = ", ".join(f"D{n}" for n in numbers)
        worths = ", ".join(f"LN(W{n}) AS W{n}" for n in numbers)
        return (
            f"SELECT N, {held}, {worths} FROM (\nSELECT N, {held}, {shares} FROM (\n"
            f"SELECT SUM(N) AS N, {sums} FROM (\n{parts}\n)))"
        )

    def _counted(self, entity: Entity) -> str:
        counts = ", ".join(
            f"COUNT_IF({self._holds(term)}) AS D{n}" for n, term in enumerate(self._asked.terms)
        )
        return f"SELECT COUNT(*) AS N, {counts}\nFROM {entity.table.sql} AS R{self._where(entity)}"

    def telling(self, entity: Entity, count: int) -> str:
        """Rows by the inverse document frequency of the words that they hold."""
        worth = " + ".join(
            f"CASE WHEN {self._holds(term)} THEN {self._bind(term.times)} * COUNTS.W{n} ELSE 0 END"
            for n, term in enumerate(self._asked.terms)
        )
        return (
            f"SELECT * FROM (\n{self._identity(entity)},\n  {worth} AS WORTH\n"
            f"FROM {entity.table.sql} AS R CROSS JOIN COUNTS{self._where(entity)}\n"
            f"ORDER BY WORTH DESC, ENTITY_KEY LIMIT {count})"
        )

    def vectors(self) -> str:
        """The question's vector, once for each way to make it."""
        marks = (way.cast(self._bind(self._asked.vectors[way])) for way in self._ways)
        return ", ".join(f"{mark} AS V{n}" for n, mark in enumerate(marks))

    def nearest(self, entity: Entity, count: int) -> str:
        vector = f"ASKED.V{self._ways.index(self._asked.way_of[entity.name])}"
        where = self._where(entity, f"R.{EMBEDDING} IS NOT NULL")
        return (
            f"SELECT * FROM (\n{self._identity(entity)},\n"
            f"  VECTOR_COSINE_SIMILARITY(R.{EMBEDDING}, {vector}) AS MEANING\n"
            f"FROM {entity.table.sql} AS R CROSS JOIN ASKED{where}\n"
            f"ORDER BY MEANING DESC LIMIT {count})"
        )

    def named(self, entity: Entity) -> str:
        columns = [key_sql(entity, "R"), title_sql(entity, "R")]
        columns += [f"R.{item.sql}" for item in (*entity.source_ids, *identifiers_of(entity))]
        conditions = [
            f"UPPER({column}) IN ({', '.join(map(self._bind, self._asked.names))})"
            for column in columns
        ]
        if self._asked.numbers:
            # Telephone numbers are written in many ways.
            conditions += [
                f"REGEXP_REPLACE(R.{item.sql}, '[^0-9]', '') IN "
                f"({', '.join(map(self._bind, self._asked.numbers))})"
                for item in identifiers_of(entity)
            ]
        condition = f"({' OR '.join(conditions)})"
        where = self._where(entity, condition)
        return f"{self._identity(entity)}\nFROM {entity.table.sql} AS R{where}"
