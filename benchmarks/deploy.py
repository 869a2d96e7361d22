"""How long a plan and an apply take when every statement costs a round trip.

    python benchmarks/deploy.py [--tables 1000 10000] [--objects 1000] [--round-trip 0.05]
        [--sign-in 3] [--check]

With --check it exits 1 where a plan sends a statement more than one for each page of 10,000 tables
beyond the first, or where the apply takes more than 1.3 times its bound.

The account is simulated: it answers what introspection and the journal ask, each answer after
one round trip, and signing in takes some (--sign-in; that is told apart from the statements). So
the figures are ours alone: statements sent, sign-ins, and the wall clock against the bound
max(longest chain, objects / workers) x round trip.
"""

import argparse
import json
import re
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hushflake.deploy.deployment import Deployer
from hushflake.deploy.introspect import PAGE as PAGE_ROWS
from hushflake.deploy.planning import Planner
from hushflake.deploy.session import Result, Row, Session
from hushflake.schema.compile import load_stack
from hushflake.schema.graph import sorted_by_dependency
from hushflake.schema.kinds.base import Key, Resource
from hushflake.schema.kinds.table import Column, Table
from hushflake.schema.kinds.warehouse import Warehouse
from hushflake.schema.names import Identifier
from hushflake.schema.project import find_project
from hushflake.schema.state import Desired

DATABASE = "BENCH"
COLUMNS = 12
# What is claimed: statements of a plan beside the further pages of SHOW TABLES, and the apply.
MOST_STATEMENTS = 9
MOST_OF_BOUND = 1.3
PAGE = re.compile(r" LIMIT (\d+)(?: FROM '([^']*)')?$")


@dataclass
class Account:
    """Holds tables of twelve columns; every statement takes one round trip."""

    tables: int
    round_trip: float
    sign_in: float = 0.0
    sign_ins: int = 0
    sent: list[str] = field(default_factory=list)
    lock: tuple[str | None, int] = (None, 0)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def let_in(self) -> None:
        time.sleep(self.sign_in * self.round_trip)
        with self.guard:
            self.sign_ins += 1

    def answer(self, sql: str, parameters: Sequence[Any]) -> Result:
        time.sleep(self.round_trip)
        with self.guard:
            self.sent.append(sql)
            if sql.startswith("UPDATE") and "FENCE + 1" in sql:
                self.lock = (parameters[0], self.lock[1] + 1)
        return Result(list(self._rows(sql)), 1, None)

    def _rows(self, sql: str) -> Iterator[Row]:
        if sql.startswith("SELECT CURRENT_ACCOUNT"):
            yield {"ACCOUNT": "BENCH"}
        elif sql.startswith("SELECT HOLDER"):
            yield {"HOLDER": self.lock[0], "FENCE": self.lock[1]}
        elif sql.startswith("SHOW DATABASES") and "LIKE" not in sql:
            yield {"name": DATABASE, "kind": "STANDARD", "retention_time": "1", "comment": ""}
        elif sql.startswith("SHOW SCHEMAS"):
            yield {"database_name": DATABASE, "name": "S", "retention_time": "1", "options": ""}
        elif sql.startswith("SHOW TABLES"):
            yield from self._page(sql)
        elif sql.startswith("SELECT TABLE_CATALOG"):
            yield from (column for n in range(self.tables) for column in _columns(_name(n)))

    def _page(self, sql: str) -> Iterator[Row]:
        found = PAGE.search(sql)
        assert found is not None, "SHOW refuses more than 10,000 rows without LIMIT"
        first = 0 if found[2] is None else int(found[2][1:]) + 1
        for number in range(first, min(self.tables, first + int(found[1]))):
            yield {
                "name": _name(number),
                "database_name": DATABASE,
                "schema_name": "S",
                "kind": "TABLE",
                "comment": "",
                "cluster_by": "",
                "retention_time": "1",
                "change_tracking": "OFF",
            }


def _name(number: int) -> str:
    return f"T{number:06d}"


def _columns(table: str) -> Iterator[Row]:
    for number in range(COLUMNS):
        yield {
            "TABLE_CATALOG": DATABASE,
            "TABLE_SCHEMA": "S",
            "TABLE_NAME": table,
            "COLUMN_NAME": f"C{number}",
            "IS_NULLABLE": "YES",
            "DATA_TYPE": "TEXT",
            "CHARACTER_MAXIMUM_LENGTH": 256,
            "COMMENT": "",
        }


class _Connection:
    def close(self, *, retry: bool) -> None:
        """Nobody waits for a farewell."""


@dataclass
class Simulated(Session):
    """A session with the simulated account; everything above it is the real thing."""

    account: Account = field(kw_only=True)

    def _once(self, sql: str, parameters: Sequence[Any]) -> Result:
        if self._connection is None:
            self._connection = _Connection()
            self.account.let_in()
        return self.account.answer(sql, parameters)

    def fork(self, tag: str | None = None) -> "Simulated":
        return Simulated({}, tag=tag or self.tag, setup=self.setup, account=self.account)


