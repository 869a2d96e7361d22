"""A sync of a stack, put together: mappings, Notion, the account, what is remembered."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from hushflake.config import BusinessConfig, Secret, get_config_value
from hushflake.deploy.session import Session, Trace, connect
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.names import Identifier
from hushflake.schema.project import Project

from .account.store import Store
from .account.tables import Tables
from .cache import Cache
from .clock import Clock, SystemClock
from .conflicts import OpenConflicts
from .cycle import Sync
from .desk import Cleared, clear
from .errors import BusyError, SourceError, SyncMistakeError
from .mapping import EntityMap, maps_of
from .notion.adapter import NotionSource
from .notion.api import NotionApi, refuse_plain_http
from .notion.patience import REQUESTS_A_SECOND, Patience
from .options import Options
from .report import CycleReport
from .types import Lookup

TAG = "hushflake sync"
_WIDTH = 6  # contents read at once: at 3 requests a second enough for answers that take 2 s


def notion_api(
    *, clock: Clock | None = None, rate: float = REQUESTS_A_SECOND, budget: int | None = None
) -> NotionApi:
    """Return Notion with the token of the configuration (`NOTION_API_KEY`).

    Raises:
        SyncMistakeError: There is no token.
    """
    token: Secret | None = BusinessConfig.load().notion_api_key
    if token is None:
        raise SyncMistakeError(
            "there is no token for Notion: set NOTION_API_KEY to that of your connection, in the "
            "environment or in Pulumi ESC"
        )
    base_url = get_config_value("NOTION_BASE_URL") or "https://api.notion.com"
    refuse_plain_http(base_url)
    return NotionApi(token, base_url, Patience(clock or SystemClock(), rate, budget), _WIDTH)


@contextmanager
def open_store(
    project: Project, stack_name: str, *, entities: Iterable[str] = (), trace: Trace | None = None
) -> Iterator[tuple[tuple[EntityMap, ...], Store]]:
    """Yield the mappings of a stack and the state of its sync.

    Raises:
        SchemaError: Mistakes in the definitions.
        SyncMistakeError: No entity has a mapping; an unknown entity.
        DeployError: No session.
    """
    stack = load_stack(project, stack_name)
    desired = compile_stack(project, stack)
    mapped = sorted(e.name for e in desired.entities.values() if e.notion and e.notion.fields)
    if not mapped:
        raise SyncMistakeError(
            f"no entity of the project {project.name} has a notion: mapping: give one notion: "
            "{data_source: ID, fields: {…}}"
        )
    wanted = sorted({name.upper() for name in entities})
    unknown = [name for name in wanted if name not in mapped]
    if unknown:
        known = ", ".join(mapped)
        raise SyncMistakeError(f"{unknown[0]} has no notion: mapping; these have one: {known}")
    maps = maps_of(desired.entities.values(), stack, wanted)
    with connect(project, stack_name, trace=trace, tag=TAG, lasting=True) as session:
        yield maps, store_of(session, stack.database)


def store_of(session: Session, database: str) -> Store:
    """Return the state of the sync in a database."""
    return Store(Tables(session, Identifier.parse(database).sql))


@contextmanager
def open_sync(
    project: Project,
    stack_name: str,
    api: NotionApi,
    *,
    entities: Iterable[str] = (),
    options: Options | None = None,
    trace: Trace | None = None,
) -> Iterator[Sync]:
    """Yield a sync that is ready to run cycles; see `open_store` for what it raises."""
    with open_store(project, stack_name, entities=entities, trace=trace) as (maps, store):
        chosen = options or Options()
        if chosen.holder == "sync":
            chosen.holder = f"{socket.gethostname()}:{os.getpid()}"
        source = NotionSource(api)
        sync = Sync(
            stack_name,
            maps,
            source,
            store,
            Cache(project.make_local_data() / "sync", stack_name),
            chosen,
            afterwards=settling(source, store, maps),
        )
        try:
            yield sync
        finally:
            sync.close()


def lookup_for(
    maps: Iterable[EntityMap], store: Store, people: Callable[[], Mapping[str, str]] | None = None
) -> Lookup:
    """Return what crossing over needs to know.

    Args:
        people: Returns user id -> e-mail address; None: Notion is asked, where people are mapped.
    """
    fields = [item for of in maps for item in of.fields]
    pages = store.pages({item.entity for item in fields if item.kind == "relation"})
    addresses: Mapping[str, str] = {}
    if any(item.kind in ("people", "created_by", "last_edited_by") for item in fields):
        addresses = people() if people is not None else _asked_people()
    return Lookup(
        keys={page: key for found in pages.values() for key, page in found.items()},
        pages=pages,
        addresses=addresses,
        users={address: user for user, address in addresses.items()},
    )


def _asked_people() -> Mapping[str, str]:
    api = notion_api()
    try:
        return api.users()
    finally:
        api.close()


def settling(
    source: NotionSource, store: Store, maps: Iterable[EntityMap]
) -> Callable[[CycleReport], None]:
    """Return what settles, after a cycle, the conflicts that people decided in Notion."""
    by_entity = {of.entity: of for of in maps if of.conflicts is not None}

    def people() -> Mapping[str, str]:
        return source.people() or {}

    def run(report: CycleReport) -> None:
        for item in report.entities:
            of = by_entity.get(item.entity)
            board = source.board(of) if of is not None and not item.failures else None
            if of is None or board is None:
                continue
            docket = OpenConflicts(store, of, partial(lookup_for, [of], store, people), people)
            done = Cleared()
            try:
                clear(board, docket, done, changed=report.used_warehouse)
            except (SourceError, BusyError) as error:
                item.failures.append(f"conflicts were not settled in Notion: {error}")
            if done.settled:
                item.counts["conflicts settled"] = done.settled
            item.notes += [f"conflict {key[:8]}: {why}" for key, why in done.refused.items()]

    return run
