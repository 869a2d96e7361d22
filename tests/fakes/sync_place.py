"""A small project, a local stack and a fake Notion, tied together for the tests of the sync."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_notion import FakeNotion, Workspace
from fake_notion.server import TOKEN

from hushflake.config import Secret
from hushflake.deploy.session import Session, connect
from hushflake.local.server.process.lifecycle import adopt, stop
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.project import Project, find_project
from hushflake.sync.account.store import Store
from hushflake.sync.cache import Cache
from hushflake.sync.cycle import Options, Sync
from hushflake.sync.mapping import maps_of
from hushflake.sync.notion.adapter import NotionSource
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.patience import Patience
from hushflake.sync.notion.setup import prepare
from hushflake.sync.opening import settling, store_of
from hushflake.sync.report import CycleReport

TEAMS = """\
entity: TEAMS
schema: CORE
key: [team_id]
fields:
  team_id: {type: string(64), required: true}
  name: {type: string(200), required: true}
  lead_id: {type: string(64), references: TEAMS.team_id}
source_ids: [notion_page_id]
notion:
  fields:
    team_id: Key
    name: {property: Name, type: title}
    lead_id: {property: Lead, type: relation}
"""
ITEMS = """\
entity: ITEMS
schema: CORE
key: [item_id]
fields:
  item_id: {type: string(64), required: true}
  name: {type: string(40), required: true}
  notes: text
  amount: number(14,2)
  stage: string(32)
  tags: array
  active: boolean
  due: date
  seen: timestamp_ltz
  site: string(300)
  owner: string(200)
  team_id: {type: string(64), references: TEAMS.team_id}
  score: {type: float}
  secret_cost: number(10,2)
  content: text
source_ids: [notion_page_id]
notion:
  body: content
  fields:
    name: {property: Name, type: title}
    notes: Notes
    amount: Amount
    stage: {property: Stage, type: select}
    tags: Tags
    active: Active
    due: Due
    seen: Seen
    site: {property: Site, type: url}
    owner: {property: Owner, type: people}
    team_id: {property: Team, type: relation}
    score: {property: Score, owner: notion}
"""
TEAM_PROPERTIES = {"Name": "title", "Lead": "relation"}
ITEM_PROPERTIES = {"Name": "title", "Team": "relation"}


class CountingClock:
    """A clock that only counts, and takes the workspace's along."""

    def __init__(self, workspace: Workspace, *, latency: float = 0.0) -> None:
        self.workspace = workspace
        self.seconds = 0.0
        self.latency = latency

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.workspace.advance(seconds)


@dataclass
class Place:
    """Both sides of a sync.

    Attributes:
        sources: Entity -> data source.
        statements: Every statement that was sent to the account.
    """

    folder: Path
    project: Project
    notion: FakeNotion
    sources: dict[str, str]
    statements: list[str] = field(default_factory=list)
    _session: Session | None = None
    _syncs: dict[tuple[str, ...], Sync] = field(default_factory=dict)
    _kept: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def workspace(self) -> Workspace:
        return self.notion.workspace

    @property
    def session(self) -> Session:
        """The session of people who work in Snowflake."""
        if self._session is None:
            self._session = connect(self.project, "local")
        return self._session

    def api(self, **patience: Any) -> NotionApi:
        clock = CountingClock(self.workspace)
        return NotionApi(
            Secret(TOKEN), self.notion.url, Patience(**{"clock": clock, "rate": 1e9, **patience})
        )

    @contextlib.contextmanager
    def sync(
        self,
        *entities: str,
        cache: str = "sync",
        patience: dict[str, Any] | None = None,
        **options: Any,
    ) -> Iterator[Sync]:
        """A sync as the command makes one; `cache` names what it remembers."""
        stack = load_stack(self.project, "local")
        desired = compile_stack(self.project, stack)
        maps = tuple(
            of
            for of in maps_of(desired.entities.values(), stack)
            if not entities or of.entity in entities
        )
        with connect(self.project, "local", trace=self.statements.append) as session:
            source = NotionSource(self.api(**(patience or {})))
            store = store_of(session, stack.database)
            sync = Sync(
                "local",
                maps,
                source,
                store,
                Cache(self.folder / cache, "local"),
                Options(**{"holder": "test", **options}),
                afterwards=settling(source, store, maps),
            )
            try:
                yield sync
            finally:
                sync.close()

    def prepare(self) -> None:
        with self.sync() as sync:
            prepare(sync.maps, sync.source.api, sync.store, dry_run=False)

    def cycle(self, *entities: str, cache: str = "sync", **options: Any) -> CycleReport:
        """Run one cycle, in a process that runs one after the other, as `--watch` does."""
        name = (*entities, cache)
        if name not in self._syncs:
            self._syncs[name] = self._kept.enter_context(self.sync(*entities, cache=cache))
        sync = self._syncs[name]
        sync.options = Options(**{"holder": "test", **options})
        return sync.cycle()

    def store(self) -> Store:
        return store_of(self.session, load_stack(self.project, "local").database)

    def rows(self, entity: str) -> dict[str, dict[str, Any]]:
        """The rows of an entity by key, without the columns that the product keeps."""
        key = "ITEM_ID" if entity == "ITEMS" else "TEAM_ID"
        found = self.session.query(f"SELECT * FROM CORE.{entity}")
        return {row[key]: {n: v for n, v in row.items() if n != "UPDATED_AT"} for row in found}

    def sql(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.session.execute(sql, parameters).rows

    def close(self) -> None:
        self._kept.close()
        if self._session is not None:
            self._session.close()
            self._session = None


def write_project(folder: Path) -> None:
    """Write the definitions of the project."""
    for name, text in {
        "hushflake.yaml": "project: synced\n",
        "entities/teams.yaml": TEAMS,
        "entities/items.yaml": ITEMS,
        "objects/schemas.yaml": "- {kind: schema, name: CORE}\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_stack(folder: Path, sources: dict[str, str]) -> None:
    """Write the stack that says which data sources are meant."""
    document = {
        "connection": "local",
        "database": "SYNCED",
        "account_admin": True,
        "settings": {"notion": sources},
    }
    (folder / "stacks").mkdir(exist_ok=True)
    (folder / "stacks" / "local.yaml").write_text(json.dumps(document), encoding="utf-8")


def add_sources(workspace: Workspace) -> dict[str, str]:
    """Add the data sources as somebody would prepare them by hand."""
    teams = workspace.add_source(**TEAM_PROPERTIES)
    items = workspace.add_source(**ITEM_PROPERTIES)
    return {"TEAMS": teams, "ITEMS": items}


@contextlib.contextmanager
def place(applied: Path, folder: Path) -> Iterator[Place]:
    """A place of its own: a copy of the applied stack, a new workspace, all set up."""
    shutil.copytree(applied, folder)
    adopt(folder / ".hushflake")
    workspace = Workspace()
    sources = add_sources(workspace)
    write_stack(folder, sources)
    with FakeNotion(workspace) as notion:
        made = Place(folder, find_project(folder, str(folder)), notion, sources)
        try:
            made.session.execute("USE DATABASE SYNCED")
            made.prepare()
            yield made
        finally:
            made.close()
            stop(folder / ".hushflake")
    assert not notion.complaints, notion.complaints