def tables(count: int) -> Iterator[Resource]:
    columns = tuple(Column(name=Identifier(f"C{n}"), type="VARCHAR(256)") for n in range(COLUMNS))
    schema = Key("schema", f"{DATABASE}.S")
    for number in range(count):
        key = Key("table", f"{DATABASE}.S.{_name(number)}")
        yield Resource(key, Table(columns=columns, data_retention_days=1), (schema,))


def warehouses(count: int) -> Iterator[Resource]:
    for number in range(count):
        yield Resource(Key("warehouse", f"W{number:06d}"), Warehouse())


def planner_of(folder: Path) -> Planner:
    (folder / "hushflake.yaml").write_text("project: bench\n")
    (folder / "stacks").mkdir()
    (folder / "stacks" / "bench.yaml").write_text(f"connection: local\ndatabase: {DATABASE}\n")
    project = find_project(folder, folder)
    return Planner(project, load_stack(project, "bench"))


def containers() -> Iterator[Resource]:
    from hushflake.schema.kinds.database import Database
    from hushflake.schema.kinds.schema import Schema

    database, schema = Key("database", DATABASE), Key("schema", f"{DATABASE}.S")
    yield Resource(database, Database())
    yield Resource(schema, Schema(), (database,))


def desired(resources: Iterator[Resource]) -> Desired:
    return Desired("bench", "bench", sorted_by_dependency([*containers(), *resources]))


def measure_plan(planner: Planner, count: int, round_trip: float, sign_in: float) -> dict[str, Any]:
    account = Account(count, round_trip, sign_in)
    wanted = desired(tables(count))
    began, cpu = time.perf_counter(), time.process_time()
    planned = planner.plan(Simulated({}, account=account), wanted)
    return {
        "tables": count,
        "statements": len(account.sent),
        "sign_ins": account.sign_ins,
        "operations": len(planned.plan.operations),
        "wall_s": round(time.perf_counter() - began, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
    }


def measure_apply(
    planner: Planner, count: int, round_trip: float, sign_in: float, jobs: int
) -> dict[str, Any]:
    account = Account(0, round_trip, sign_in)
    session = Simulated({}, account=account)
    wanted = desired(warehouses(count))
    planned = planner.plan(session, wanted)
    deployer = Deployer(planner, session, jobs)
    account.sent.clear()
    began = time.perf_counter()
    report = deployer.carry_out(
        planned, lambda session: planner.plan(session, wanted), lambda _outcome: None
    )
    wall = time.perf_counter() - began
    assert report.run.complete
    operations = len(planned.plan.operations)
    bound = max(_longest_chain(planned.plan.operations), operations / jobs) * round_trip
    return {
        "operations": operations,
        "jobs": jobs,
        "statements": len(account.sent),
        "sign_ins": account.sign_ins,
        "wall_s": round(wall, 2),
        "bound_s": round(bound, 2),
        "ratio": round(wall / bound, 3),
    }


def _longest_chain(operations: Sequence[Any]) -> int:
    depth: dict[str, int] = {}
    for op in operations:  # in dependency order
        depth[op.id] = 1 + max((depth.get(needed, 0) for needed in op.depends_on), default=0)
    return max(depth.values())


def missed(plans: Sequence[dict[str, Any]], apply: dict[str, Any]) -> Iterator[str]:
    """What is claimed and was not met."""
    for plan in plans:
        most = MOST_STATEMENTS + plan["tables"] // PAGE_ROWS
        if plan["statements"] > most:
            yield (
                f"{plan['statements']} statements for a plan of {plan['tables']} tables: at most "
                f"{most} are claimed"
            )
    if apply["ratio"] > MOST_OF_BOUND:
        yield f"the apply took {apply['ratio']} of its bound: at most {MOST_OF_BOUND} is claimed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--objects", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--round-trip", type=float, default=0.05)
    parser.add_argument("--sign-in", type=float, default=3.0, help="round trips of a sign-in")
    parser.add_argument("--check", action="store_true", help="exit 1 where a claim is missed")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        planner = planner_of(Path(folder))
        trip, sign_in = options.round_trip, options.sign_in
        plans = [measure_plan(planner, n, trip, sign_in) for n in options.tables]
        apply = measure_apply(planner, options.objects, trip, sign_in, options.jobs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps(
            {
                "format": "hushflake.benchmark.deploy/1",
                "round_trip_s": options.round_trip,
                "sign_in_round_trips": options.sign_in,
                "plan": plans,
                "apply": apply,
                "peak_mib": peak,
            },
            indent=2,
        )
    )
    found = list(missed(plans, apply)) if options.check else []
    for line in found:
        print(line, file=sys.stderr)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
