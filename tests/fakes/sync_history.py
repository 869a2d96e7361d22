"""Random histories in memory: people on both sides, one or two processes, faults at any step.

The oracle (`Judge`) looks at rows, pages and conflicts as people see them, and shares nothing with
the engine. Every value that somebody writes is written once. At the end each of them is on both
sides, or recorded as a conflict, or was overwritten or deleted by somebody who saw it.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from fake_notion import Workspace
from sync_maps import field as mapped
from sync_memory import (
    Account,
    MemoryApi,
    MemoryCache,
    MemoryClient,
    MemoryStore,
    Steps,
    refusal,
)

from hushflake.deploy.errors import StatementError
from hushflake.schema.notion import Brake
from hushflake.sync.cache import Cache
from hushflake.sync.cycle import Sync
from hushflake.sync.errors import BusyError
from hushflake.sync.mapping import Column, EntityMap
from hushflake.sync.notion.adapter import NotionSource
from hushflake.sync.notion.patience import Patience
from hushflake.sync.options import Options
from hushflake.sync.ports import Source
from hushflake.sync.report import CycleReport

ENTITY = "ITEMS"
TEXTS = {"Name": "NAME", "Notes": "NOTES", "body": "CONTENT"}


class CrashError(BaseException):
    """The process is gone. `committed`: the transaction that it was in is not undone."""

    def __init__(self, *, committed: bool = False) -> None:
        self.committed = committed


class ViolationError(AssertionError):
    """Something was promised and is not so."""


def items_map(source: str) -> EntityMap:
    fields = (
        mapped("NAME", "VARCHAR(200)", "title", required=True),
        mapped("NOTES", "VARCHAR(200)"),
        mapped("CONTENT", "VARCHAR(2000)", "body"),
    )
    names = ("ITEM_ID", "NAME", "NOTES", "CONTENT", "EXTRA", "NOTION_PAGE_ID")
    columns = tuple(Column(name, name, "VARCHAR(2000)") for name in names)
    return EntityMap(
        ENTITY, "DB.S.ITEMS", source, columns[:1], fields, columns, brake=Brake(rows=10_000)
    )


class Instant:
    """A clock that takes Notion's along."""

    def __init__(self, space: Workspace) -> None:
        self._space, self._seconds = space, 0.0

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        self._seconds += seconds
        self._space.advance(seconds)


@dataclass
class Process(Steps):
    """One process of the sync: lives, is killed at a step, starts again on the same machine.

    Attributes:
        kill: Steps until something goes wrong; None: nothing does.
        how: `kill`, or `lost`: the answer of the account is lost, and the process lives.
        after: What goes wrong does so after the step was done.
        between: Called before every step outside of transactions.
    """

    name: str
    world: "World"
    files: dict[str, str] = field(default_factory=dict)
    kill: int | None = None
    how: str = "kill"
    after: bool = False
    between: Callable[[], None] = lambda: None
    dead: bool = False
    lives: int = 0
    last: str = ""
    names: list[str] | None = None
    _sync: Sync | None = None
    client: MemoryClient | None = None

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        if self.dead:
            raise CrashError
        if not self._whole(name):
            self.between()
        if self.names is not None:
            self.names.append(name)
        self.last = name
        if self.kill is None or (self.how == "lost" and not name.startswith("sql")):
            return work()
        self.kill -= 1
        if self.kill >= 0:
            return work()
        self.kill = None
        if self.after:
            work()
        committed = self.after and name == "sql commit"
        if self.how == "kill":
            self.dead = True
            raise CrashError(committed=committed)
        error = StatementError("lost", sql=name, transient=True, unknown=True)
        error.committed = committed  # type: ignore[attr-defined]
        raise error

    def _whole(self, name: str) -> bool:
        """Whether nothing comes between the last step and this one.

        In a transaction whoever writes waits. Between reading a page and writing it there is the
        moment that docs/sync.md tells: Notion has no compare-and-swap.
        """
        store = self._sync.store if self._sync is not None else None
        if isinstance(store, MemoryStore) and store._inside:
            return True
        written = ("http create_page", "http update_page", "http update_markdown")
        return name in written or (name == "http markdown" and self.last == "http page")

    def cycle(self, **options: Any) -> CycleReport | None:
        """Run a cycle; None: it died, or another one was at work, or the account was gone."""
        if self._sync is None:
            self._start()
        assert self._sync is not None
        self._sync.options = Options(
            holder=f"{self.name}{self.lives}", allow_deletes=True, **options
        )
        try:
            return self._sync.cycle()
        except CrashError:
            self.end()
        except (BusyError, StatementError):
            pass
        finally:
            self.kill = None
        return None

    def end(self) -> None:
        """Be gone; what was remembered on disk stays."""
        self._sync, self.dead = None, False
        self.world.log.append(f"{self.name} died")

    def _start(self) -> None:
        self.lives += 1
        self._sync = Sync(
            "memory",
            (self.world.of,),
            self.world.source_for(self),
            MemoryStore(self.world.account, self),
            self.world.cache_for(self),
            wall=self.world.seconds,
            history=self.world.history,
        )


