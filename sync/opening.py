"""A sync of a stack, put together: mappings, Notion, the account, what is remembered."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hushflake.config import BusinessConfig, Secret, get_config_value
from hushflake.deploy.session import Session, Trace, connect
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.names import Identifier
from hushflake.schema.project import Project

from .account.store import Store
from .account.tables import Tables
from .cache import Cache
from .clock import Clock, SystemClock
from .cycle import Sync
from .errors import SyncMistakeError
from .mapping import EntityMap, maps_of
from .notion.adapter import NotionSource
from .notion.api import NotionApi, refuse_plain_http
from .notion.patience import REQUESTS_A_SECOND, Patience
from .options import Options
from .types import Lookup

TAG = "hushflake sync"


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
    return NotionApi(token, base_url, Patience(clock or SystemClock(), rate, budget))


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
        sync = Sync(
            stack_name,
            maps,
            NotionSource(api),
            store,
            Cache(project.make_local_data() / "sync", stack_name),
            chosen,
        )
        try:
            yield sync
        finally:
            sync.close()


def lookup_for(maps: Iterable[EntityMap], store: Store) -> Lookup:
    """Return what crossing over needs to know; Notion is asked only where people are mapped."""
    fields = [item for of in maps for item in of.fields]
    pages = store.pages({item.entity for item in fields if item.kind == "relation"})
    addresses = {}
    if any(item.kind in ("people", "created_by", "last_edited_by") for item in fields):
        api = notion_api()
        try:
            addresses = dict(api.users())
        finally:
            api.close()
    return Lookup(
        keys={page: key for found in pages.values() for key, page in found.items()},
        pages=pages,
        addresses=addresses,
        users={address: user for user, address in addresses.items()},
    )
