"""Fields of entities that a tag masks: known once all tags are, and what is made of their text.

The columns that the knowledge platform derives of a text (words, vector, hashes, chunks) bear no
tag of the field, and a masking policy is given to them only for a field that names one itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from .acl import masked_in_text
from .errors import SchemaError
from .kinds.table_spec import Table
from .kinds.tag_masking import masked_by_tags
from .model import Entity, Field
from .resource import Resource
from .values import Key


def with_tag_masks(
    resources: Mapping[Key, Resource], entities: Iterable[Entity]
) -> Iterator[Entity]:
    """Yield the entities with fields that tags mask, and these named."""
    for entity in entities:
        resource = resources.get(Key("table", entity.table.sql))
        if resource is not None and isinstance(resource.spec, Table):
            masked = {column for column, _ in masked_by_tags(resource.spec, resources)}
            names = tuple(item.name for item in entity.fields if item.name in masked)
            if names:
                yield replace(entity, masked_by_tags=names)


def shown_texts(entities: Iterable[Entity]) -> Iterator[SchemaError]:
    """Yield a mistake for each entity whose derived columns would show what a tag masks."""
    for entity in entities:
        shown = next((f for f in _derived(entity) if f.masking_policy is None), None)
        if shown is not None:
            yield SchemaError(
                f"{entity.name}: a tag masks {shown.name.text.lower()}, but what is made of its "
                "text (SEARCH_TOKENS, EMBEDDING, hashes, chunks) shows it to every reader",
                "name the policy at the field too (masking_policy: POLICY), or leave the field out "
                "of the text",
                entity.at,
            )


def _derived(entity: Entity) -> Iterator[Field]:
    """The masked fields that something is derived of."""
    yield from masked_in_text(entity)
    chunks = entity.embedding.chunks if entity.embedding is not None else None
    cut = (*chunks.fields, entity.title) if chunks is not None else ()
    yield from (f for f in entity.fields if f.name in entity.masked_by_tags and f.name in cut)
