"""Edits that did not come through: listed, and put right."""

import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from hushflake.deploy.errors import LockedError
from hushflake.deploy.lock import Lock

from .account.rows import Rows
from .account.store import Store
from .columns import fit
from .errors import BusyError, SyncMistakeError
from .mapping import EntityMap
from .types import FieldMap, Lookup, Refused, RowWrite, Value, normal

Take = Literal["notion", "snowflake"]
_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Recorded:
    """A conflict as the table has it."""

    id: str
    entity: str
    key: str
    page_id: str
    field: str
    base: Any
    notion: Any
    snowflake: Any
    winner: str
    rule: str
    status: str
    detected_at: Any
    resolution: str | None


def recorded(
    store: Store,
    *,
    entities: Iterable[str] = (),
    resolved: bool = False,
    limit: int = 200,
    beginning: str = "",
) -> list[Recorded]:
    """Return the conflicts of a stack, newest first.

    Args:
        resolved: Also those that were resolved.
        beginning: How their ids begin.
    """
    where = [] if resolved else ["STATUS = 'open'"]
    bound = sorted(set(entities))
    if bound:
        where.append(f"ENTITY IN ({', '.join('?' * len(bound))})")
    if beginning:
        where.append("STARTSWITH(ID, ?)")
        bound.append(beginning)
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    sql = (
        f"SELECT * FROM {store.tables.name('CONFLICTS')}{condition} "
        f"ORDER BY DETECTED_AT DESC, ID LIMIT {int(limit)}"
    )
    return [_recorded(row) for row in store.session.query(sql, bound)]


def resolve(
    store: Store,
    maps: Sequence[EntityMap],
    identities: Sequence[str],
    take: Take,
    lookup: Lookup,
    *,
    over_newer: bool = False,
) -> list[Recorded]:
    """Let a side's value stand, and mark the conflicts as resolved.

    The value goes into the row, as an edit would; the next cycle takes it to the page.

    Args:
        over_newer: Whether it also goes over an edit that came after the conflict.

    Raises:
        SyncMistakeError: No such open conflict, several that begin so, a value that the row cannot
            hold, a field that was edited since, or a row that somebody else writes right now.
        BusyError: A sync is at work, and the pair had to be changed.
    """
    by_entity = {of.entity: of for of in maps}
    done = []
    for identity in identities:
        found = _meant(store, identity)
        of = by_entity.get(found.entity)
        if of is None:
            raise SyncMistakeError(f"{found.entity} has no notion: mapping any more")
        with ExitStack() as held, store.session.transaction():
            if take != found.winner:
                _put(store, of, found, take, lookup, held, over_newer=over_newer)
            store.session.execute(
                f"UPDATE {store.tables.name('CONFLICTS')} SET STATUS = 'resolved', "
                "RESOLVED_AT = CURRENT_TIMESTAMP(), RESOLUTION = ? "
                "WHERE ID = ? AND ENTITY = ? AND STATUS = 'open'",
                (take, found.id, found.entity),
            )
        done.append(found)
    return done


def _meant(store: Store, identity: str) -> Recorded:
    """Return the one open conflict whose id begins so."""
    fitting = recorded(store, beginning=identity) if identity else []
    fitting = [item for item in fitting if item.id == identity] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise SyncMistakeError(
            f"there is no open conflict {identity!r}: `hushflake sync conflicts` lists them"
        )
    raise SyncMistakeError(
        f"{len(fitting)} open conflicts begin with {identity!r}: say more of the id; "
        "`hushflake sync conflicts list --format json` shows it whole"
    )


