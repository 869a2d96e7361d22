"""A fault at every statement: afterwards the same command goes on, and no row is lost.

Faults: the connection is cut, the server is killed, the process is killed; each before the
statement is carried out, and after it was while its answer is lost. Every day a sample is tried;
the slow tests try every statement of the small project, journal included, and every statement
of the foundation's apply.
"""

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import dying
import pytest
from faults import Mode, Proxy, impatient, is_older_connector
from workplace import Workplace

from hushflake.deploy import session
from hushflake.deploy.errors import StatementError
from hushflake.local.server.process import lifecycle

if is_older_connector():
    # It cancels a statement that takes too long from a thread, and lets that thread fail where
    # the network is gone; no error of ours.
    pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

What = Literal["connection", "server", "process"]
FAULTS: list[tuple[What, Mode]] = [
    ("connection", "before"),
    ("connection", "after"),
    ("server", "before"),
    ("server", "after"),
    ("process", "before"),
    ("process", "after"),
]
ids = [f"{what}-{mode}" for what, mode in FAULTS]

# What apply sends to change the account, as opposed to what it asks.
CHANGES = ("CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "INSERT", "UPDATE")
# The lease is renewed by the clock: its statements would count at random.
LEASE = ("EXPIRES_AT",)


@dataclass
class Site:
    """A project on a server of its own, reached through a proxy that can cut the connection."""

    place: Workplace
    proxy: Proxy
    unwanted: tuple[str, ...] = LEASE
    _forks: "subprocess.Popen[str] | None" = None

    def fails(self, what: What, mode: Mode, at: int, *words: str) -> bool:
        """Apply with a fault at the statement number `at` (from 0); whether it came so far."""
        if what == "process":
            return self._killed(at, mode, *words)
        self.proxy.on_cut = self._kill_the_server if what == "server" else None
        self.proxy.arm(at, mode)
        code = self.place.hushflake("apply", "--jobs", "1", *words, code=None).code
        was_cut = self.proxy.is_down
        self.proxy.heal()
        if was_cut:
            self.end_lease()
        assert code in ((0, 3) if was_cut else (0,))
        return was_cut

    def _kill_the_server(self) -> None:
        endpoint = lifecycle.ensure_running(self.place.project.local_data, "local")
        os.kill(endpoint.pid, signal.SIGKILL)

    def _killed(self, at: int, mode: Mode, *words: str) -> bool:
        if self._forks is None:
            self._forks = subprocess.Popen(
                [sys.executable, dying.__file__, str(self.place.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        said = self.place.folder / ".hushflake" / "said.txt"
        order = {
            "said": str(said),
            "at": at,
            "mode": mode,
            "wanted": CHANGES,
            "unwanted": self.unwanted,
            "words": ["apply", "--jobs", "1", *words],
        }
        print(json.dumps(order), file=self._forks.stdin, flush=True)
        code = json.loads(self._forks.stdout.readline())
        if code == -signal.SIGKILL:
            self.end_lease()
        assert code in (0, -signal.SIGKILL), said.read_text(encoding="utf-8")
        return code == -signal.SIGKILL

    def end_lease(self) -> None:
        """Let the lease of a dead deployment be over, as waiting for it would."""
        with self.place.session() as opened:
            prefix = self.journal
            found = opened.query("SHOW TABLES LIKE 'LOCK' IN ACCOUNT")
            if any(f"{row['database_name']}.{row['schema_name']}" == prefix for row in found):
                opened.execute(
                    f"UPDATE {prefix}.LOCK SET EXPIRES_AT = DATEADD(second, -1, "
                    "CURRENT_TIMESTAMP()) WHERE HOLDER IS NOT NULL"
                )

    @property
    def journal(self) -> str:
        text = (self.place.folder / "stacks/local.yaml").read_text(encoding="utf-8")
        return next(
            line.split(": ")[1] for line in text.splitlines() if line.startswith("journal_schema")
        )

    def close(self) -> None:
        if self._forks is not None:
            self._forks.communicate()
        self.proxy.close()
        self.place.stop()


def site_of(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Site:
    endpoint = lifecycle.ensure_running(place.project.make_local_data(), "local")
    found = Site(place, Proxy(endpoint.port))
    found.proxy.wanted = lambda sql: dying.is_counted(sql, CHANGES, found.unwanted)
    monkeypatch.setattr(lifecycle.Endpoint, "connect_arguments", _through(found.proxy))
    monkeypatch.setattr(session, "_FIRST_PAUSE", 0.01)
    return found


def _through(proxy: Proxy) -> Any:
    original = lifecycle.Endpoint.connect_arguments

    def connect_arguments(endpoint: lifecycle.Endpoint) -> dict[str, Any]:
        proxy.port = endpoint.port  # another one after the server was killed
        redirected = dataclasses.replace(endpoint, port=proxy.listening)
        return impatient(original(redirected))

    return connect_arguments


@pytest.fixture
def site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """Empty; a case writes its project."""
    (tmp_path / "hushflake.yaml").write_text("project: none\n")
    found = site_of(Workplace(tmp_path, capsys), monkeypatch)
    yield found
    found.close()


@pytest.fixture
def shipped_site(foundation: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A copy of the shipped project."""
    with (foundation.folder / "stacks/local.yaml").open("a", encoding="utf-8") as file:
        file.write("journal_schema: OPS.JOURNAL\ndeploy_warehouse: OPS_WH\n")
        # Reading with many sessions gains nothing here, and each has to sign in.
        file.write("settings: {jobs: 2}\n")
    found = site_of(foundation, monkeypatch)
    found.unwanted = ("OPS", "SESSION SET QUERY_TAG")  # the statements of the plan alone
    yield found
    found.close()


def small_project(name: str) -> dict[str, str]:
    """The small project under names of its own, so that one server serves many cases."""
    return {
        "hushflake.yaml": f"project: {name.lower()}\n",
        "stacks/local.yaml": f"""
            connection: local
            database: {name}
            edition: enterprise
            account_admin: true
            journal_schema: {name}_OPS.JOURNAL
            deploy_warehouse: {name}_OPS_WH
        """,
        "objects/all.yaml": f"""
            - {{kind: database, name: {name}}}
            - {{kind: schema, name: S}}
            - {{kind: warehouse, name: {name}_WH, size: xsmall}}
            - kind: table
              name: S.PEOPLE
              columns:
                - {{name: ID, type: string(64), nullable: false}}
                - {{name: NAME, type: string(64)}}
                - {{name: CITY, type: string(64)}}
              primary_key: [ID]
              change_tracking: true
            - {{kind: stream, name: S.CHANGED, on: {{table: S.PEOPLE}}}}
            - {{kind: task, name: S.ROOT, warehouse: {name}_WH, schedule: 60 MINUTES,
               definition: SELECT 1}}
            - {{kind: task, name: S.CHILD, warehouse: {name}_WH, after: [ROOT],
               definition: SELECT 2}}
            - {{kind: view, name: S.NAMES, query: SELECT NAME FROM {name}.S.PEOPLE}}
        """,
    }


ROWS = [{"ID": "1", "N": "Ada", "C": "7"}, {"ID": "2", "N": "Grace", "C": "8"}]


def first_apply(site: Site, name: str) -> str:
    """Nothing is there yet, not even the journal."""
    site.place.write(small_project(name))
    return ""


def change(site: Site, name: str) -> str:
    """Rows to lose, and: a wider column, a new one, a renamed one, one of another type, another
    view in a view's place, a changed task in a graph that runs."""
    place = site.place
    place.write(small_project(name))
    place.hushflake("apply")
    place.execute(f"INSERT INTO {name}.S.PEOPLE VALUES ('1', 'Ada', '7'), ('2', 'Grace', '8')")
    name_before, name_after = "NAME, type: string(64)", "FULL_NAME, renamed_from: NAME, type: text"
    city_before, city_after = "CITY, type: string(64)}", "CITY, type: integer}"
    for old, new in (
        (name_before, name_after),
        (city_before, f"{city_after}\n    - {{name: BORN, type: date}}"),
        ("S.NAMES, query: SELECT NAME", "S.FULL_NAMES, query: SELECT FULL_NAME"),
        ("SELECT 2", "SELECT 22"),
    ):
        place.replace("objects/all.yaml", old, new)
    return "--allow-loss=PEOPLE"


SCENARIOS = {"first apply": first_apply, "change": change}


def converges(site: Site, name: str, scenario: str, *words: str) -> None:
    """The same command goes on; nothing is left to do, nothing was lost, all runs again."""
    place = site.place
    place.hushflake("apply", "--jobs", "1", *words)
    place.hushflake("plan", "--exit-code", code=0)
    if scenario == "change":
        found = place.query(
            f"SELECT ID, FULL_NAME AS N, CAST(CITY AS VARCHAR) AS C FROM {name}.S.PEOPLE ORDER BY 1"
        )
        assert found == ROWS
        changed = place.query(f"SELECT COUNT(*) AS N FROM {name}.S.CHANGED")
        assert changed[0]["N"] >= len(ROWS)  # the stream kept its offset
    tasks = place.query(f"SHOW TASKS IN SCHEMA {name}.S")
    assert {row["name"]: row["state"] for row in tasks} == {"ROOT": "started", "CHILD": "started"}
    open_rows = place.query(
        f"SELECT COUNT(*) AS N FROM {site.journal}.DEPLOYMENTS WHERE STATUS = 'running'"
    )
    assert open_rows == [{"N": 0}]


def one_fault(site: Site, number: int, scenario: str, what: What, mode: Mode, at: int) -> bool:
    name = f"F{number}"
    words = [word for word in [SCENARIOS[scenario](site, name)] if word]
    if not site.fails(what, mode, at, *words):
        return False
    converges(site, name, scenario, *words)
    return True


# A first apply sends 19 statements that change something and the change 26 (the slow tests hold
# that these are fewer than all); each fault is tried at one of each, chosen by a fixed seed.
def sample() -> Iterator[Any]:
    chance = random.Random(8)
    for number, (what, mode) in enumerate(FAULTS):
        scenario = list(SCENARIOS)[number % 2]
        at = chance.randrange(8, 18)
        yield pytest.param(scenario, what, mode, at, id=f"{what}-{mode}-{scenario}-{at}")


@pytest.mark.parametrize(("scenario", "what", "mode", "at"), list(sample()))
def test_a_fault_at_a_statement(site: Site, scenario: str, what: What, mode: Mode, at: int) -> None:
    assert one_fault(site, at, scenario, what, mode, at)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "mode"), FAULTS, ids=ids)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_fault_at_every_statement(site: Site, scenario: str, what: What, mode: Mode) -> None:
    tried = 0
    while one_fault(site, tried, scenario, what, mode, tried):
        tried += 1
        assert tried < 60
    assert tried >= 18


MIGRATION = 6  # add, fill, rename away, fill again, drop, rename into the place


def migrating(site: Site, name: str) -> None:
    """Rows of a column that is to hold text; nothing but the migration is counted."""
    place = site.place
    site.unwanted = (*LEASE, "OPS", "SESSION SET QUERY_TAG")
    place.write(small_project(name))
    place.replace("objects/all.yaml", "CITY, type: string(64)}", "CITY, type: 'number(9,2)'}")
    place.hushflake("apply")
    place.execute(f"INSERT INTO {name}.S.PEOPLE VALUES ('1', 'Ada', 7.25), ('2', 'Grace', NULL)")
    place.replace("objects/all.yaml", "CITY, type: 'number(9,2)'}", "CITY, type: string(12)}")


def survives(site: Site, name: str, what: What, mode: Mode, at: int) -> None:
    """A fault in the migration, what a writer does then, and one more apply: no value is lost."""
    place = site.place
    migrating(site, name)
    assert site.fails(what, mode, at)
    shown = place.query(f"SHOW COLUMNS IN TABLE {name}.S.PEOPLE")
    names = {row["column_name"] for row in shown} - {"ID", "NAME"}
    written = "7.25"
    with place.session() as writer, contextlib.suppress(StatementError):
        writer.execute(f"UPDATE {name}.S.PEOPLE SET CITY = '7.50' WHERE ID = '1'")
        written = "7.50"
    assert (written == "7.50") == ("CITY" in names)
    place.hushflake("apply", "--jobs", "1")  # it loses nothing, so it need not be allowed to
    place.hushflake("plan", "--exit-code", code=0)
    found = place.query(f"SELECT CITY FROM {name}.S.PEOPLE ORDER BY ID")
    assert found == [{"CITY": written}, {"CITY": None}]


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_process_that_is_killed_while_a_column_has_no_name(site: Site, mode: Mode) -> None:
    for at in (3, 4):
        survives(site, f"F{at}", "process", mode, at)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "mode"), FAULTS, ids=ids)
def test_a_fault_at_every_statement_of_a_migration(site: Site, what: What, mode: Mode) -> None:
    for at in range(MIGRATION):
        survives(site, f"F{at}", what, mode, at)


SHARDS = 8
TABLE = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.EMPLOYEES"


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize(("what", "mode"), FAULTS, ids=ids)
def test_a_fault_at_every_statement_of_the_foundation(
    shipped_site: Site, what: What, mode: Mode, shard: int
) -> None:
    """Each run gets one statement further than the one before it, and meets the fault there."""
    site, place = shipped_site, shipped_site.place
    place.hushflake("apply", "--target", "table EMPLOYEES")
    place.execute(f"INSERT INTO {TABLE} (EMPLOYEE_ID, FULL_NAME) VALUES ('e1', 'Maria Lopez')")
    document = place.hushflake("plan", "--format", "json").json()
    statements = [sql for op in document["operations"] for sql in op["sql"]]
    total = sum(dying.is_counted(sql, CHANGES, site.unwanted) for sql in statements)
    assert total > 180
    first, last = total * shard // SHARDS, total * (shard + 1) // SHARDS
    if first:
        assert site.fails("process", "before", first)
    elif mode == "before":
        assert site.fails(what, mode, 0)
    # One statement is carried out in each run: the one that meets the fault, or the one before it,
    # and before the last there is one less of these.
    for _ in range(first, last - (mode == "before" and last == total)):
        assert site.fails(what, mode, 1 if mode == "before" else 0)
    place.hushflake("apply")
    place.hushflake("plan", "--exit-code", code=0)
    assert place.query(f"SELECT FULL_NAME FROM {TABLE}") == [{"FULL_NAME": "Maria Lopez"}]
