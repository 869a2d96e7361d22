"""Single rows and recent changes: what a reader asks for after a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import UPDATED_AT, data_columns, key_sql, title_sql
from .errors import KnowledgeMistakeError, require_text


@dataclass(frozen=True)
class Row:
    """One row of an entity.

    Attributes:
        values: Field in lower case -> value, without those that are NULL.
        source_ids: Source system's column in lower case -> id.
    """

    entity: str
    key: str
    title: str
    values: Mapping[str, Any]
    source_ids: Mapping[str, str]
    updated_at: datetime | None


@dataclass(frozen=True)
class Change:
    """A row that was written."""

    entity: str
    key: str
    title: str
    updated_at: datetime


@dataclass(frozen=True)
class Changes:
    """Rows that were written, newest first.

    Attributes:
        left_out: Names of entities that the session may not read.
    """

    rows: tuple[Change, ...]
    left_out: tuple[str, ...] = ()


def get_row(base: Base, entity_name: str, key: str) -> Row:
    """Return the row of an entity with this key.

    Raises:
        UnknownEntityError: No such entity.
        UnreadableError: The entity cannot be read.
        KnowledgeMistakeError: No such row.
    """
    require_text(key, "the key")
    row, _ = base.access.over((base.entity(entity_name),), lambda some: _get(base, some[0], key))
    return row


def _get(base: Base, entity: Entity, key: str) -> Row:
    columns = ", ".join(f"R.{column.sql}" for column in data_columns(entity))
    rows = base.session.query(
        f"SELECT {columns}, R.{UPDATED_AT}, {title_sql(entity, 'R')} AS HUSHFLAKE_TITLE\n"
        f"FROM {entity.table.sql} AS R WHERE {key_sql(entity, 'R')} = ? LIMIT 1",
        (key,),
    )
    if not rows:
        raise KnowledgeMistakeError(f"{entity.name} has no row with this key")
    return _row(entity, key, rows[0])


def _row(entity: Entity, key: str, found: Mapping[str, Any]) -> Row:
    ids = {name.text for name in entity.source_ids}
    given = {name: value for name, value in found.items() if value is not None}
    fields = {field.name.text for field in entity.fields}
    return Row(
        entity=entity.name,
        key=key,
        title=str(found["HUSHFLAKE_TITLE"]),
        values={name.lower(): value for name, value in given.items() if name in fields},
        source_ids={name.lower(): str(value) for name, value in given.items() if name in ids},
        updated_at=found[UPDATED_AT],
    )


def changes_since(
    base: Base, moment: datetime, entities: Sequence[str] = (), limit: int = 100
) -> Changes:
    """Return the rows written after a moment, newest first.

    Deleted rows leave no trace here.

    Raises:
        UnknownEntityError: No such entity.
        UnreadableError: None of the entities can be read.
    """
    found, left_out = base.access.over(
        base.chosen(entities), lambda readable: _changes(base, moment, readable, limit)
    )
    return Changes(tuple(found), left_out)


def _changes(base: Base, moment: datetime, entities: Sequence[Entity], limit: int) -> list[Change]:
    parts = [
        f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity, 'R')} AS ENTITY_KEY, "
        f"{title_sql(entity, 'R')} AS TITLE, R.{UPDATED_AT} AS CHANGED_AT\n"
        f"FROM {entity.table.sql} AS R WHERE R.{UPDATED_AT} > TO_TIMESTAMP_TZ(?)"
        for entity in entities
    ]
    sql = "\nUNION ALL\n".join(parts)
    rows = base.session.query(
        f"SELECT * FROM (\n{sql}\n)\n"
        f"ORDER BY CHANGED_AT DESC, ENTITY, ENTITY_KEY LIMIT {int(limit)}",
        [moment.isoformat(sep=" ")] * len(parts),
    )
    return [
        Change(row["ENTITY"], row["ENTITY_KEY"], str(row["TITLE"]), row["CHANGED_AT"])
        for row in rows
    ]
