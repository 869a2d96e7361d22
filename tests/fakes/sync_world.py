"""Random people on both sides of a sync, faults in between, and the oracle that judges the end.

Every edit writes a value that is used once. At the end each of them must be on both sides, or in
the table of conflicts, or overwritten or deleted by somebody who saw it where they worked.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fake_notion import Fault
from sync_place import Place

from hushflake.deploy.session import Session
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.report import CycleReport

FIELDS = {"Name": "NAME", "Notes": "NOTES", "body": "CONTENT"}
SIDES = ("notion", "snowflake")


class CrashError(BaseException):
    """The process is gone."""


@dataclass
class Crasher:
    """Ends the process at one I/O step: before the step, or after it and before its answer."""

    at: int = -1
    after: bool = False
    steps: int = 0
    dead: bool = False

    def step(self, work: Any) -> Any:
        if self.dead:
            raise CrashError
        self.steps += 1
        if self.steps != self.at:
            return work()
        if self.after:
            work()
        self.dead = True
        raise CrashError


@contextmanager
def crashing(crasher: Crasher) -> Iterator[None]:
    """Let every statement and every request of a sync be a step of `crasher`."""
    once, send = Session._once, NotionApi._send

    def counted_once(self: Session, sql: str, parameters: Any) -> Any:
        if self.tag == "people":
            return once(self, sql, parameters)
        return crasher.step(lambda: once(self, sql, parameters))

    def counted_send(self: NotionApi, work: Any, **more: Any) -> Any:
        return crasher.step(lambda: send(self, work, **more))

    Session._once, NotionApi._send = counted_once, counted_send  # type: ignore[method-assign]
    try:
        yield
    finally:
        Session._once, NotionApi._send = once, send  # type: ignore[method-assign]


@dataclass
class World:
    """Both sides, and what became of every value that somebody wrote.

    Attributes:
        excused: Values that somebody overwrote or deleted who saw them.
        born: Keys of the rows that people made, on either side: there must be no others.
    """

    place: Place
    random: random.Random
    written: set[str] = field(default_factory=set)
    excused: set[str] = field(default_factory=set)
    born: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    _numbers: int = 0

    def token(self) -> str:
        self._numbers += 1
        token = f"v{self._numbers}"
        self.written.add(token)
        return token

    # People in Notion.

    def pages(self, *, trashed: bool = False) -> list[str]:
        source = self.place.sources["ITEMS"]
        pages = self.place.workspace.pages.values()
        return sorted(p.id for p in pages if p.source == source and p.in_trash == trashed)

    def page_new(self) -> None:
        page = self.place.workspace.add_page(self.place.sources["ITEMS"], Name=self.token())
        self.born.add(page.replace("-", ""))
        self.log.append(f"page_new {page[:8]}")

    def page_edit(self) -> None:
        for page in self.random.sample(self.pages(), min(1, len(self.pages()))):
            name = self.random.choice(list(FIELDS))
            token = self.token()
            self.log.append(f"page_edit {page[:8]} {name}={token}")
            if name == "body":
                self.excused.add(self.place.workspace.pages[page].markdown)
                self.place.workspace.write(page, token)
            else:
                self.excused.add(str(self.place.workspace.values(page)[name]))
                self.place.workspace.edit(page, **{name: token})

    def page_trash(self) -> None:
        for page in self.random.sample(self.pages(), min(1, len(self.pages()))):
            self.log.append(f"page_trash {page[:8]}")
            shown = self.place.workspace.values(page)
            self.excused |= {shown["Name"], shown["Notes"]}
            self.excused.add(self.place.workspace.pages[page].markdown)
            self.place.workspace.trash(page)

    def page_restore(self) -> None:
        gone = self.pages(trashed=True)
        for page in self.random.sample(gone, min(1, len(gone))):
            self.log.append(f"page_restore {page[:8]}")
            self.place.workspace.trash(page, back=True)

    def page_duplicate(self) -> None:
        for page in self.random.sample(self.pages(), min(1, len(self.pages()))):
            self.log.append(f"page_duplicate {page[:8]}")
            self.born.add(self.place.workspace.duplicate(page).replace("-", ""))

    # People in Snowflake.

    def keys(self) -> list[str]:
        return sorted(self.place.rows("ITEMS"))

    def row_new(self) -> None:
        token = self.token()
        self.born.add(f"r{token}")
        self.log.append(f"row_new r{token}")
        self.place.sql("INSERT INTO CORE.ITEMS (ITEM_ID, NAME) VALUES (?, ?)", f"r{token}", token)

    def row_edit(self) -> None:
        rows = self.place.rows("ITEMS")
        for key in self.random.sample(sorted(rows), min(1, len(rows))):
            column = self.random.choice(list(FIELDS.values()))
            token = self.token()
            self.log.append(f"row_edit {key} {column}={token}")
            self.excused.add(str(rows[key][column]))
            self.place.sql(f"UPDATE CORE.ITEMS SET {column} = ? WHERE ITEM_ID = ?", token, key)

    def row_delete(self) -> None:
        rows = self.place.rows("ITEMS")
        for key in self.random.sample(sorted(rows), min(1, len(rows))):
            self.log.append(f"row_delete {key}")
            self.excused |= {str(rows[key][column]) for column in FIELDS.values()}
            self.place.sql("DELETE FROM CORE.ITEMS WHERE ITEM_ID = ?", key)

    # The sync, and what goes wrong around it.

    def advance(self) -> None:
        self.place.workspace.advance(self.random.choice([1, 20, 61, 200]))

    def cycle(self, **options: Any) -> CycleReport:
        with self.place.sync("ITEMS", allow_deletes=True, **options) as sync:
            return sync.cycle()

    def crashed_cycle(self) -> None:
        crasher = Crasher(at=self.random.randint(1, 45), after=self.random.random() < 0.5)
        self.log.append(f"crash at {crasher.at} after={crasher.after}")
        with crashing(crasher), suppress(CrashError):
            self.cycle()

    def stormy_cycle(self) -> None:
        storm = random.Random(self.random.randint(0, 10**6))

        def misbehave(_operation: str, _number: int) -> Fault | None:
            if storm.random() > 0.25:
                return None
            return storm.choice(
                [
                    Fault(status=429, retry_after=7),
                    Fault(status=529),
                    Fault(status=500),
                    Fault(status=503),
                    Fault(cut="before"),
                    Fault(cut="after"),
                ]
            )

        self.place.notion.misbehave = misbehave
        try:
            report = self.cycle()
            self.log.append(f"stormy cycle: {[e.failures for e in report.entities]}")
        finally:
            self.place.notion.misbehave = lambda _operation, _number: None

    def act(self, name: str) -> None:
        getattr(self, name)()

    # The end.

    def converge(self) -> None:
        """Run cycles until one is idle, then check everything that was promised."""
        for _ in range(8):
            self.place.workspace.advance(300)
            report = self.cycle()
            assert not report.failed, report.plain()
            if report.idle and not report.used_warehouse:
                break
        else:
            raise AssertionError(f"never idle: {report.plain()}")
        self.equal()
        self.none_lost()
        self.place.notion.log.clear()
        before = self.place.rows("ITEMS")
        for _ in range(2):
            report = self.cycle()
            assert report.idle
            assert not report.used_warehouse
        assert not self.place.notion.writes()
        assert self.place.rows("ITEMS") == before
        report = self.cycle(full=True)
        assert report.idle, report.plain()
        assert not self.place.notion.writes()

    def equal(self) -> None:
        rows = self.place.rows("ITEMS")
        pages = {page: self.place.workspace.values(page) for page in self.pages()}
        ties = [shown["sync_id"] for shown in pages.values()]
        assert len(ties) == len(set(ties)), f"duplicates: {ties}"
        assert sorted(ties) == sorted(rows), self.log
        assert set(rows) <= self.born, (set(rows) - self.born, self.log)
        for page, shown in pages.items():
            row = rows[shown["sync_id"]]
            body = self.place.workspace.pages[page].markdown
            assert (shown["Name"], shown["Notes"] or None, body or None) == (
                row["NAME"],
                row["NOTES"],
                row["CONTENT"],
            ), self.log
            assert row["NOTION_PAGE_ID"] == page

    def none_lost(self) -> None:
        there = {
            value
            for page in self.pages()
            for value in (
                self.place.workspace.values(page)["Name"],
                self.place.workspace.values(page)["Notes"],
                self.place.workspace.pages[page].markdown,
            )
        }
        rows = self.place.session.query("SELECT * FROM SYNCED.NOTION_SYNC.CONFLICTS")
        told = {
            json.loads(row[column])
            for row in rows
            for column in ("NOTION_VALUE", "SNOWFLAKE_VALUE")
            if row[column]
        }
        lost = self.written - there - self.excused - told
        assert not lost, (lost, self.log)


def wipe(place: Place) -> None:
    """Make both sides empty, as if the sync had just been set up."""
    place.workspace.pages.clear()
    place.sql("DELETE FROM CORE.ITEMS")
    for table in ("LINKS", "CHANGES", "OPERATIONS", "CONFLICTS", "CURSORS"):
        place.sql(f"DELETE FROM SYNCED.NOTION_SYNC.{table}")
    place.sql("CREATE OR REPLACE STREAM SYNCED.NOTION_SYNC.ITEMS_STREAM ON TABLE CORE.ITEMS")
    for file in (place.folder / "sync").glob("*"):
        file.unlink()


ACTIONS = [
    "page_new", "page_edit", "page_edit", "page_edit", "page_trash", "page_restore",
    "page_duplicate", "row_new", "row_edit", "row_edit", "row_edit", "row_delete", "advance",
    "cycle", "cycle", "crashed_cycle", "crashed_cycle", "stormy_cycle",
]  # fmt: skip
