"""A session over the real connector: rows, errors, secrets, lost connections."""

import datetime as dt
import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from faults import Proxy, impatient

from hushflake.deploy import session as module
from hushflake.deploy.errors import ConnectError, StatementError
from hushflake.deploy.idempotence import is_idempotent
from hushflake.deploy.session import Session, connect
from hushflake.local.server.process import lifecycle


@pytest.fixture
def table(desk: Desk) -> str:
    desk.execute(
        f"CREATE DATABASE {desk.name}",
        f"CREATE TABLE {desk.name}.PUBLIC.T (A VARCHAR(9), N NUMBER(9))",
    )
    return f"{desk.name}.PUBLIC.T"


def test_rows_are_typed_and_named_as_the_server_names_them(server: Session) -> None:
    row = server.query(
        "SELECT 1 AS N, 'x' AS \"low er\", TRUE AS B, NULL AS U, DATE '2026-01-02' AS D"
    )
    assert row == [{"N": 1, "low er": "x", "B": True, "U": None, "D": dt.date(2026, 1, 2)}]
    assert "created_on" in server.query("SHOW DATABASES")[0]


def test_parameters_are_bound_and_changed_rows_counted(server: Session, table: str) -> None:
    odd = 'it\'s \\ "?" %s 100%'
    assert server.execute(f"INSERT INTO {table} VALUES (?, ?)", ("a", 1)).changed == 1
    assert server.execute_many(f"INSERT INTO {table} VALUES (?, ?)", [("b", 2), ("c", 3)]) == 2
    assert server.execute(f"UPDATE {table} SET N = N + 1 WHERE N > ?", (1,)).changed == 2
    assert server.query("SELECT ? AS V", (odd,)) == [{"V": odd}]
    assert server.execute_many(f"INSERT INTO {table} VALUES (?, ?)", []) == 0


