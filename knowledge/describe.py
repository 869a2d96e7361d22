"""What the entities of a project are, in words, for whoever does not know the definitions."""

from dataclasses import dataclass
from typing import Final

from hushflake.schema.model import Entity, Field

_LONG: Final = 300  # characters; nobody asks for a whole text by its equal
_MOST_FILTERS: Final = 12
_WORDS: Final = {
    "FLOAT": "number",
    "BOOLEAN": "true or false",
    "DATE": "date",
    "TIMESTAMP_NTZ": "moment",
    "TIMESTAMP_LTZ": "moment",
    "TIMESTAMP_TZ": "moment",
}


@dataclass(frozen=True)
class FieldWords:
    """A field.

    Attributes:
        name: In lower case.
        type: In words; a type that has none as Snowflake spells it.
        references: `ENTITY.field` that its values are keys of, or None.
    """

    name: str
    type: str
    description: str
    required: bool
    references: str | None


@dataclass(frozen=True)
class EntityWords:
    """An entity.

    Attributes:
        key: Fields that make up its key.
        title: The field that rows are called by, or None.
        filters: Names of fields that are worth filtering on; every field can be.
        source_ids: Its ids in other systems.
    """

    name: str
    description: str
    key: tuple[str, ...]
    title: str | None
    fields: tuple[FieldWords, ...]
    filters: tuple[str, ...]
    source_ids: tuple[str, ...]


def in_words(entity: Entity) -> EntityWords:
    """Describe an entity."""
    keys = set(entity.key)
    return EntityWords(
        name=entity.name,
        description=entity.description,
        key=tuple(name.text.lower() for name in entity.key),
        title=entity.title.text.lower() if entity.title is not None else None,
        fields=tuple(
            FieldWords(
                item.name.text.lower(),
                _type(item),
                item.description,
                item.required or item.name in keys,
                _reference(item),
            )
            for item in entity.fields
        ),
        filters=tuple(item.name.text.lower() for item in _filters(entity)),
        source_ids=tuple(name.text.lower() for name in entity.source_ids),
    )


def _filters(entity: Entity) -> tuple[Field, ...]:
    """The attributes of the entity's search; without any, its shorter fields."""
    if entity.search is not None and entity.search.attributes:
        wanted = set(entity.search.attributes)
        return tuple(item for item in entity.fields if item.name in wanted)
    return tuple(item for item in entity.fields if not _is_long(item))[:_MOST_FILTERS]


def _is_long(item: Field) -> bool:
    size = item.type.partition("(")[2].rstrip(")")
    return item.is_text and size.isdigit() and int(size) > _LONG


def _reference(item: Field) -> str | None:
    if item.references is None:
        return None
    entity, name = item.references
    return f"{entity}.{name.text.lower()}"


def _type(item: Field) -> str:
    if item.is_text:
        return "text"
    base, _, size = item.type.partition("(")
    if base == "NUMBER":
        scale = size.rstrip(")").rpartition(",")[2].strip()
        return "whole number" if scale in ("", "0") else "number"
    return _WORDS.get(base, item.type.lower())