def _put(
    store: Store,
    of: EntityMap,
    found: Recorded,
    take: Take,
    lookup: Lookup,
    held: ExitStack,
    *,
    over_newer: bool,
) -> None:
    """Write the loser's value into the row; for `*`, delete the row that an edit had saved."""
    rows = Rows(of, store.session)
    row = rows.read([found.key]).get(found.key)
    if row is None:
        raise SyncMistakeError(f"{of.entity} has no row {found.key} any more: nothing to write to")
    if found.field == "*":
        rows.write([(found.key, RowWrite("delete", {}, row))])
        if found.key in rows.read([found.key]):
            raise _moved(of, found)
        return
    item = of.by_column.get(found.field)
    if item is None:
        raise SyncMistakeError(f"{found.field} is not in the notion: mapping any more")
    if take == "snowflake" and item.master == "notion":
        raise SyncMistakeError(f"{found.field.lower()} belongs to Notion: change it there")
    if take == "notion" and item.is_key:
        raise SyncMistakeError(f"{found.field.lower()} is part of the key: a key is never changed")
    said: Value = normal(found.snowflake if take == "snowflake" else found.notion)
    value = item.inward(said, lookup) if take == "notion" else fit(said, item.type)
    if isinstance(value, Refused):
        raise SyncMistakeError(f"{found.field.lower()} cannot hold it: it {value.reason}")
    present = row.values.get(item.column)
    if not over_newer and present != value and present not in _known(item, found, lookup):
        raise SyncMistakeError(
            f"{found.field.lower()} of {of.entity} {found.key} was edited after this conflict: "
            "look at the row; --over-newer puts the conflict's value in its place all the same"
        )
    if take == "snowflake" and present == value:
        held.enter_context(_locked(store))
        _send_again(store, of, found, item, value, lookup)
        return
    rows.write([(found.key, RowWrite("update", {item.column: value}, row))])
    # A row is written only as it was read: what came in between must not count as put right.
    after = rows.read([found.key]).get(found.key)
    if after is None or after.values.get(item.column) != value:
        raise _moved(of, found)


@contextmanager
def _locked(store: Store) -> Iterator[None]:
    """Keep cycles away while a pair is changed: they write pairs too."""
    with store.session.fork() as session:
        holder = f"{socket.gethostname()}:{os.getpid()} resolving a conflict"
        lock = Lock(session, store.tables.name("LOCK"), holder)
        try:
            lock.take(_WAIT_SECONDS)
        except LockedError:
            raise BusyError(
                "a sync of this stack is at work, and nothing was changed: resolve the conflict "
                "when its cycle is over"
            ) from None
        try:
            yield
        finally:
            lock.release()


def _send_again(
    store: Store, of: EntityMap, found: Recorded, item: FieldMap, value: Value, lookup: Lookup
) -> None:
    """Let the next cycle take a value to the page that the page could not hold before.

    The row has it already, so there is nothing to write: the pair is put back to what the page
    says, against which the row has changed.
    """
    name = item.column.lower()
    crossed = item.outward(value, lookup)
    if isinstance(crossed, Refused):
        raise SyncMistakeError(
            f"the page of {of.entity} {found.key} still cannot hold {name}: {crossed.reason}"
        )
    link = store.links(of.entity, [found.key]).get(found.key)
    if link is None or link.row.get(item.column) != value:
        return  # it is on its way with the next cycle as it is
    says = link.page.get(item.column)
    if says == crossed:
        return
    base = item.inward(says, lookup)
    before = None if isinstance(base, Refused) else base
    if before == value:
        raise SyncMistakeError(
            f"{name} of {of.entity} {found.key} is empty on this side: change it on one of them"
        )
    store.put_links(of, [replace(link, row={**link.row, item.column: before})])
    store.keep(of.entity, [found.key])
    store.finish(of.entity, {"resolved": 1})


def _known(item: FieldMap, found: Recorded, lookup: Lookup) -> list[Value | Refused]:
    """Return what the row's field holds unless it was edited since: a value of the conflict."""
    ours = [fit(normal(value), item.type) for value in (found.base, found.snowflake)]
    return [item.inward(normal(found.notion), lookup), *ours]


def _moved(of: EntityMap, found: Recorded) -> SyncMistakeError:
    return SyncMistakeError(
        f"the row {found.key} of {of.entity} was written by somebody else just now: nothing was "
        "changed; look at it, and resolve the conflict again"
    )


def _recorded(row: Mapping[str, Any]) -> Recorded:
    def value(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    return Recorded(
        id=row["ID"],
        entity=row["ENTITY"],
        key=row["SYNC_ID"],
        page_id=row["PAGE_ID"] or "",
        field=row["FIELD"],
        base=value(row["BASE_VALUE"]),
        notion=value(row["NOTION_VALUE"]),
        snowflake=value(row["SNOWFLAKE_VALUE"]),
        winner=row["WINNER"],
        rule=row["RULE"],
        status=row["STATUS"],
        detected_at=row["DETECTED_AT"],
        resolution=row["RESOLUTION"],
    )


__all__ = ["Recorded", "Take", "recorded", "resolve"]