def test_a_transaction_is_one_or_nothing(server: Session, table: str) -> None:

    def fail() -> None:
        with server.transaction():
            server.execute(f"INSERT INTO {table} VALUES ('a', 1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert server.query(f"SELECT COUNT(*) AS N FROM {table}") == [{"N": 0}]
    with server.transaction():
        server.execute(f"INSERT INTO {table} VALUES ('a', 1)")
    assert server.query(f"SELECT COUNT(*) AS N FROM {table}") == [{"N": 1}]


def test_a_refusal_carries_its_facts(server: Session) -> None:
    with pytest.raises(StatementError, match="does not exist or not authorized") as caught:
        server.query("SELECT * FROM NOWHERE.PUBLIC.T")
    error = caught.value
    assert error.code == 2003
    assert error.state is not None
    assert not error.transient
    assert not error.unknown
    assert error.query_id
    assert error.exit_code == 3


def test_a_secret_is_put_in_at_the_last_moment_and_never_shown(server: Session) -> None:
    secret = "h1dd3n" + "x" * 12
    seen: list[str] = []
    with Session(server.arguments, trace=seen.append) as session:
        row = session.execute("SELECT '$SECRET$' AS V", secrets={"$SECRET$": secret}).rows
        assert row == [{"V": secret}]
        with pytest.raises(StatementError) as caught:
            session.execute("SELECT NO_SUCH('$SECRET$')", secrets={"$SECRET$": secret})
    assert secret not in "".join(seen)
    assert secret not in str(caught.value) + caught.value.sql
    assert secret not in repr(session)
    assert str(server.arguments["password"]) not in repr(server)


def test_a_wrong_password_is_said_without_the_password(server: Session) -> None:
    wrong = "wr0ng" + "y" * 12
    with pytest.raises(ConnectError, match="cannot connect to local as LOCAL_USER") as caught:
        Session({**server.arguments, "password": wrong})._open()
    assert wrong not in str(caught.value)


def test_the_local_stack_needs_neither_a_proxy_nor_the_cloud(
    server: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company proxy must not get what is for this machine; nobody is asked which cloud it is."""
    for name in ("NO_PROXY", "no_proxy", "SNOWFLAKE_DISABLE_PLATFORM_DETECTION"):
        monkeypatch.setenv(name, "")  # put back at the end, whatever we make of it
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setenv("no_proxy", "intranet.example")
    with server.fork() as session:
        assert session.query("SELECT 1 AS N") == [{"N": 1}]
    assert os.environ["no_proxy"] == "intranet.example,127.0.0.1"
    assert os.environ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] == "true"


def end_at_the_server(session: Session) -> None:
    """End a session behind its back, as Snowflake does after four hours of silence."""
    address, token = session.rest_access()
    request = urllib.request.Request(
        f"{address.rstrip('/')}/session?delete=true",
        data=b"{}",
        headers={"Authorization": f'Snowflake Token="{token}"'},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["success"]


# The 5 line keeps the token of a session behind a name that it calls old.
old_name = pytest.mark.filterwarnings("ignore:.*Connection.rest:DeprecationWarning")


@old_name
def test_a_session_that_the_server_has_ended_is_opened_again(server: Session, table: str) -> None:
    add = f"INSERT INTO {table} VALUES (?, ?)"
    with server.fork(tag="kept") as session:
        session.use_warehouse("COMPUTE_WH")
        for work in (
            lambda: session.query("SELECT 1 AS N"),
            lambda: session.execute(add, ("a", 1)),  # refused unseen: it may be sent again
            lambda: session.execute_many(add, [("b", 2), ("c", 3)]),
        ):
            end_at_the_server(session)
            assert work()
            assert session.query("SELECT CURRENT_WAREHOUSE() AS W") == [{"W": "COMPUTE_WH"}]
            tags = session.query("SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION")
            assert [row["value"] for row in tags] == ["kept"]
    assert server.query(f"SELECT COUNT(*) AS N FROM {table}") == [{"N": 3}]


@old_name
def test_a_transaction_is_gone_with_its_session(server: Session, table: str) -> None:
    add = f"INSERT INTO {table} VALUES (?, ?)"

    def cut_short(session: Session) -> None:
        with session.transaction():
            session.execute(add, ("a", 1))
            end_at_the_server(session)
            session.execute(add, ("b", 2))

    with server.fork() as session:
        with pytest.raises(StatementError, match="New login required") as caught:
            cut_short(session)
        assert caught.value.transient
        assert not caught.value.unknown
        with session.transaction():
            session.execute(add, ("c", 3))
    assert server.query(f"SELECT A FROM {table}") == [{"A": "c"}]


def test_a_process_that_runs_for_days_outlives_a_local_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack's server ends itself when nobody asks for hours, and comes back on another port."""
    desk = Desk("LASTING", tmp_path, Session({}))
    desk.declare("[]")
    project = desk.planner.project
    try:
        with connect(project, "local", lasting=True, tag="kept") as session:
            session.execute("CREATE DATABASE LASTING")
            session.execute("CREATE TABLE LASTING.PUBLIC.T (A NUMBER)")
            add = "INSERT INTO LASTING.PUBLIC.T VALUES (1)"
            monkeypatch.setattr(module, "_QUIET_SECONDS", 0.0)
            for work in (
                lambda: session.query("SELECT 1 AS N"),
                lambda: session.execute(add),
                lambda: session.execute_many("INSERT INTO LASTING.PUBLIC.T VALUES (?)", [(2,)]),
            ):
                assert lifecycle.stop(project.local_data)
                assert work()
            assert lifecycle.stop(project.local_data)
            with session.transaction():
                session.execute(add)
            monkeypatch.setattr(module, "_QUIET_SECONDS", 600.0)
            session.arguments = impatient(dict(session.arguments))
            session.close()
            assert session.query("SELECT COUNT(*) AS N FROM LASTING.PUBLIC.T") == [{"N": 3}]
            assert lifecycle.stop(project.local_data)
            # It was heard a moment ago. Whether this ran is for the caller to find out.
            with pytest.raises(StatementError) as caught:
                session.execute(add)
            assert caught.value.unknown
            session.execute(add)
            assert session.query("SELECT COUNT(*) AS N FROM LASTING.PUBLIC.T") == [{"N": 4}]
    finally:
        lifecycle.stop(project.local_data)


@pytest.fixture
def cut(server: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Proxy]]:
    """A session through a proxy; what is cut heals by itself after a moment."""
    proxy = Proxy(int(server.arguments["port"]), wanted=lambda sql: "TARGET" in sql)
    arguments = impatient({**server.arguments, "port": proxy.listening})
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    # It is down for one request only: the retry of ours meets a network that works.
    proxy.on_cut = proxy.heal
    with Session(arguments) as session:
        yield session, proxy
    proxy.close()


@pytest.mark.parametrize("mode", ["before", "after"])
def test_what_may_run_twice_is_sent_again(cut: tuple[Session, Proxy], mode: Any) -> None:
    session, proxy = cut
    proxy.arm(0, mode)
    assert session.query("SELECT 1 AS TARGET") == [{"TARGET": 1}]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE IF NOT EXISTS T (A DATE)", True),
        ("CREATE TABLE T (A DATE)", False),
        ("CREATE OR ALTER TASK T AS SELECT 1", True),
        ("CREATE OR REPLACE TABLE T (A DATE)", False),
        ("GRANT SELECT ON TABLE T TO ROLE R", True),
        ("REVOKE SELECT ON TABLE T FROM ROLE R", True),
        ("ALTER TABLE T ADD COLUMN A DATE", False),
        ("ALTER TABLE T RENAME COLUMN A TO B", False),
        ("ALTER TABLE T SET COMMENT = 'x'", True),
        ("ALTER TABLE T ALTER COLUMN A SET DATA TYPE VARCHAR(9)", True),
        ("ALTER TABLE T DROP COLUMN A", False),
        ("ALTER TASK A.B.T SUSPEND", True),
        ("ALTER WAREHOUSE W SET WAREHOUSE_SIZE = SMALL", True),
        ("DROP VIEW IF EXISTS V", True),
        ("DROP VIEW V", False),
        ("UPDATE T SET A = A + 1", False),
        ("INSERT INTO T VALUES (1)", False),
        ("EXECUTE TASK T", False),
    ],
)
def test_only_what_is_as_good_twice_as_once_is_repeated(sql: str, expected: bool) -> None:
    assert is_idempotent(sql) is expected
