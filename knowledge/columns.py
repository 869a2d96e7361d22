"""Which columns of an entity's table are data, and which the product keeps for itself."""

from typing import NamedTuple

from hushflake.schema.embedding import text_sql
from hushflake.schema.expand import SOURCE_ID_TYPE
from hushflake.schema.model import Entity

UPDATED_AT = "UPDATED_AT"
EMBEDDING = "EMBEDDING"
CONTENT_HASH = "CONTENT_HASH"
EMBEDDED_AT = "EMBEDDED_AT"
SEARCH_TOKENS = "SEARCH_TOKENS"
EMBEDDING_FAILURE = "EMBEDDING_FAILURE"


class Column(NamedTuple):
    """A column that a data file may fill.

    Attributes:
        name: As Snowflake stores it.
        sql: As it is spelled in a statement.
        type: Normalised Snowflake type.
        required: A row without it is refused.
    """

    name: str
    sql: str
    type: str
    required: bool

    @property
    def is_text(self) -> bool:
        return self.type.startswith("VARCHAR")


def data_columns(entity: Entity) -> tuple[Column, ...]:
    """Return the columns of the entity that hold data: its fields, then its source ids."""
    keys = set(entity.key)
    fields = [
        Column(field.name.text, field.name.sql, field.type, field.required or field.name in keys)
        for field in entity.fields
    ]
    ids = [Column(item.text, item.sql, SOURCE_ID_TYPE, False) for item in entity.source_ids]
    return (*fields, *ids)


def key_sql(entity: Entity, alias: str) -> str:
    """Return SQL of the row's key as one text: several columns are joined by `|`."""
    types = {field.name: field for field in entity.fields}
    parts = [
        f"{alias}.{name.sql}" if types[name].is_text else f"TO_VARCHAR({alias}.{name.sql})"
        for name in entity.key
    ]
    return " || '|' || ".join(parts)


def content_sql(entity: Entity, alias: str) -> str:
    """Return SQL of the text that stands for a row: what its embedding is made of."""
    return text_sql(entity, f"{alias}.") if entity.embedding else title_sql(entity, alias)


def title_sql(entity: Entity, alias: str) -> str:
    """Return SQL of a row's title: the declared field, or else its key."""
    key = key_sql(entity, alias)
    if entity.title is None:
        return key
    return f"COALESCE(TO_VARCHAR({alias}.{entity.title.sql}), {key})"
