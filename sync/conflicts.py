"""Edits that did not come through, put right."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final

from hushflake.deploy.errors import LockedError
from hushflake.deploy.lock import Lock

from .account.recorded import Recorded, on_pages, recorded
from .account.rows import Rows
from .account.store import Store
from .columns import fit
from .desk import Shown, Take
from .errors import BusyError, SyncMistakeError
from .mapping import EntityMap
from .types import FieldMap, Lookup, Refused, RowWrite, Value, normal

_WAIT_SECONDS: Final = 30.0


def resolve(
    store: Store,
    maps: Sequence[EntityMap],
    identities: Sequence[str],
    take: Take,
    lookup: Lookup,
    *,
    over_newer: bool = False,
    by: str = "",
) -> list[Recorded]:
    """Let a side's value stand, and mark the conflicts as resolved.

    The value goes into the row, as an edit would; the next cycle takes it to the page.

    Args:
        over_newer: Whether it also goes over an edit that came after the conflict.
        by: Who decided; "": the user of the session.

    Raises:
        SyncMistakeError: No such open conflict, several that begin so, a value that the row cannot
            hold, a field that was edited since, or a row that somebody else writes right now.
        BusyError: A sync is at work, and the pair had to be changed.
    """
    store.tables.check_width()
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
                "RESOLVED_AT = CURRENT_TIMESTAMP(), RESOLUTION = ?, "
                "RESOLVED_BY = COALESCE(NULLIF(?, ''), CURRENT_USER()) "
                "WHERE ID = ? AND ENTITY = ? AND STATUS = 'open'",
                (take, by, found.id, found.entity),
            )
            if of.conflicts is not None:
                # What its page shows is old now, which the next cycle sees by the version.
                store.finish(of.entity, {"resolved": found.id})
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


class OpenConflicts:
    """The open conflicts of an entity, to be settled where pages are edited; see `desk.py`.

    Args:
        lookup: Returns what crossing over needs to know now.
        names: User id -> a name that people know.
    """

    def __init__(
        self,
        store: Store,
        of: EntityMap,
        lookup: Callable[[], Lookup],
        names: Callable[[], Mapping[str, str]],
    ) -> None:
        self._store, self._of = store, of
        self._lookup, self._names = lookup, names

    def open(self) -> Mapping[str, Sequence[Recorded]]:
        """Return page id -> its open conflicts, the oldest first."""
        return on_pages(self._store, self._of.entity)

    def settle(self, conflict: Shown, take: Take, by: str) -> None:
        """Let a side's value stand."""
        who = f"{self._names().get(by, by) or 'somebody'}, in Notion"
        resolve(self._store, [self._of], [conflict.id], take, self._lookup(), by=who)


__all__ = ["OpenConflicts", "Recorded", "Take", "recorded", "resolve"]
