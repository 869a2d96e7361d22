"""What was committed survives the death of the server, and nothing else does."""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

pytestmark = pytest.mark.real_start

SETUP = (
    "CREATE DATABASE DB",
    (
        "CREATE TABLE T (ID INT, NAME VARCHAR(20) COMMENT 'the name', E VECTOR(FLOAT, 3)) "
        "COMMENT = 'rows'"
    ),
    "CREATE TABLE DONE (ID INT)",
    "CREATE STREAM ST ON TABLE T",
    "CREATE ROLE READER",
    "GRANT SELECT ON TABLE T TO ROLE READER",
    "CREATE TASK TK WAREHOUSE = COMPUTE_WH SCHEDULE = '5 MINUTES' AS SELECT 1",
    "ALTER TASK TK RESUME",
)


def connect(folder: Path) -> Any:
    endpoint = lifecycle.ensure_running(folder)
    connection = snowflake.connector.connect(
        **endpoint.connect_arguments(), database="DB", schema="PUBLIC"
    )
    return endpoint, connection


def bid_farewell(connection: Any) -> None:
    """Close a connection whose server was killed."""
    with contextlib.suppress(snowflake.connector.errors.Error):
        connection.close(retry=False)


def one(connection: Any, sql: str) -> Any:
    return connection.cursor().execute(sql).fetchone()[0]


def check(connection: Any, committed: set[int], uncertain: set[int]) -> None:
    """Rows, stream, comments, lengths, grants and task state are what was committed."""
    rows = {row[0] for row in connection.cursor().execute("SELECT ID FROM T").fetchall()}
    assert committed <= rows <= committed | uncertain
    # Every row was consumed from the stream into DONE or is still in it: never both, none lost.
    done = [row[0] for row in connection.cursor().execute("SELECT ID FROM DONE").fetchall()]
    waiting = [row[0] for row in connection.cursor().execute("SELECT ID FROM ST").fetchall()]
    assert sorted(done + waiting) == sorted(rows)
    described = connection.cursor().execute("DESC TABLE T").fetchall()
    assert [row[1] for row in described] == ["NUMBER(38,0)", "VARCHAR(20)", "VECTOR(FLOAT, 3)"]
    assert described[1][9] == "the name"
    assert (
        one(connection, "SELECT COMMENT FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'T'")
        == "rows"
    )
    grants = connection.cursor().execute("SHOW GRANTS TO ROLE READER").fetchall()
    assert [(row[1], row[3]) for row in grants] == [("SELECT", "DB.PUBLIC.T")]
    tasks = connection.cursor(snowflake.connector.DictCursor).execute("SHOW TASKS").fetchall()
    assert [row["state"] for row in tasks] == ["started"]


def write_until_dead(
    connection: Any, start: int, committed: set[int], uncertain: set[int], stop: threading.Event
) -> None:
    cursor = connection.cursor()
    number = start
    with contextlib.suppress(snowflake.connector.Error):
        while not stop.is_set():
            number += 1
            uncertain.add(number)
            cursor.execute(f"INSERT INTO T (ID, NAME) VALUES ({number}, 'n')")
            committed.add(number)
            if number % 3 == 0:
                cursor.execute("INSERT INTO DONE SELECT ID FROM ST")
            if number % 5 == 0:
                cursor.execute(f"CREATE TABLE X{number} (ID INT)")


def torture(folder: Path, rounds: int) -> None:
    chance = random.Random(7)
    committed: set[int] = set()
    uncertain: set[int] = set()
    try:
        _, connection = connect(folder)
        for statement in SETUP:
            connection.cursor().execute(statement)
        connection.close()
        for number in range(rounds):
            endpoint, connection = connect(folder)
            check(connection, committed, uncertain)
            uncertain = set()
            committed = {
                row[0] for row in connection.cursor().execute("SELECT ID FROM T").fetchall()
            }
            stop = threading.Event()
            writer = threading.Thread(
                target=write_until_dead,
                args=(connection, (number + 1) * 10_000, committed, uncertain, stop),
            )
            writer.start()
            time.sleep(chance.uniform(0.05, 0.4))
            os.kill(endpoint.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(endpoint.pid, 0)
            stop.set()
            # The connector would try for minutes to reach a server that is gone.
            lifecycle.ensure_running(folder)
            writer.join(60)
            bid_farewell(connection)
        _, connection = connect(folder)
        check(connection, committed, uncertain)
        connection.close()
    finally:
        lifecycle.stop(folder)


def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    torture(tmp_path, rounds=2)


@pytest.mark.slow
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    torture(tmp_path, rounds=50)


def test_an_open_transaction_is_gone(tmp_path: Path) -> None:
    try:
        endpoint, connection = connect(tmp_path)
        for statement in (
            *SETUP,
            "BEGIN",
            "INSERT INTO T (ID) VALUES (1)",
            "INSERT INTO DONE SELECT ID FROM ST",
        ):
            connection.cursor().execute(statement)
        os.kill(endpoint.pid, signal.SIGKILL)
        os.waitpid(endpoint.pid, 0)
        dead = connection
        _, connection = connect(tmp_path)
        bid_farewell(dead)
        assert one(connection, "SELECT COUNT(*) FROM T") == 0
        assert one(connection, "SELECT COUNT(*) FROM DONE") == 0
        connection.close()
    finally:
        lifecycle.stop(tmp_path)