@dataclass
class Judge:
    """What people wrote, saw and meant; and whether it came to that."""

    written: set[str] = field(default_factory=set)
    excused: set[str | None] = field(default_factory=set)
    born: set[str] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)
    extra: dict[str, set[str | None]] = field(default_factory=dict)
    restless: set[str] = field(default_factory=set)  # gone or back since a whole cycle
    past: dict[str, set[str | None]] = field(default_factory=dict)
    count: int = 0

    def token(self) -> str:
        self.count += 1
        token = f"v{self.count}"
        self.written.add(token)
        return token


class World:
    """Both sides, and everything that may happen there."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.space = Workspace()
        self.source = self.space.add_source(Name="title", Notes="rich_text", sync_id="rich_text")
        self.of = items_map(self.source)
        self.account = Account(clock=self.seconds)
        self.judge = Judge()
        self.history = 12  # so that notes are cut in every other history
        self.log: list[str] = []
        self.processes = [Process("a", self), Process("b", self)]

    def seconds(self) -> float:
        return self.space.now.timestamp()

    def source_for(self, process: Process) -> Source:
        """Return the way to the pages of a process that starts."""
        process.client = MemoryClient(self.space, process)
        patience = Patience(Instant(self.space), rate=1e9, wait=60.0)
        return NotionSource(MemoryApi(self.space, process.client, patience))

    def cache_for(self, process: Process) -> Cache:
        """Return what the machine of a process remembers."""
        return MemoryCache(process.files)

    # What there is, as people see it.

    def rows(self) -> dict[str, dict[str, str | None]]:
        return {key: dict(cells) for key, cells in self.account.rows.get(ENTITY, {}).items()}

    def pages(self, *, trashed: bool = False) -> dict[str, dict[str, str | None]]:
        return {
            page.id: {**self.space.values(page.id), "body": page.markdown}
            for page in self.space.pages.values()
            if page.in_trash == trashed
        }

    def _pick(self, there: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        if there:
            key = self.random.choice(sorted(there))
            yield key, there[key]

    def _field(self, record: str) -> str:
        del record
        return self.random.choice(list(TEXTS))

    def _tie(self, page: str) -> str:
        return str(self.space.values(page)["sync_id"] or page.replace("-", ""))

    def _equal(self, key: str) -> bool:
        row = self.rows().get(key)
        tied = [shown for page, shown in self.pages().items() if self._tie(page) == key]
        return (
            row is not None
            and len(tied) == 1
            and all((tied[0][name] or None) == row.get(column) for name, column in TEXTS.items())
        )

    # People in Notion.

    def page_new(self) -> None:
        page = self.space.add_page(self.source, Name=self.judge.token())
        self.judge.born.add(page.replace("-", ""))
        self.log.append(f"page_new {page[:8]}")

    def page_blank(self) -> None:
        page = self.space.add_page(self.source)
        self.judge.born.add(page.replace("-", ""))
        self.log.append(f"page_blank {page[:8]}")

    def page_edit(self) -> None:
        for page, shown in self._pick(self.pages()):
            name, token = self._field(page), self.judge.token()
            self.log.append(f"page_edit {page[:8]} {name}={token}")
            self.judge.excused.add(shown[name])
            self.judge.doomed.discard(self._tie(page))
            if name == "body":
                self.space.write(page, token)
            else:
                self.space.edit(page, **{name: token})

    def page_trash(self) -> None:
        for page, shown in self._pick(self.pages()):
            key = self._tie(page)
            self.log.append(f"page_trash {page[:8]}")
            self.judge.excused |= {shown[name] for name in TEXTS}
            if self._equal(key) and key not in self.judge.restless:
                self.judge.doomed.add(key)
            self.judge.restless.add(key)
            self.space.trash(page)

    def page_restore(self) -> None:
        for page, _ in self._pick(self.pages(trashed=True)):
            self.log.append(f"page_restore {page[:8]}")
            self.judge.doomed.discard(self._tie(page))
            self.judge.restless.add(self._tie(page))
            if any(shown["sync_id"] == self._tie(page) for shown in self.pages().values()):
                # A copy of it has taken its row meanwhile: what comes back is a record of its own.
                self.judge.born.add(page.replace("-", ""))
            self.space.trash(page, back=True)

    def page_duplicate(self) -> None:
        for page, _ in self._pick(self.pages()):
            copy = self.space.duplicate(page)
            self.log.append(f"page_duplicate {page[:8]} -> {copy[:8]}")
            self.judge.born.add(copy.replace("-", ""))
            self.judge.doomed.discard(self._tie(page))

    # People in Snowflake.

    def _put(self, key: str, cells: dict[str, str | None] | None) -> None:
        self.account.put_row(ENTITY, key, cells)

    def row_new(self) -> None:
        token = self.judge.token()
        self.judge.born.add(f"r{token}")
        self.judge.extra[f"r{token}"] = {None}
        self.log.append(f"row_new r{token}")
        self._put(f"r{token}", {"ITEM_ID": f"r{token}", "NAME": token})

    def row_again(self) -> None:
        gone = {key: key for key in self.judge.born if key not in self.rows()}
        gone = {key: key for key in gone if key.startswith("r")}
        for key, _ in self._pick(gone):
            token = self.judge.token()
            self.log.append(f"row_again {key} NAME={token}")
            self.judge.extra[key] = {None}
            self.judge.doomed.discard(key)
            self.judge.restless.add(key)
            self._put(key, {"ITEM_ID": key, "NAME": token})

    def row_edit(self) -> None:
        for key, row in self._pick(self.rows()):
            column, token = TEXTS[self._field(key)], self.judge.token()
            self.log.append(f"row_edit {key[:8]} {column}={token}")
            self.judge.excused.add(row.get(column))
            self.judge.doomed.discard(key)
            self._put(key, {**row, column: token})

    def row_extra(self) -> None:
        for key, row in self._pick(self.rows()):
            self.judge.count += 1
            self.judge.extra[key] = {f"x{self.judge.count}"}
            self.judge.past.setdefault(key, {None}).add(f"x{self.judge.count}")
            self.log.append(f"row_extra {key[:8]} EXTRA=x{self.judge.count}")
            self._put(key, {**row, "EXTRA": f"x{self.judge.count}"})

    def row_delete(self) -> None:
        for key, row in self._pick(self.rows()):
            self.log.append(f"row_delete {key[:8]}")
            self.judge.excused |= {row.get(column) for column in TEXTS.values()}
            if self._equal(key) and key not in self.judge.restless:
                self.judge.doomed.add(key)
            self.judge.restless.add(key)
            # A page that is restored brings a row back as it was, or as a new one.
            self.judge.extra[key] = self.judge.past.get(key, {None})
            self._put(key, None)

    # The sync, and what goes wrong around it.

    def advance(self) -> None:
        self.space.advance(self.random.choice([1, 20, 61, 200, 4000]))

    def stale(self) -> None:
        self.log.append("the stream goes stale")
        self.account.stale |= {ENTITY}
        self.account.move_stream(ENTITY)

    def lease_over(self) -> None:
        self.log.append("the lease runs out")
        self.account.holder = ""

    def cycle(self, process: int = 0) -> None:
        report = self.processes[process].cycle(full=self.random.random() < 0.1)
        if report is not None and not report.failed:
            self.judge.restless.clear()
        self.log.append(f"cycle {'ab'[process]}: {_told(report)}")

    def other_cycle(self) -> None:
        self.cycle(1)

    def crashed_cycle(self) -> None:
        process = self.processes[self.random.random() < 0.3]
        process.kill, process.after = self.random.randint(0, 60), self.random.random() < 0.5
        process.how = "kill" if self.random.random() < 0.7 else "lost"
        self.log.append(f"{process.how} {process.name} at {process.kill} after={process.after}")
        process.cycle()
        if self.random.random() < 0.8:
            self.account.holder = ""

    def stormy_cycle(self) -> None:
        """Faults that pass, and a token that is refused from some request on."""
        storm = random.Random(self.random.random())
        bad = self.random.choice([0.0, 0.0, 0.1])
        refused = False

        def fault(name: str) -> Exception | None:
            nonlocal refused
            refused = refused or storm.random() < bad
            if refused:
                return refusal(401, "unauthorized")
            if storm.random() > 0.25:
                return None
            return storm.choice(
                [refusal(429, "rate_limited"), refusal(529, "service_overload"),
                 refusal(500, "internal_server_error"), httpx.ReadError("cut")]
            )  # fmt: skip

        self._with_fault(fault)

    def _with_fault(self, fault: Callable[[str], Exception | None]) -> None:
        process = self.processes[0]
        if process.client is None:
            process._start()
        assert process.client is not None
        process.client.fault = fault
        try:
            report = process.cycle()
            self.log.append(f"stormy cycle: {_told(report)}")
        finally:
            process.client.fault = lambda _name: None

    def busy_cycle(self) -> None:
        """People act while the cycle runs."""
        process = self.processes[self.random.random() < 0.3]
        often = self.random.choice([0.03, 0.1, 0.2])

        def between() -> None:
            if self.random.random() < often:
                self.act(self.random.choice(PEOPLE))

        self.log.append(f"busy cycle of {process.name} begins")
        process.between = between
        try:
            report = process.cycle()
        finally:
            process.between = lambda: None
        self.log.append(f"busy cycle: {_told(report)}")

    def both_cycle(self) -> None:
        """Two processes and people take turns, step by step; a lease may run out."""
        Turns(self).run()

    def act(self, name: str) -> None:
        getattr(self, name)()

    # The end.

    def converge(self) -> None:
        """Run cycles until one is idle, then check everything that was promised."""
        self.account.holder = ""
        for number in range(9):
            self.space.advance(300)
            report = self.processes[number % 2].cycle() if number < 2 else self.processes[0].cycle()
            self.log.append(f"last cycle: {_told(report)}")
            self._require(report is not None, "a quiet cycle does not end")
            assert report is not None
            self._require(not report.failed or number < 2, "exit code 3 with nothing wrong")
            if report.idle and not report.used_warehouse and number > 1:
                break
        else:
            self._require(False, "never idle")
        self.equal()
        self.none_lost()
        self._require(not self.account.operations, "the log is never empty")
        self.still()

    def still(self) -> None:
        """From now on nothing is written, and nothing is asked that was not asked before."""
        before, rows = self.account.copy(), self.rows()
        client = self.processes[0].client
        assert client is not None
        asked: list[int] = []
        for full in (False, False, True, False):
            client.log.clear()
            report = self.processes[0].cycle(full=full)
            self._require(report is not None and report.idle, "a later cycle writes")
            assert report is not None
            self._require(full or not report.used_warehouse, "an idle cycle uses the warehouse")
            self._require(
                not [name for name in client.log if name.startswith(("create", "update"))],
                "a later cycle writes to Notion",
            )
            if not full:
                asked.append(len(client.log))
        self._require(asked == sorted(asked, reverse=True), f"requests grow: {asked}")
        self._require(self.rows() == rows, "a later cycle writes rows")
        self._require(self.account.conflicts == before.conflicts, "a later cycle finds conflicts")

    def equal(self) -> None:
        rows, pages, born = self.rows(), self.pages(), self.judge.born
        pages = {page: shown for page, shown in pages.items() if shown["Name"]}
        ties = [shown["sync_id"] for shown in pages.values()]
        self._require(len(ties) == len(set(ties)), f"duplicates: {ties}")
        self._require(sorted(map(str, ties)) == sorted(rows), f"pairs: {ties} {sorted(rows)}")
        of_pages = {str(s["sync_id"]) for p, s in pages.items() if p.replace("-", "") in born}
        self._require(set(rows) <= born | of_pages, f"made: {set(rows) - born}")
        back = {key for key in self.judge.doomed if key in rows}
        self._require(not back, f"resurrected: {back}")
        for page, shown in pages.items():
            row = rows[str(shown["sync_id"])]
            for name, column in TEXTS.items():
                same = (shown[name] or None) == row.get(column)
                self._require(same, f"differ: {page[:8]} {name} {shown[name]} {row.get(column)}")
            self._require(row.get("NOTION_PAGE_ID") == page, f"page id of {page[:8]}")
        for key, row in rows.items():
            meant = self.judge.extra.get(key, {None})
            self._require(row.get("EXTRA") in meant, f"EXTRA of {key}: {row.get('EXTRA')} {meant}")

    def none_lost(self) -> None:
        there = {shown[name] for shown in self.pages().values() for name in TEXTS}
        told = {v for c in self.account.conflicts.values() for v in (c.notion, c.snowflake)}
        lost = {v for v in self.judge.written if v not in there | self.judge.excused | told}
        self._require(not lost, f"lost: {sorted(lost)}")

    def _require(self, right: bool, what: str) -> None:
        if not right:
            raise ViolationError(what + "\n" + "\n".join(self.log))


class Turns:
    """Two processes in threads, of which one runs at a time, from step to step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn: Process | None = None
        self._changed = threading.Condition()

    def run(self) -> None:
        world = self._world
        running = list(world.processes)
        threads = [threading.Thread(target=self._live, args=(one, running)) for one in running]
        for one in running:
            one.between = lambda one=one: self._wait(one)  # type: ignore[misc]
        slow = world.random.random() < 0.5  # machines that sleep: a lease runs out
        if world.random.random() < 0.4:
            one = world.random.choice(running)
            one.kill, one.after = world.random.randint(0, 60), world.random.random() < 0.5
            one.how = "kill"
        for thread in threads:
            thread.start()
        while running:
            if world.random.random() < 0.1:
                world.act(world.random.choice(PEOPLE))
            if slow and world.random.random() < 0.04:
                world.lease_over()
            self._give(world.random.choice(running))
        for thread in threads:
            thread.join()
        for one in world.processes:
            one.between = lambda: None

    def _live(self, one: Process, running: list[Process]) -> None:
        self._await(one)
        try:
            report = one.cycle()
            self._world.log.append(f"both: {one.name}: {_told(report)}")
        finally:
            running.remove(one)
            with self._changed:
                self._turn = None
                self._changed.notify_all()

    def _give(self, one: Process) -> None:
        with self._changed:
            self._turn = one
            self._changed.notify_all()
            while self._turn is not None:
                self._changed.wait()

    def _await(self, one: Process) -> None:
        with self._changed:
            while self._turn is not one:
                self._changed.wait()

    def _wait(self, one: Process) -> None:
        with self._changed:
            self._turn = None
            self._changed.notify_all()
        self._await(one)


