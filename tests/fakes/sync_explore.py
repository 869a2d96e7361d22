"""Every order of a few events, systematically, and each state that they lead to once.

A state is both sides, what the account keeps, and what each machine remembers, with names and
moments made relative. From every state a quiet cycle must lead nearer to rest: it is followed until
a state that is known to end well, or until nothing is left to do and the oracle is content.
"""

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from fake_notion.store import floored
from sync_history import ENTITY, TEXTS, Process, ViolationError, World

from hushflake.sync.notion.scan import before
from hushflake.sync.ports import Known
from hushflake.sync.report import CycleReport

_NAMES = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4000-?8000-?[0-9a-f]{12}|\bv\d+\b")
_WRITES = (
    "sql begin", "sql commit", "sql drain", "sql settle", "http create_page", "http update_page",
    "http update_markdown", "sql renew_stream", "sql forget_full",
)  # fmt: skip


class Small(World):
    """A world of two records, in which an event is chosen by its name."""

    second: str
    _chosen: str
    report: CycleReport | None

    def fork(self) -> "Small":
        """Return a copy that goes its own way."""
        new = object.__new__(Small)
        new.random, new.source, new.of = self.random, self.source, self.of
        new.space = deepcopy_space(self)
        new.account = self.account.copy()
        new.account.clock = new.seconds
        new.judge = copy(self.judge)
        for name, value in vars(self.judge).items():
            setattr(new.judge, name, copy(value))
        new.log, new.second = list(self.log), self.second
        new.processes = [Process(p.name, new, dict(p.files), lives=p.lives) for p in self.processes]
        return new

    def do(self, event: str) -> None:
        """Let one event happen: `what:who`, or a cycle `cycle:a`, `kill:a:step`."""
        what, *more = event.split(":")
        self.log.append(event)
        if what in ("cycle", "kill"):
            process = self.processes["ab".index(more[0])]
            if what == "kill":
                process.kill, process.after = int(more[1]), True
            else:
                self.space.advance(300)
            self.report = process.cycle()
            if self.report is not None and not self.report.failed:
                self.judge.restless.clear()
            process.end()
            self.account.holder = ""
            return
        self._chosen = more[0]
        getattr(self, what)()

    def _pick(self, there: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The record that the event names: a row by its key, pages by their place in time."""
        for name in sorted(there):
            if self._chosen == name or self._chosen == self.place_of(name):
                yield name, there[name]
                return

    def _field(self, record: str) -> str:
        """One record is edited in a property, the other one, and every copy, in its content."""
        return "Notes" if record in ("rv2", self.second) else "body"

    def place_of(self, page: str) -> str:
        order = list(self.space.pages)
        return f"p{order.index(page)}" if page in self.space.pages else ""

    def events(self) -> Iterator[str]:
        """What may happen next."""
        rows = self.rows()
        for number, page in enumerate(self.space.pages.values()):
            who = f"p{number}"
            if page.in_trash:
                yield f"page_restore:{who}"
                continue
            yield f"page_edit:{who}"
            yield f"page_trash:{who}"
            if len(self.space.pages) < 3:
                yield f"page_duplicate:{who}"
        for key in sorted(rows):
            yield f"row_edit:{key}"
            yield f"row_delete:{key}"
        for key in ("rv1", "rv2"):
            if key not in rows:
                yield f"row_again:{key}"
        yield "cycle:b"
        for step in self.kills():
            yield f"kill:a:{step}"

    def kills(self) -> list[int]:
        """Return the steps of the next cycle after which something is written: a kill counts."""
        trial = self.fork()
        process = trial.processes[0]
        process.names = []
        process.cycle()
        return [number for number, name in enumerate(process.names) if name in _WRITES]

    def key(self) -> str:
        """Return the state, with names and moments made relative."""
        links = self.account.links
        known = {k: Known.of(link, "CONTENT") for (_, k), link in links.items()}

        cursor = self.account.cursors.get(ENTITY)
        marks = [cursor.watermark if cursor else ""]
        required = self.judge.written - self.judge.excused - self._told()
        memory: list[Any] = []
        for process in self.processes:
            text = process.files.get(ENTITY)
            if text is None:
                memory.append(None)
                continue
            cache = json.loads(text)
            valid = cache["version"] == self.account.cycles
            settled = sorted(
                key for key, one in known.items()
                if cache["settled"].get(one.page_id) == f"{one.edited} {one.body_hash}"
            )  # fmt: skip
            memory.append([valid, settled, sorted(cache["parked"]) if valid else []])
            marks += [cache["watermark"]] if valid else []
        edited = {link.page_id: link.edited for link in links.values()}
        pages = []
        for page in self.space.pages.values():
            shown, minute = self.space.values(page.id), floored(page.edited)
            seen = [not mark or minute >= before(mark) for mark in marks]
            pages.append(
                [page.id, shown["Name"], shown["Notes"], shown["sync_id"], page.markdown,
                 page.in_trash, seen, edited.get(page.id) == minute]
            )  # fmt: skip
        plain = [
            pages,
            sorted(self.rows().items()),
            [[k, link.state, link.page_id, dict(link.row), dict(link.page), dict(link.open),
              dict(link.kept)] for (_, k), link in sorted(links.items())],
            sorted(self.account.changes),
            [vars_of(item) for _, item in sorted(self.account.operations.items())],
            sorted(self.account.stream(ENTITY)),
            bool(cursor and cursor.full_at),
            memory,
            sorted(self.judge.doomed),
            sorted(self.judge.restless),
            sorted(required),
        ]  # fmt: skip
        text = json.dumps(plain, default=str)
        names: dict[str, str] = {}
        return _NAMES.sub(lambda m: names.setdefault(m[0].replace("-", ""), f"n{len(names)}"), text)

    def _told(self) -> set[Any]:
        return {v for c in self.account.conflicts.values() for v in (c.notion, c.snowflake)}


def vars_of(item: Any) -> list[Any]:
    return [item.sync_id, item.action, item.page_id, dict(item.wanted)]


def deepcopy_space(world: World) -> Any:
    from fake_notion import Workspace

    old, new = world.space, Workspace()
    new.now, new.sources = old.now, old.sources
    new.pages = {name: _copied(page) for name, page in old.pages.items()}
    new._numbers = deepcopy(old._numbers)
    return new


def _copied(page: Any) -> Any:
    new = copy(page)
    new.values = dict(page.values)
    return new


@dataclass
class Explored:
    """What an exploration came to.

    Attributes:
        depth: Every order of fewer events than that was gone through; of that many too, when it is
            the depth that was asked for.
    """

    states: int = 0
    cycles: int = 0
    depth: int = 0
    merged: int = 0
    violations: list[str] = field(default_factory=list)


def begin(records: int) -> Small:
    """One or two records that are in step."""
    world = Small(0)
    world.second = world._chosen = ""
    for _ in range(records):
        world.row_new()
    for _ in range(3):
        world.do("cycle:a")
        world.space.advance(400)
    world.do("cycle:b")
    world.second = list(world.space.pages)[-1] if records > 1 else ""
    world.judge.written.clear()
    world.log.clear()
    return world


class Search:
    """The states that were seen, and which quiet cycle leads where."""

    def __init__(self, depth: int, seconds: float, records: int) -> None:
        self._depth, self._until = depth, time.monotonic() + seconds
        self._records = records
        self.out = Explored()
        self._seen: set[str] = set()
        self._onward: dict[str, str] = {}  # by a quiet cycle
        self._ends: set[str] = set()
        self._logs: dict[str, list[str]] = {}
        self._todo: deque[tuple[int, str, Small]] = deque()

    def run(self) -> Explored:
        start = begin(self._records)
        self._add(0, start)
        try:
            while self._todo and time.monotonic() < self._until:
                level, key, world = self._todo.popleft()
                self._expand(level, key, world)
            self.out.depth = self._depth if not self._todo else self._todo[0][0]
            self._follow()
        except ViolationError as error:
            self.out.violations.append(str(error))
        return self.out

    def _add(self, level: int, world: Small) -> str:
        key = sha256(world.key().encode()).hexdigest()[:24]
        if key in self._seen:
            self.out.merged += 1
            return key
        self._seen.add(key)
        self._logs[key] = world.log
        self._todo.append((level, key, world))
        self.out.states += 1
        return key

    def _expand(self, level: int, key: str, world: Small) -> None:
        quiet = world.fork()
        quiet.do("cycle:a")
        self.out.cycles += 1
        world._require(quiet.report is not None, "a quiet cycle does not end")
        assert quiet.report is not None
        world._require(not quiet.report.failed, "a quiet cycle fails")
        after = self._add(level + 1, quiet)
        self._onward[key] = after
        if quiet.report.idle and not quiet.report.used_warehouse:
            self._ends.add(after)
            quiet.equal()
            quiet.none_lost()
            quiet._require(not quiet.account.operations, "the log is never empty")
        if level >= self._depth:
            return
        for event in world.events():
            new = world.fork()
            new.do(event)
            self.out.cycles += event.startswith(("cycle", "kill"))
            self._add(level + 1, new)

    def _follow(self) -> None:
        """Every state that was gone through leads to rest by quiet cycles alone."""
        for key in self._onward:
            path, now = {key}, key
            while now in self._onward and now not in self._ends:
                now = self._onward[now]
                if now in path and now not in self._ends:
                    raise ViolationError("never idle\n" + "\n".join(self._logs[key]))
                path.add(now)


def explore(depth: int, seconds: float, *, records: int = 2) -> Explored:
    """Go through every order of up to `depth` events, for so many seconds at most."""
    return Search(depth, seconds, records).run()


__all__ = ["TEXTS", "Explored", "explore"]
