"""A fault at every statement: afterwards the same command goes on, and no row is lost."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from faults import Mode, Proxy
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
        redirected = dataclasses.replace(endpoint, port=proxy.listening)
        # One try inside the connector: what a cut does to us is what is looked at.
        return {**original(redirected), "retry_max_attempts": 1, "login_timeout": 5}

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


@pytest.mark.parametrize("mode", ["before", "after"])
@pytest.mark.parametrize("at", [3, 8, 10])
def test_a_cut_in_the_first_apply(proxied: tuple[Workplace, Proxy], at: int, mode: Mode) -> None:
    place, proxy = proxied
    proxy.arm(at, mode)
    place.hushflake("apply", code=3)
    proxy.heal()
    converges(place, rows=0)


@pytest.mark.parametrize("mode", ["before", "after"])
@pytest.mark.parametrize("at", [4, 6])
def test_a_cut_in_a_change(proxied: tuple[Workplace, Proxy], at: int, mode: Mode) -> None:
    place, proxy = proxied
    widen_and_fill(place)
    proxy.arm(at, mode)
    place.hushflake("apply", code=3)
    proxy.heal()
    converges(place, rows=2)