def _told(report: CycleReport | None) -> str:
    if report is None:
        return "did not end"
    return "; ".join(f"{dict(item.counts)} {item.failures}" for item in report.entities)


PEOPLE = [
    "page_new", "page_edit", "page_edit", "page_edit", "page_trash", "page_restore",
    "page_duplicate", "page_blank", "row_new", "row_edit", "row_edit", "row_edit", "row_extra",
    "row_delete", "row_again", "advance", "advance",
]  # fmt: skip
SYNC = [
    "cycle", "cycle", "other_cycle", "crashed_cycle", "crashed_cycle", "crashed_cycle",
    "stormy_cycle", "busy_cycle", "busy_cycle", "both_cycle", "stale", "lease_over",
]  # fmt: skip


def history(seed: int) -> World:
    """Live one history to its end.

    Raises:
        ViolationError: Something was promised and is not so; the log says how it came about.
    """
    world = World(seed)
    chosen = world.random
    for name in ("row_new", "page_new", "row_new", "cycle"):
        world.act(name)
    for _ in range(chosen.randint(6, 24)):
        name = chosen.choice(PEOPLE if chosen.random() < 0.65 else SYNC)
        world.log.append(f"> {name}")
        world.act(name)
    with suppress(CrashError):
        world.converge()
    return world
