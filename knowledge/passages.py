"""The passages of a row: the chunks that its long fields are cut into, and those beside one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hushflake.schema.chunks import CHUNK_FIELD, CHUNK_HEADING, CHUNK_NUMBER, CHUNK_TEXT, chunks_of
from hushflake.schema.model import Entity

from .base import Base
from .columns import key_sql
from .errors import KnowledgeMistakeError
from .keys import stored_key


@dataclass(frozen=True)
class Passage:
    """A part of a row.

    Attributes:
        number: Its place in the row, from 1.
        field: The field that it is cut from, in lower case.
        heading: Title of the row and headings above it, joined by ` > `.
        text: The part itself.
    """

    number: int
    field: str
    heading: str
    text: str

    def to_plain(self) -> dict[str, Any]:
        """The passage as JSON values."""
        return {
            "number": self.number,
            "field": self.field,
            "heading": self.heading,
            "text": self.text,
        }


@dataclass(frozen=True)
class Passages:
    """Passages that follow each other, and how many the row has."""

    passages: tuple[Passage, ...]
    total: int


def passages_around(
    base: Base, entity_name: str, key: str, number: int, around: int = 1
) -> Passages:
    """Return a passage of a row with its neighbours.

    Args:
        base: An open knowledge base.
        entity_name: In any case.
        key: Of the row, as people write it.
        number: Of the passage.
        around: How many before it, and how many behind it.

    Raises:
        UnknownEntityError: No such entity.
        UnreadableError: The entity, or its chunks, cannot be read.
        KnowledgeMistakeError: No such row or passage; the entity has no chunks.
    """
    entity = base.entity(entity_name)
    child = chunks_of(entity)
    if child is None:
        raise KnowledgeMistakeError(f"rows of {entity.name} are not cut into passages")
    found, _ = base.access.over(
        (entity,), lambda _: _read(base, entity, child, key, number, around)
    )
    return found


def _read(
    base: Base, entity: Entity, child: Entity, key: str, number: int, around: int
) -> Passages:
    stored = stored_key(base, entity, key)
    if stored is None:
        raise KnowledgeMistakeError(f"{entity.name} has no row with this key")
    rows = base.session.query(
        f"SELECT {columns_sql('R')}, COUNT(*) OVER () AS TOTAL\n"
        f"FROM {child.table} AS R WHERE {key_sql(entity, 'R')} = ?\n"
        f"QUALIFY R.{CHUNK_NUMBER} BETWEEN {int(number) - around} AND {int(number) + around}\n"
        f"ORDER BY R.{CHUNK_NUMBER}",
        (stored,),
    )
    found = tuple(map(passage_of, rows))
    if not any(item.number == number for item in found):
        raise KnowledgeMistakeError(f"the row has no passage {number}")
    return Passages(found, int(rows[0]["TOTAL"]))


def columns_sql(alias: str) -> str:
    """Return SQL of what `passage_of` reads."""
    columns = (CHUNK_NUMBER, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT)
    return ", ".join(f"{alias}.{name} AS {name}" for name in columns)


def passage_of(row: Mapping[str, Any]) -> Passage:
    """Return the passage that a row of SQL holds."""
    return Passage(
        int(row[CHUNK_NUMBER.text]),
        str(row[CHUNK_FIELD.text]).lower(),
        str(row[CHUNK_HEADING.text] or ""),
        str(row[CHUNK_TEXT.text] or ""),
    )


def cut_fields(entity: Entity) -> Iterable[str]:
    """Return the names of the fields that passages are cut from, in lower case."""
    chunks = entity.embedding.chunks if entity.embedding is not None else None
    return tuple(name.text.lower() for name in chunks.fields) if chunks is not None else ()
