"""A fault at every statement: afterwards the same command goes on, and no row is lost."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from faults import Mode, Proxy, impatient
from workplace import Workplace

from hushflake.deploy import session
from hushflake.deploy.local import lifecycle

# What apply sends to change the account, as opposed to what it asks.
CHANGES = ("CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "INSERT", "UPDATE")


def changes(sql: str) -> bool:
    return sql.lstrip().upper().startswith(CHANGES)


@pytest.fixture
def proxied(small: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Workplace, Proxy]]:
    """The small project, reached through a proxy that can cut the connection."""
    endpoint = lifecycle.ensure_running(small.project.make_local_data(), "local")
    proxy = Proxy(endpoint.port, wanted=changes)
    through = _through(proxy)
    monkeypatch.setattr(lifecycle.Endpoint, "connect_arguments", through)
    monkeypatch.setattr(session, "_FIRST_PAUSE", 0.01)
    yield small, proxy
    proxy.close()


def _through(proxy: Proxy) -> Any:
    original = lifecycle.Endpoint.connect_arguments

    def connect_arguments(endpoint: lifecycle.Endpoint) -> dict[str, Any]:
        proxy.port = endpoint.port  # another one after the server was killed
        redirected = dataclasses.replace(endpoint, port=proxy.listening)
        return impatient(original(redirected))

    return connect_arguments


def widen_and_fill(place: Workplace) -> None:
    """Rows to lose, and changes to make: a wider column, a new one, a new view, a dropped one."""
    place.hushflake("apply")
    place.execute("INSERT INTO SMALL.S.PEOPLE (ID, NAME) VALUES ('1', 'Ada'), ('2', 'Grace')")
    place.replace("objects/all.yaml", "{name: NAME, type: string(64)}", NEW_COLUMNS)
    place.replace("objects/all.yaml", "name: S.NAMES", "name: S.NICKNAMES")


NEW_COLUMNS = "{name: NAME, type: string(128)}\n    - {name: NICK, type: string(16)}"


def converges(place: Workplace, *, rows: int) -> None:
    place.hushflake("apply", "--wait", "30")
    place.hushflake("plan", "--exit-code", code=0)
    found = place.query("SELECT COUNT(*) AS N, COUNT(NAME) AS M FROM SMALL.S.PEOPLE")
    assert found == [{"N": rows, "M": rows}]
    running = place.query("SELECT COUNT(*) AS N FROM HUSHFLAKE.JOURNAL.LOCK WHERE HOLDER IS NULL")
    assert running == [{"N": 1}]


@pytest.mark.parametrize(("at", "mode"), [(10, "after")])
def test_a_cut_in_the_first_apply(proxied: tuple[Workplace, Proxy], at: int, mode: Mode) -> None:
    place, proxy = proxied
    proxy.arm(at, mode)
    place.hushflake("apply", code=3)
    proxy.heal()
    converges(place, rows=0)


@pytest.mark.parametrize(("at", "mode"), [(5, "after")])
def test_a_cut_in_a_change(proxied: tuple[Workplace, Proxy], at: int, mode: Mode) -> None:
    place, proxy = proxied
    widen_and_fill(place)
    proxy.arm(at, mode)
    place.hushflake("apply", code=3)
    proxy.heal()
    converges(place, rows=2)


@pytest.mark.parametrize("mode", ["before"])
def test_the_server_is_killed_in_a_change(proxied: tuple[Workplace, Proxy], mode: Mode) -> None:
    place, proxy = proxied
    widen_and_fill(place)
    server = lifecycle.ensure_running(place.project.local_data, "local").pid
    proxy.on_cut = (lambda: os.kill(server, signal.SIGKILL)) if mode == "before" else None
    proxy.arm(5, mode)
    place.hushflake("apply", code=3)
    if mode == "after":
        os.kill(server, signal.SIGKILL)
    proxy.heal()
    converges(place, rows=2)


# Runs `hushflake apply` and kills its own process at a statement that changes the account.
DIES = """
import os, signal, sys
from hushflake.cli.main import main
from hushflake.deploy.session import Session

at, mode = int(sys.argv[1]), sys.argv[2]
seen, once = [], Session._once

def dies(self, sql, parameters):
    # The lease is renewed by the clock: its statements would count at random.
    counts = sql.lstrip().upper().startswith({changes!r}) and "JOURNAL.LOCK" not in sql
    if counts:
        seen.append(sql)
    last = counts and len(seen) > at
    if last and mode == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = once(self, sql, parameters)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

Session._once = dies
sys.exit(main(["apply", "--jobs", "1", "--wait", "30"]))
"""


def dies(place: Workplace, at: int, mode: Mode) -> int:
    """Run apply in a process that dies at a statement; return how it ended."""
    command = [sys.executable, "-c", DIES.format(changes=CHANGES), str(at), mode]
    return subprocess.run(command, cwd=place.folder, capture_output=True, timeout=120).returncode


@pytest.mark.parametrize(("at", "mode"), [(9, "before"), (11, "after")])
def test_the_process_is_killed(small: Workplace, at: int, mode: Mode) -> None:
    assert dies(small, at, mode) == -signal.SIGKILL
    converges(small, rows=0)


# Statements that count before the first operation: tag, journal, the rows of the dead.
BEFORE_OPERATIONS = 7


@pytest.mark.slow
def test_the_foundation_converges_although_every_statement_meets_a_kill(
    foundation: Workplace,
) -> None:
    foundation.replace(
        "stacks/local.yaml", "connection: local", "connection: local\nsettings: {lease_seconds: 1}"
    )
    table = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.EMPLOYEES"
    foundation.hushflake("apply", "--target", "table EMPLOYEES")
    foundation.execute(f"INSERT INTO {table} (EMPLOYEE_ID, FULL_NAME) VALUES ('e1', 'Maria Lopez')")
    pending = len(foundation.operations())
    kills = 0
    while (code := dies(foundation, BEFORE_OPERATIONS, "after")) == -signal.SIGKILL:
        kills += 1
        assert kills <= pending + 2, "no progress"
    assert code == 0
    assert kills >= pending - 1
    foundation.hushflake("plan", "--exit-code", code=0)
    assert foundation.query(f"SELECT FULL_NAME FROM {table}") == [{"FULL_NAME": "Maria Lopez"}]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["before", "after"])
@pytest.mark.parametrize("at", range(16))
def test_a_kill_at_every_statement_of_a_change(small: Workplace, at: int, mode: Mode) -> None:
    widen_and_fill(small)
    assert dies(small, at, mode) in (-signal.SIGKILL, 0)
    converges(small, rows=2)
