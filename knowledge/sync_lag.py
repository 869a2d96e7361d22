"""How far the sync is behind: rows that changed here and were not yet taken to Notion.

Read from what the sync keeps in the account of the stack, so that every machine sees the same. A
change that only Notion knows of is not seen: nobody asks Notion here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hushflake.deploy.errors import StatementError
from hushflake.schema.names import literal
from hushflake.sync.account.tables import Tables, key_sql
from hushflake.sync.errors import SyncMistakeError
from hushflake.sync.mapping import EntityMap, maps_of

from .base import Base
from .columns import UPDATED_AT
from .errors import HiddenSyncError, NotSyncedError


@dataclass(frozen=True)
class SyncLag:
    """How far the sync of an entity is behind.

    Attributes:
        waiting: Rows that changed, and operations that were begun and not ended.
        since: When the one that waits longest changed or began; None when none waits, or when
            only deleted rows do.
        synced_at: When the sync last wrote something for the entity; None: never.
        conflicts: Edits that did not come through and wait for a person.
        stale: Its stream is stale or gone: the next sync compares everything.
    """

    entity: str
    waiting: int
    since: datetime | None
    synced_at: datetime | None
    conflicts: int
    stale: bool


def sync_lags(base: Base) -> tuple[SyncLag, ...]:
    """Return the lag of every entity that is kept in step with Notion.

    Raises:
        NotSyncedError: Entities are mapped, but the sync is not set up on this stack.
        HiddenSyncError: The account refuses it, as it does when the role may not.
    """
    try:
        return _lags(base)
    except StatementError as error:
        raise HiddenSyncError(f"the sync's lag cannot be read: {error}") from None


def _lags(base: Base) -> tuple[SyncLag, ...]:
    tables = Tables(base.session, base.stack.database)
    try:
        maps = maps_of(base.entities.values(), base.stack)
        stale = tables.glance(maps).stale if maps else frozenset()
    except SyncMistakeError as error:
        raise NotSyncedError(str(error).splitlines()[0]) from None
    if not maps:
        return ()
    fresh = [of for of in maps if of.entity not in stale]
    waiting = {row["ENTITY"]: row for row in base.session.query(_waiting_sql(tables, fresh, maps))}
    notes = {row["ENTITY"]: row for row in base.session.query(_notes_sql(tables))}
    return tuple(
        SyncLag(
            of.entity,
            int(waiting.get(of.entity, {}).get("WAITING") or 0),
            waiting.get(of.entity, {}).get("SINCE"),
            notes.get(of.entity, {}).get("SYNCED_AT"),
            int(notes.get(of.entity, {}).get("CONFLICTS") or 0),
            of.entity in stale,
        )
        for of in maps
    )


def _waiting_sql(tables: Tables, fresh: Sequence[EntityMap], maps: Sequence[EntityMap]) -> str:
    parts = [*_streamed(tables, fresh), *_reported(tables, maps)]
    parts.append(f"SELECT ENTITY, BEGUN_AT AS SINCE FROM {tables.name('OPERATIONS')}")
    union = "\nUNION ALL\n".join(parts)
    return (
        "SELECT ENTITY, COUNT(*) AS WAITING, MIN(SINCE) AS SINCE\n"
        f"FROM (\n{union}\n) AS WAITS\nGROUP BY ENTITY"
    )


def _streamed(tables: Tables, maps: Sequence[EntityMap]) -> Iterator[str]:
    """What the streams report; a SELECT leaves it in them. Deleted rows have no time of that."""
    for of in maps:
        yield (
            f"SELECT {literal(of.entity)} AS ENTITY, "
            f"CASE WHEN METADATA$ACTION = 'INSERT' THEN {UPDATED_AT} END AS SINCE\n"
            f"FROM {tables.stream(of)} WHERE METADATA$ACTION = 'INSERT' OR NOT METADATA$ISUPDATE"
        )


def _reported(tables: Tables, maps: Sequence[EntityMap]) -> Iterator[str]:
    """What was taken from the streams and is not dealt with."""
    for of in maps:
        yield (
            f"SELECT C.ENTITY AS ENTITY, R.{UPDATED_AT} AS SINCE\n"
            f"FROM {tables.name('CHANGES')} AS C\n"
            f"LEFT JOIN {of.table} AS R ON C.SYNC_ID = {key_sql(of, 'R')}\n"
            f"WHERE C.ENTITY = {literal(of.entity)}"
        )


def _notes_sql(tables: Tables) -> str:
    return (
        "SELECT ENTITY, MAX(FINISHED_AT) AS SYNCED_AT, MAX(CONFLICTS) AS CONFLICTS FROM (\n"
        f"SELECT ENTITY, FINISHED_AT, 0 AS CONFLICTS FROM {tables.name('CYCLES')}\n"
        "UNION ALL\n"
        "SELECT ENTITY, NULL AS FINISHED_AT, COUNT(*) AS CONFLICTS\n"
        f"FROM {tables.name('CONFLICTS')} WHERE STATUS = 'open' GROUP BY ENTITY\n"
        ") AS SEEN GROUP BY ENTITY"
    )
