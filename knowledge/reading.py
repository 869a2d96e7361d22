"""Single rows and recent changes: what a reader asks for after a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hushflake.deploy.errors import StatementError
from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import UPDATED_AT, data_columns, key_sql, title_sql
from .errors import KnowledgeMistakeError, require_text
from .keys import stored_key


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
    """A row that was written; `updated_at` is None where its writer did not say when."""

    entity: str
    key: str
    title: str
    updated_at: datetime | None


@dataclass(frozen=True)
class Gone:
    """A row that was deleted."""

    entity: str
    key: str
    title: str


@dataclass(frozen=True)
class Changes:
    """Rows that were written, newest first, and rows that were deleted.

    Attributes:
        deleted: By entity and key.
        unknown: Names of entities whose deletions since the moment are not kept any more.
        left_out: Names of entities that the session may not read.
    """

    rows: tuple[Change, ...]
    deleted: tuple[Gone, ...] = ()
    unknown: tuple[str, ...] = ()
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
    stored = stored_key(base, entity, key)
    if stored is None:
        raise KnowledgeMistakeError(f"{entity.name} has no row with this key")
    columns = ", ".join(f"R.{column.sql}" for column in data_columns(entity))
    rows = base.session.query(
        f"SELECT {columns}, R.{UPDATED_AT}, {title_sql(entity, 'R')} AS HUSHFLAKE_TITLE\n"
        f"FROM {entity.table.sql} AS R WHERE {key_sql(entity, 'R')} = ? LIMIT 1",
        (stored,),
    )
    if not rows:
        raise KnowledgeMistakeError(f"{entity.name} has no row with this key")
    return _row(entity, stored, rows[0])


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
    """Return the rows written after a moment, newest first, and those deleted since.

    Args:
        base: An open knowledge base.
        moment: With a zone.
        entities: Names; none: all.
        limit: Rows of each kind, at most.

    Raises:
        UnknownEntityError: No such entity.
        UnreadableError: None of the entities can be read.
    """

    def work(readable: Sequence[Entity]) -> Changes:
        rows = _changes(base, moment, readable, limit)
        gone: list[Gone] = []
        unknown = []
        for entity in readable:
            found = _kept(base, moment, entity, limit)
            if found is None:
                unknown.append(entity.name)
                continue
            gone += found[0]
            rows += found[1]
        return Changes(tuple(rows[:limit]), tuple(gone[:limit]), tuple(unknown))

    found, left_out = base.access.over(base.chosen(entities), work)
    return replace(found, left_out=left_out)


def _kept(
    base: Base, moment: datetime, entity: Entity, limit: int
) -> tuple[list[Gone], list[Change]] | None:
    """Return what only the kept changes of a table tell; None where they are not kept so long.

    The rows that it had at a moment and has no more, and rows without UPDATED_AT: writers that do
    not know the column, in a table that was there before it, leave it empty. The changes of a table
    are kept since its creation, as far back as time travel reaches (Snowflake documentation,
    "CHANGES").
    """
    at = literal(_in_utc(moment).isoformat(sep=" "))
    sql = (
        "SELECT * FROM (\n"
        f"SELECT {key_sql(entity, 'R')} AS ENTITY_KEY, {title_sql(entity, 'R')} AS TITLE, "
        "R.METADATA$ACTION = 'DELETE' AS IS_GONE\n"
        f"FROM {entity.table.sql} CHANGES(INFORMATION => DEFAULT) "
        f"AT(TIMESTAMP => {at}::TIMESTAMP_TZ) AS R\n"
        "WHERE (R.METADATA$ACTION = 'DELETE' AND NOT R.METADATA$ISUPDATE)\n"
        f"  OR (R.METADATA$ACTION = 'INSERT' AND R.{UPDATED_AT} IS NULL)\n)\n"
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY IS_GONE ORDER BY ENTITY_KEY) <= {int(limit)}\n"
        "ORDER BY ENTITY_KEY"
    )
    try:
        rows = base.session.query(sql)
    except StatementError:
        return None
    names = [(str(row["ENTITY_KEY"]), str(row["TITLE"]), bool(row["IS_GONE"])) for row in rows]
    gone = [Gone(entity.name, key, title) for key, title, is_gone in names if is_gone]
    return gone, [Change(entity.name, key, title, None) for key, title, is_gone in names
                  if not is_gone]  # fmt: skip


def _in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one that UTC puts beyond the years 1 to 9999 stops at that edge."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return first if moment.year == 1 else last


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
        [_in_utc(moment).isoformat(sep=" ")] * len(parts),
    )
    return [
        Change(row["ENTITY"], row["ENTITY_KEY"], str(row["TITLE"]), row["CHANGED_AT"])
        for row in rows
    ]
