"""Mappings for the tests of the pure engine, without a project."""

from collections.abc import Sequence

from hushflake.schema.notion import Brake
from hushflake.sync.mapping import Column, EntityMap
from hushflake.sync.properties import property_types
from hushflake.sync.types import BODY, FieldMap, Owner


def field(
    column: str, sql_type: str = "VARCHAR(100)", kind: str = "rich_text", **more: object
) -> FieldMap:
    settings = {
        "column": column,
        "sql": column,
        "type": sql_type,
        "property_name": "" if kind == BODY else column.title(),
        "kind": kind,
        "converter": property_types()[kind],
        **more,
    }
    return FieldMap(**settings)  # type: ignore[arg-type]


def entity_map(
    fields: Sequence[FieldMap],
    *,
    key: str = "ID",
    key_type: str = "VARCHAR(64)",
    winner: Owner = "notion",
    brake: Brake | None = None,
) -> EntityMap:
    column = Column(key, key, key_type)
    others = tuple(Column(item.column, item.sql, item.type) for item in fields)
    return EntityMap(
        entity="THINGS",
        table="DB.S.THINGS",
        data_source="0" * 32,
        key=(column,),
        fields=tuple(fields),
        columns=(column, *(item for item in others if item.name != key)),
        winner=winner,
        brake=brake or Brake(),
    )
