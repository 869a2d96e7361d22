"""The passages of a row: the chunks that its long fields are cut into, and those beside one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hushflake.schema.chunks import CHUNK_NUMBER, chunks_of
from hushflake.schema.model import Entity

from .base import Base
from .columns import key_sql
from .errors import KnowledgeMistakeError
from .keys import stored_key
from .passage_sql import Passage, columns_sql, passage_of


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

    def work(readable: Sequence[Entity]) -> Passages:
        # What was refused a moment ago may be granted by now.
        if len(readable) < 2 and not base.access.can_read(child):
            raise base.access.unreadable((child,))
        return _read(base, entity, child, key, number, around)

    found, _ = base.access.over((entity, child), work)
    return found


def _read(
    base: Base, entity: Entity, child: Entity, key: str, number: int, around: int
) -> Passages:
    stored = stored_key(base, entity, key)
    if stored is None:
        raise KnowledgeMistakeError(f"{entity.name} has no row with this key")
    rows = base.session.query(
        f"SELECT {columns_sql(child)}, COUNT(*) OVER () AS TOTAL\n"
        f"FROM {child.table} AS C WHERE {key_sql(entity, 'C')} = ?\n"
        f"QUALIFY C.{CHUNK_NUMBER} BETWEEN {int(number) - around} AND {int(number) + around}\n"
        f"ORDER BY C.{CHUNK_NUMBER}",
        (stored,),
    )
    found = tuple(p for p in map(passage_of, rows) if p is not None)
    if not any(item.number == number for item in found):
        raise KnowledgeMistakeError(f"the row has no passage {number}")
    return Passages(found, int(rows[0]["TOTAL"]))


def cut_fields(entity: Entity) -> Iterable[str]:
    """Return the names of the fields that passages are cut from, in lower case."""
    chunks = entity.embedding.chunks if entity.embedding is not None else None
    return tuple(name.text.lower() for name in chunks.fields) if chunks is not None else ()
