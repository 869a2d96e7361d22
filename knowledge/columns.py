"""Which columns of an entity's table are data, and which the product keeps for itself."""

import re
from typing import Final, NamedTuple

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

UPDATED_AT = "UPDATED_AT"
EMBEDDING = "EMBEDDING"
CONTENT_HASH = "CONTENT_HASH"
EMBEDDED_AT = "EMBEDDED_AT"
SEARCH_TOKENS = "SEARCH_TOKENS"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_SOURCE_ID_TYPE = "VARCHAR(128)"


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
    ids = [Column(item.text, item.sql, _SOURCE_ID_TYPE, False) for item in entity.source_ids]
    return (*fields, *ids)


def key_sql(entity: Entity, alias: str = "") -> str:
    """Return SQL of the row's key as one text: several columns are joined by `|`."""
    prefix = f"{alias}." if alias else ""
    parts = [f"{prefix}{column.sql}" for column in entity.key]
    if len(parts) == 1:
        return f"TO_VARCHAR({parts[0]})"
    return " || '|' || ".join(f"TO_VARCHAR({part})" for part in parts)


def content_sql(entity: Entity) -> str:
    """Return SQL of the text that stands for a row: what its embedding is made of."""
    if entity.embedding is None:
        return title_sql(entity)
    # Text and placeholders alternate: split by the placeholder, every second part is a field.
    parts = [
        _or_empty(entity.field_named(part).name.sql) if place % 2 else literal(part)
        for place, part in enumerate(_PLACEHOLDER.split(entity.embedding.text))
        if part
    ]
    return " || ".join(parts)


def title_sql(entity: Entity) -> str:
    """Return SQL of a row's title: the declared field, or else its key."""
    if entity.title is None:
        return key_sql(entity)
    return f"COALESCE(TO_VARCHAR({entity.title.sql}), {key_sql(entity)})"


def _or_empty(column: str) -> str:
    return f"COALESCE(TO_VARCHAR({column}), '')"
