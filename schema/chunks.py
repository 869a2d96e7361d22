"""Long texts in chunks: the child table of an entity, and the statement that keeps it in step.

The child is an entity of its own to everything that embeds and searches: its key is that of the row
and the id of the chunk, and it has the same columns and task as any other. What differs is where
its rows come from: a task cuts them (`cutting.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from .model import Chunks, Entity, Field
from .names import Identifier, QualifiedName

CHUNK_ID: Final = Identifier("CHUNK_ID")
CHUNK_NUMBER: Final = Identifier("CHUNK_NUMBER")
CHUNK_FIELD: Final = Identifier("CHUNK_FIELD")
CHUNK_HEADING: Final = Identifier("CHUNK_HEADING")
CHUNK_TEXT: Final = Identifier("CHUNK_TEXT")
SOURCE_HASH: Final = Identifier("SOURCE_HASH")
COLUMNS: Final = (CHUNK_ID, CHUNK_NUMBER, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT, SOURCE_HASH)
# What a chunk is embedded as: a passage without its headings says little of its subject.
TEXT: Final = "{chunk_heading}: {chunk_text}"
# Characters of a heading path; what a chunk may have of the model's window beside its text.
HEADING_CHARACTERS: Final = 400
_HEADING: Final = "VARCHAR(400)"
_TEXT_TYPE: Final = "VARCHAR(16777216)"


def chunks_of(entity: Entity) -> Entity | None:
    """The child of an entity whose long fields are cut; None when it has no chunks."""
    embedding = entity.embedding
    if embedding is None or embedding.chunks is None:
        return None
    name = f"{entity.name}_CHUNKS"
    return Entity(
        name=name,
        table=entity.table.parent.child(name),
        key=(*entity.key, CHUNK_ID),
        fields=tuple(_fields(entity, embedding.chunks)),
        description=f"Passages of {entity.name}: kept by its task, not to be written",
        embedding=replace(embedding, text=TEXT, chunks=None),
        stream=entity.table.parent.child(f"{name}_EMBED_STREAM"),
        task=entity.table.parent.child(f"{name}_EMBED_TASK"),
        transient=entity.transient,
        data_retention_days=entity.data_retention_days,
        protect=entity.protect,
        renamed_from=_former_chunks(entity),
        row_access=entity.row_access,
        acl=entity.acl,
        parent=entity,
        at=entity.at,
    )


def _former_chunks(entity: Entity) -> QualifiedName | None:
    old = entity.renamed_from
    return old.parent.child(f"{old.last.text}_CHUNKS") if old is not None else None


def with_chunks(entities: Iterable[Entity]) -> Iterator[Entity]:
    """Each entity, and its child behind it."""
    for entity in entities:
        yield entity
        child = chunks_of(entity)
        if child is not None:
            yield child


def cut_stream(entity: Entity) -> QualifiedName:
    """The stream on an entity that its cutting consumes."""
    return entity.table.parent.child(f"{entity.name}_CHUNK_STREAM")


def left_stream(entity: Entity) -> QualifiedName:
    """The stream on the chunks of an entity that makes its cutting go on: a run that cut rows may
    have left others."""
    return entity.table.parent.child(f"{entity.name}_CHUNKS_CUT_STREAM")


def cut_task(entity: Entity) -> QualifiedName:
    """The task that cuts the rows of an entity."""
    return entity.table.parent.child(f"{entity.name}_CHUNK_TASK")


def _fields(entity: Entity, chunks: Chunks) -> Iterator[Field]:
    fields = {item.name: item for item in entity.fields}
    for name in entity.key:
        yield Field(name, fields[name].type, required=True, description="Of the row")
    for name in carried(entity):
        column = Field(name, fields[name].type, description="Of the row, for its row access policy")
        yield _like(column, [fields[name]])
    cut = [fields[name] for name in chunks.fields]
    title = [fields[entity.title]] if entity.title is not None else []
    yield Field(CHUNK_ID, "VARCHAR(64)", required=True, description="Of field, heading and text")
    yield Field(
        CHUNK_NUMBER, "NUMBER(38, 0)", required=True, description="Place in the row, from 1"
    )
    yield Field(CHUNK_FIELD, "VARCHAR(256)", required=True, description="Field that it is cut from")
    yield _like(Field(CHUNK_HEADING, _HEADING, description="Title and headings above it"), title)
    yield _like(Field(CHUNK_TEXT, _TEXT_TYPE, required=True, description="Its text"), cut)
    yield Field(SOURCE_HASH, "VARCHAR(64)", description="Of the row when it was cut; on chunk 1")


def _like(column: Field, sources: list[Field]) -> Field:
    """A column that is protected and tagged as the fields that its text comes from."""
    policies = [item.masking_policy for item in sources if item.masking_policy is not None]
    tags = {tagged.tag.sql: tagged for item in sources for tagged in item.tags}
    pii = next((item.pii for item in sources if item.pii is not None), None)
    return replace(
        column, masking_policy=policies[0] if policies else None, tags=tuple(tags.values()), pii=pii
    )


def carried(entity: Entity) -> tuple[Identifier, ...]:
    """Columns of the row that its chunks have too, because the row access policy reads them."""
    on = entity.row_access.on if entity.row_access is not None else ()
    return tuple(name for name in on if name not in entity.key)


def search_text_sql(prefix: str) -> str:
    """What a chunk is to a search service."""
    return f"{prefix}{CHUNK_HEADING} || ': ' || {prefix}{CHUNK_TEXT}"


def chunks_in(entity: Entity) -> Chunks:
    """How the rows of an entity are cut, which has chunks."""
    assert entity.embedding is not None
    assert entity.embedding.chunks is not None
    return entity.embedding.chunks
