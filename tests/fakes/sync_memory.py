"""An account and a wire to Notion in memory, under the real engine: a history takes milliseconds.

`MemoryStore` keeps what `account/` keeps in tables, with the meaning of its statements: a write of
a row happens where the row is as it was seen, a transaction is whole or nothing, a stream reports
what changed. `MemoryClient` stands in the place of Notion's client library, over the same
`Workspace` as the server. Both ask a `Steps` before every statement and request.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import httpx
from fake_notion import Workspace
from fake_notion.values import ApiError
from notion_client.errors import APIResponseError

from hushflake.config import Secret
from hushflake.deploy.errors import LockedError, LockLostError
from hushflake.sync.cache import Cache
from hushflake.sync.columns import spell, value_of
from hushflake.sync.mapping import PAGE_COLUMN, EntityMap
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.patience import Patience
from hushflake.sync.ports import Cursor, Glance, Known, Operation
from hushflake.sync.types import Conflict, Decision, Link, Row, RowWrite


class Steps:
    """Asked for every statement and request; a subclass lets things happen around it."""

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        del name
        return work()


Cells = Mapping[str, str | None]


@dataclass
class Account:
    """What the account of a stack holds. Mappings are replaced, never changed in place.

    Attributes:
        offsets: Rows as they were when the stream of an entity was moved last.
    """

    rows: dict[str, Mapping[str, Cells]] = field(default_factory=dict)
    offsets: dict[str, Mapping[str, Cells]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    changes: frozenset[tuple[str, str]] = frozenset()
    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    cycles: int = 0
    trims: int = 0
    holder: str = ""
    fence: int = 0
    clock: Callable[[], float] = lambda: 1.0

    def copy(self) -> "Account":
        """Return a copy that later changes do not reach."""
        plain = {k: dict(v) if isinstance(v, dict) else v for k, v in vars(self).items()}
        return Account(**plain)

    def become(self, other: "Account") -> None:
        vars(self).update(vars(other))

    @property
    def version(self) -> int:
        return 10**9 * self.trims + self.cycles

    def put_row(self, entity: str, key: str, cells: Cells | None) -> None:
        """Write a whole row, or delete it."""
        table = dict(self.rows.get(entity, {}))
        if cells is None:
            table.pop(key, None)
        else:
            table[key] = cells
        self.rows[entity] = table

    def stream(self, entity: str) -> set[str]:
        """Return the keys that a stream reports: what came and went between two moves is none.

        "A row that is inserted and then deleted between two transactional points of time is not
        returned" (CREATE STREAM, docs.snowflake.com). Changed back counts as not changed, too.
        """
        now, then = self.rows.get(entity, {}), self.offsets.get(entity, {})
        return {key for key in {*now, *then} if now.get(key) != then.get(key)}

    def move_stream(self, entity: str) -> None:
        """Let the stream begin at what is there now."""
        self.offsets[entity] = self.rows.get(entity, {})


@dataclass
class MemoryStore:
    """One session's way to an account."""

    account: Account
    steps: Steps
    _inside: bool = False

    def _do(self, name: str, work: Callable[[], Any]) -> Any:
        return self.steps.step(f"sql {name}", work)

    # What a session does.

    def create(self, maps: Iterable[EntityMap]) -> None:
        del maps

    def glance(self, maps: Iterable[EntityMap]) -> Glance:
        names = frozenset(of.entity for of in maps)
        found = self.account
        return self._do(
            "glance",
            lambda: Glance(
                found.version,
                bool(found.changes or found.operations),
                frozenset(n for n in names - found.stale if found.stream(n)),
                names & found.stale,
                found.cycles,
            ),
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        before = self.account.copy()
        self._inside = True
        try:
            yield
            self._do("commit", lambda: None)
        except BaseException as error:
            if not getattr(error, "committed", False):
                kept = self.account.holder, self.account.fence
                self.account.become(before)
                self.account.holder, self.account.fence = kept
            raise
        finally:
            self._inside = False

    def rows(self, of: EntityMap) -> "MemoryRows":
        return MemoryRows(self, of)

    def lease(self, holder: str) -> "MemoryLease":
        return MemoryLease(self.account, self.steps, holder)

    # The state of the sync.

    def known(self, entity: str) -> list[Known]:
        links = self.account.links
        return self._do(
            "known", lambda: [Known.of(v, "CONTENT") for k, v in links.items() if k[0] == entity]
        )

    def links(self, entity: str, keys: Iterable[str]) -> dict[str, Link]:
        links = self.account.links
        wanted = [key for key in set(keys) if (entity, key) in links]
        return self._do("links", lambda: {key: links[entity, key] for key in wanted})

    def pages(self, entities: Iterable[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for (entity, key), link in self.account.links.items():
            if entity in set(entities) and link.state != "deleted":
                found.setdefault(entity, {})[key] = link.page_id
        return self._do("pages", lambda: found)

    def put_links(self, of: EntityMap, links: Sequence[Link]) -> None:
        if links:
            new = {(of.entity, link.sync_id): link for link in links}
            self._do("put_links", lambda: self.account.links.update(new))

    def cursor(self, entity: str) -> Cursor | None:
        return self._do("cursor", lambda: self.account.cursors.get(entity))

    def put_cursor(self, entity: str, cursor: Cursor, *, full: bool) -> None:
        before = self.account.cursors.get(entity)
        at = self.account.clock() if full else before.full_at if before else 0.0
        new = replace(cursor, properties=dict(cursor.properties), full_at=at)
        self._do("put_cursor", lambda: self.account.cursors.update({entity: new}))

    def finish(self, entity: str, report: Mapping[str, Any]) -> None:
        del entity, report

        def add() -> None:
            self.account.cycles += 1

        self._do("finish", add)

    def trim(self) -> None:
        def cut() -> None:
            self.account.cycles = 1
            self.account.trims += 1

        self._do("trim", cut)

    def renew_stream(self, of: EntityMap) -> None:
        def forget() -> None:
            found = self.account.cursors.get(of.entity)
            if found is not None:
                self.account.cursors[of.entity] = replace(found, full_at=0.0)
            self.account.cycles += 1

        def renew() -> None:
            self.account.stale -= {of.entity}
            self.account.move_stream(of.entity)

        self._do("forget_full", forget)
        self._do("renew_stream", renew)

    def drain(self, of: EntityMap) -> None:
        def move() -> None:
            keys = self.account.stream(of.entity)
            self.account.changes |= {(of.entity, key) for key in keys}
            self.account.move_stream(of.entity)

        self._do("drain", move)

    def streamed(self, of: EntityMap) -> set[str]:
        return self._do("streamed", lambda: self.account.stream(of.entity))

    def changes(self, entity: str) -> set[str]:
        return self._do("changes", lambda: {k for e, k in self.account.changes if e == entity})

    def keep(self, entity: str, keys: Iterable[str]) -> None:
        new = {(entity, key) for key in keys}

        def put() -> None:
            self.account.changes |= new

        if new:
            self._do("keep", put)

    def settle(self, entity: str, keys: Iterable[str]) -> None:
        gone = {(entity, key) for key in keys}

        def forget() -> None:
            self.account.changes -= gone

        if gone:
            self._do("settle", forget)

    def operations(self, entity: str) -> list[Operation]:
        log = self.account.operations
        return self._do("operations", lambda: [v for k, v in log.items() if k[0] == entity])

    def begin(self, entity: str, decisions: Sequence[Decision]) -> None:
        log = {
            (entity, item.sync_id): Operation(
                item.sync_id,
                item.page.action,
                item.page.page_id,
                dict(item.page.values),
            )
            for item in decisions
            if item.page is not None
        }
        conflicts = [conflict for item in decisions for conflict in item.conflicts]

        def write() -> None:
            self.account.operations.update(log)
            self.account.conflicts.update({item.id: item for item in conflicts})

        if log or conflicts:
            self._do("begin", write)

    def end(self, entity: str, keys: Iterable[str]) -> None:
        gone = {(entity, key) for key in keys}

        def forget() -> None:
            for key in gone:
                self.account.operations.pop(key, None)

        if gone:
            self._do("end", forget)

    def record(self, entity: str, conflicts: Sequence[Conflict]) -> None:
        del entity
        if conflicts:
            new = {item.id: item for item in conflicts}
            self._do("record", lambda: self.account.conflicts.update(new))


@dataclass
class MemoryRows:
    """The table of one entity."""

    store: MemoryStore
    of: EntityMap

    def read(self, keys: Iterable[str] | None = None) -> dict[str, Row]:
        wanted = None if keys is None else set(keys)
        return self.store._do("rows", lambda: self._read(wanted))

    def _read(self, wanted: set[str] | None) -> dict[str, Row]:
        table = self.store.account.rows.get(self.of.entity, {})
        return {
            key: Row(
                key,
                {f.column: value_of(cells.get(f.column), f.type) for f in self.of.fields},
                {column.name: cells.get(column.name) for column in self.of.columns},
            )
            for key, cells in table.items()
            if wanted is None or key in wanted
        }

    def write(self, writes: Sequence[tuple[str, RowWrite]]) -> None:
        if writes:
            self.store._do("write_rows", lambda: [self._one(*write) for write in writes])

    def _one(self, key: str, write: RowWrite) -> None:
        account, entity = self.store.account, self.of.entity
        there = account.rows.get(entity, {}).get(key)
        types = {column.name: column.type for column in self.of.columns}
        new: dict[str, str | None] = {n: spell(v, types[n]) for n, v in write.values.items()}
        if write.page_id and self.of.keeps_page_id:
            new[PAGE_COLUMN] = write.page_id
        if write.action == "insert":
            if there is None:
                parts = zip(self.of.key, self.of.key_parts(key) or (), strict=True)
                names = {column.name: part for column, part in parts}
                account.put_row(entity, key, {**dict.fromkeys(types), **write.kept, **names, **new})
            return
        compared = types if write.action == "delete" else self.of.by_column
        seen = write.seen.spelled if write.seen else {}
        if there is None or any(there.get(n) != seen.get(n) for n in compared):
            return
        account.put_row(entity, key, None if write.action == "delete" else {**there, **new})


@dataclass
class MemoryLease:
    """The lock: it lives until somebody says that its time is over."""

    account: Account
    steps: Steps
    holder: str
    fence: int = 0

    def take(self) -> None:
        def take() -> None:
            if self.account.holder not in ("", self.holder):
                raise LockedError("held")
            self.account.holder = self.holder
            self.account.fence += 1
            self.fence = self.account.fence

        self.steps.step("sql take", take)

    def confirm(self, *, anew: bool = False) -> None:
        del anew
        self.steps.step("sql confirm", self._renew)

    def _renew(self) -> None:
        if (self.account.holder, self.account.fence) != (self.holder, self.fence):
            raise LockLostError("lost")

    def release(self) -> None:
        def release() -> None:
            if (self.account.holder, self.account.fence) == (self.holder, self.fence):
                self.account.holder = ""

        self.steps.step("sql release", release)

    def close(self) -> None:
        pass


class MemoryCache(Cache):
    """What a machine remembers, without a disk."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(None, "memory")  # type: ignore[arg-type]
        self.files = files

    def read(self, entity: str) -> str:
        if entity not in self.files:
            raise OSError
        return self.files[entity]

    def write(self, entity: str, text: str) -> None:
        self.files[entity] = text


class MemoryClient:
    """The client library's part: its methods, over a workspace.

    Attributes:
        fault: Asked before every request; an exception is raised instead of an answer.
    """

    def __init__(self, space: Workspace, steps: Steps) -> None:
        self._space, self._steps = space, steps
        self.log: list[str] = []
        self.fault: Callable[[str], Exception | None] = lambda _name: None
        self.data_sources = SimpleNamespace(
            retrieve=lambda one: self._ask("data_source", lambda: space.api_source(one)),
            query=lambda one, **body: self._ask("query", lambda: space.api_query(one, body)),
        )
        self.pages = SimpleNamespace(
            retrieve=lambda one: self._ask("page", lambda: space.api_get(one)),
            create=lambda **body: self._ask("create_page", lambda: space.api_create(body)),
            update=lambda one, **body: self._ask(
                "update_page", lambda: space.api_update(one, body)
            ),
        )
        self.users = SimpleNamespace(list=lambda **_: self._ask("users", space.api_users))

    def request(
        self, *, path: str, method: str, query: Cells | None = None, body: Any = None
    ) -> Any:
        """Read or write the content of a page: the client has no method that knows versions."""
        page, space = path.split("/")[1], self._space
        if method == "GET":
            version = (query or {}).get("markdown_version") or "v1"
            return self._ask("markdown", lambda: space.api_markdown(page, version))
        return self._ask("update_markdown", lambda: space.api_put_markdown(page, body))

    def _ask(self, name: str, work: Callable[[], Any]) -> Any:
        def answer() -> Any:
            fault = self.fault(name)
            if fault is not None:
                raise fault
            try:
                found = work()
            except ApiError as error:
                raise refusal(error.status, error.code, str(error)) from None
            self.log.append(name)
            return found

        return self._steps.step(f"http {name}", answer)

    def close(self) -> None:
        pass


def refusal(status: int, code: str, message: str = "as the test asked for") -> APIResponseError:
    """Return what the client library raises for a status."""
    return APIResponseError(code, status, message, httpx.Headers(), json.dumps({}))


class MemoryApi(NotionApi):
    """Notion's API over a client in memory, with its clock."""

    def __init__(self, space: Workspace, client: MemoryClient, patience: Patience) -> None:
        super().__init__(Secret("none"), "http://127.0.0.1", patience)
        self._space, self._client = space, client

    def _open(self) -> Any:
        self.now = self._space.now
        return self._client
