"""Every order of a few events, systematically, and each state that they lead to once.

A state is both sides, what the account keeps, and what each machine remembers, with names and
moments made relative. From every state a quiet cycle must lead nearer to rest: it is followed until
a state that is known to end well, or until nothing is left to do and the oracle is content. At rest
the oracle begins anew: whatever is there then must not be lost, so that all states at rest that
look alike are one.

A cycle that is killed is not run for each step: one run is copied behind every step that writes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sync_history import ENTITY, TEXTS, Process, ViolationError, World
from sync_tiny import TinyCache, TinySource, TinySpace, minute

from hushflake.sync.cache import Cache, State
from hushflake.sync.notion.scan import before
from hushflake.sync.ports import Source
from hushflake.sync.report import CycleReport
from hushflake.sync.types import content_hash

_WRITES = frozenset(
    ["sql begin", "sql commit", "sql drain", "http create_page", "http update_page",
     "http update_markdown", "sql renew_stream", "sql forget_full"]
)  # fmt: skip
_MINUTES = 18 * 60  # see `observe`: by then a minute is over, whatever the clocks say


class Traced(Process):
    """A process that is copied, with all the world, behind every step that writes."""

    copies: list[tuple[int, "Small"]] | None = None
    number: int = 0

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        done = work()
        self.number += 1
        whole = name == "sql commit" or not self._sync.store._inside  # type: ignore[union-attr]
        if self.copies is not None and name in _WRITES and whole:
            self.copies.append((self.number, self.world.fork()))  # type: ignore[attr-defined]
        return done


class Small(World):
    """A world of two records, in which an event is chosen by its name."""

    second: str
    _chosen: str
    report: CycleReport | None
    space: TinySpace  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(0)
        self.second = self._chosen = ""
        self.space = TinySpace()
        self.history = 10**6  # how many transactions there were is not a part of a state
        self.processes = [Traced("a", self), Traced("b", self)]

    def source_for(self, process: Process) -> Source:
        return TinySource(self.space, process)

    def cache_for(self, process: Process) -> Cache:
        return TinyCache(process.files)

    def pages(self, *, trashed: bool = False) -> dict[str, dict[str, str | None]]:
        return {
            page.id: {**self.space.values(page.id), "body": page.markdown}
            for page in self.space.pages.values()
            if page.in_trash == trashed
        }

    def fork(self) -> "Small":
        """Return a copy that goes its own way; nothing runs in it."""
        new = object.__new__(Small)
        new.random, new.source, new.of = self.random, self.source, self.of
        new.space, new.account = self.space.copy(), self.account.copy()
        new.account.clock, new.account.holder = new.seconds, ""
        new.judge = copy(self.judge)
        for name, value in vars(self.judge).items():
            setattr(new.judge, name, copy(value))
        new.log, new.second, new.history = [], self.second, self.history
        new.processes = [Traced(p.name, new, dict(p.files)) for p in self.processes]
        return new

    def do(self, event: str) -> list[tuple[int, "Small"]]:
        """Let one event happen: `what:who`, or a cycle, `cycle:a`, `soon:a`.

        Returns:
            Of `soon`: the steps behind which it can be killed, and the worlds as they are then.
        """
        what, who = event.split(":")
        if what in ("cycle", "soon"):
            process = self.processes["ab".index(who)]
            assert isinstance(process, Traced)
            process.copies = [] if what == "soon" else None
            if what == "cycle":
                self.space.advance(300)
            self.report = process.cycle()
            if self.report is not None and not self.report.failed:
                self.judge.restless.clear()
            copies, process.copies = process.copies, None
            process.end()
            self.account.holder = ""
            return copies or []
        self._chosen = who
        getattr(self, what)()
        return []

    def _pick(self, there: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The record that the event names: a row by its key, pages by their place in time."""
        pages = list(self.space.pages)
        for name in sorted(there):
            if self._chosen == name or (name in pages and self._chosen == f"p{pages.index(name)}"):
                yield name, there[name]
                return

    def _field(self, record: str) -> str:
        """One record is edited in a property, the other one, and every copy, in its content."""
        return "Notes" if record in ("rv2", self.second) else "body"

    def events(self) -> Iterator[str]:
        """What people may do next."""
        rows = self.account.rows.get(ENTITY, {})
        for number, page in enumerate(self.space.pages.values()):
            who = f"p{number}"
            if page.in_trash:
                yield f"page_restore:{who}"
                continue
            yield f"page_edit:{who}"
            yield f"page_trash:{who}"
            if len(self.space.pages) < 3:
                yield f"page_duplicate:{who}"
        for key in rows:
            yield f"row_edit:{key}"
            yield f"row_delete:{key}"
        for key in ("rv1", "rv2"):
            if key not in rows and key in self.judge.born:
                yield f"row_again:{key}"
        if not self.second:
            if "rv2" not in self.judge.born:
                yield "row_second:rv2"
            if len(self.space.pages) < 3:
                yield "page_new:"

    def row_second(self) -> None:
        """Make a second row, where there was one record only."""
        self.judge.born.add("rv2")
        self.row_again()

    def is_at_rest(self) -> bool:
        report = self.report
        return report is not None and report.idle and not report.used_warehouse

    def begin_anew(self) -> None:
        """Be judged from now on by what there is: at rest nothing is owed any more."""
        self.account.conflicts = {}
        self.judge.excused = set()
        self.judge.written = {
            value
            for row in self.account.rows.get(ENTITY, {}).values()
            for value in row.values()
            if value is not None and value.startswith("v")
        }

    def key(self) -> int:
        """Return the state, with names and moments made relative."""
        names: dict[str | None, Any] = {None: None, "": "", "rv1": "rv1", "rv2": "rv2"}

        def name(value: Any) -> Any:
            return names.setdefault(value, len(names))

        def named(values: Any) -> tuple[Any, ...]:
            return tuple((k, name(v)) for k, v in sorted(values.items()) if v is not None)

        account, judge = self.account, self.judge
        links = {link.page_id: link for link in account.links.values()}
        cursor = account.cursors.get(ENTITY)
        marks = [cursor.watermark] if cursor else []
        memories: list[State | None] = [p.files.get(ENTITY) for p in self.processes]  # type: ignore[misc]
        marks += [m.watermark for m in memories if m and m.version == account.version]
        since = [before(mark) if mark else "" for mark in marks]
        pages = []
        for page in self.space.pages.values():
            edited, link = minute(page), links.get(page.id)
            flags = [edited >= mark for mark in since]
            flags.append(self.space.time - page.edited // 60 * 60 >= _MINUTES)
            flags.append(link is not None and link.edited == edited)
            for memory in memories:
                flags += self._remembered(memory, page.id, edited, link)
            pages.append(
                (name(page.id), name(page.id.replace("-", "")), name(page.Name), name(page.Notes),
                 name(page.sync_id), name(page.markdown), page.in_trash, *flags)
            )  # fmt: skip
        rows, offsets = account.rows.get(ENTITY, {}), account.offsets.get(ENTITY, {})
        order = sorted({*rows, *offsets}, key=lambda key: (str(names.get(key)), key))
        told = {v for c in account.conflicts.values() for v in (c.notion, c.snowflake)}
        owed = judge.written - judge.excused - told
        plain = (
            tuple(pages),
            tuple(
                (name(key), named(rows[key]) if key in rows else None, key in offsets,
                 rows.get(key) == offsets.get(key))
                for key in order
            ),
            tuple(
                (name(link.sync_id), link.state, name(link.page_id), named(link.row),
                 named(link.page), named(link.open), named(link.kept))
                for link in account.links.values()
            ),
            frozenset(name(key) for _, key in account.changes),
            frozenset(
                (name(o.sync_id), o.action, name(o.page_id), named(o.wanted),
                 frozenset(c for c, v in o.wanted.items() if v is None))
                for o in account.operations.values()
            ),
            bool(cursor and cursor.full_at),
            tuple(m and (m.version == account.version, bool(m.full_at)) for m in memories),
            frozenset(map(name, judge.doomed)),
            frozenset(map(name, judge.restless)),
            frozenset(names[v] for v in owed if v in names),
        )  # fmt: skip
        lost = [v for v in owed if v not in names]
        return hash((plain, len(lost)))

    def _remembered(
        self, memory: State | None, page: str, edited: str, link: Any
    ) -> tuple[bool | None, ...]:
        if memory is None:
            return (None,)
        said, since = memory.opened.get(page, ("", ""))
        read = link is not None and memory.settled.get(page) == (
            f"{edited} {_body_hash(link.page.get('CONTENT'))}"
        )
        return (
            read,
            said == edited,
            since[:16] == self.space.now.isoformat()[:16],
            page in memory.parked and memory.version == self.account.version,
        )


@cache
def _body_hash(body: str | None) -> str:
    return content_hash({"CONTENT": body})


@dataclass
class Explored:
    """What an exploration came to.

    Attributes:
        depth: Every order of so many events was gone through.
        levels: New states by the number of events that lead to them.
        seconds: Of this process's time.
    """

    states: int = 0
    cycles: int = 0
    depth: int = 0
    merged: int = 0
    seconds: float = 0.0
    levels: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def begin(records: int) -> Small:
    """One or two records that are in step."""
    world = Small()
    for _ in range(records):
        world.row_new()
    for _ in range(3):
        world.do("cycle:a")
        world.space.advance(400)
    world.do("cycle:b")
    world.second = list(world.space.pages)[-1] if records > 1 else ""
    world.begin_anew()
    return world.fork()


class Search:
    """The states that were seen, and which quiet cycle leads where."""

    def __init__(self, depth: int, seconds: float, records: int) -> None:
        self._depth, self._seconds = depth, seconds
        self._start = time.process_time()
        self._records = records
        self.out = Explored()
        self._from: dict[int, tuple[int, str]] = {}
        self._onward: dict[int, int] = {}  # by a quiet cycle
        self._ends: set[int] = set()
        self._todo: deque[tuple[int, int, Small]] = deque()

    def run(self, start: Small | None = None) -> Explored:
        out = self.out
        try:
            self._add(0, 0, "", start or begin(self._records))
            while self._todo:
                level, key, world = self._todo.popleft()
                out.depth = level
                if time.process_time() - self._start > self._seconds:
                    break
                self._expand(level, key, world)
            else:
                out.depth = self._depth
            self._follow()
        except ViolationError as error:
            out.violations.append(str(error).strip())
        out.seconds = time.process_time() - self._start
        return out

    def _add(self, level: int, parent: int, event: str, world: Small) -> int:
        key = world.key()
        if key in self._from:
            self.out.merged += 1
            return key
        self._from[key] = (parent, event)
        self.out.states += 1
        self.out.levels += [0] * (level + 1 - len(self.out.levels))
        self.out.levels[level] += 1
        if level < self._depth:
            self._todo.append((level, key, world))
        else:
            self._to_rest(level, key, world)
        return key

    def _to_rest(self, level: int, key: int, world: Small) -> None:
        """Behind the last event: quiet cycles, as far as they lead somewhere new."""
        while True:
            world, after = self._quiet(key, world)
            if after in self._from:
                return
            self._from[after] = (key, "cycle:a")
            self.out.states += 1
            if after in self._ends:
                return
            key = after

    def _quiet(self, key: int, world: Small) -> tuple[Small, int]:
        """Run a quiet cycle; return the world after it, and its key."""
        quiet = world.fork()
        self.out.cycles += 1
        try:
            quiet.do("cycle:a")
            quiet._require(quiet.report is not None, "a quiet cycle does not end")
            assert quiet.report is not None
            quiet._require(not quiet.report.failed, "a quiet cycle fails")
            if quiet.is_at_rest():
                quiet.equal()
                quiet.none_lost()
                quiet._require(not quiet.account.operations, "the log is never empty")
                quiet.begin_anew()
        except ViolationError as error:
            raise ViolationError(f"{error}\n{self._path(key)} cycle:a") from None
        after = quiet.key()
        self._onward[key] = after
        if quiet.is_at_rest():
            self._ends.add(after)
        return quiet, after

    def _expand(self, level: int, key: int, world: Small) -> None:
        quiet, _ = self._quiet(key, world)
        self._add(level + 1, key, "cycle:a", quiet)
        for event in world.events():
            new = world.fork()
            new.do(event)
            self._add(level + 1, key, event, new)
        other = world.fork()
        other.do("cycle:b")
        self._add(level + 1, key, "cycle:b", other)
        soon = world.fork()
        for number, copied in soon.do("soon:a"):
            self._add(level + 1, key, f"kill:a:{number}", copied)
        self.out.cycles += 2

    def _path(self, key: int) -> str:
        events: list[str] = []
        while key in self._from:
            key, event = self._from[key]
            events.append(event)
        return " ".join(reversed(events)).strip()

    def _follow(self) -> None:
        """Every state that was gone through leads to rest by quiet cycles alone."""
        good = set(self._ends)
        for key in self._onward:
            path, now = [key], key
            while now not in good and now in self._onward:
                now = self._onward[now]
                if now not in good and now in path:
                    raise ViolationError(f"never idle\n{self._path(key)}")
                path.append(now)
            if now in good:
                good.update(path)


def explore(depth: int, seconds: float, *, records: int = 2) -> Explored:
    """Go through every order of up to `depth` events, for so many seconds of our own at most."""
    return Search(depth, seconds, records).run()


__all__ = ["TEXTS", "Explored", "explore"]
