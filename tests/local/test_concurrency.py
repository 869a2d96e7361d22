"""Several clients at once: reads, DML and DDL mixed, nothing lost."""

import threading
import time
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

CLIENTS = 8


def client(
    endpoint: lifecycle.Endpoint, number: int, until: float, counts: list[int], broken: list[str]
) -> None:
    try:
        with snowflake.connector.connect(
            **endpoint.connect_arguments(), database="MIX", schema="PUBLIC"
        ) as connection:
            cursor = connection.cursor()
            step = 0
            while time.monotonic() < until:
                step += 1
                cursor.execute("INSERT INTO T VALUES (?, ?)", (number, step))
                cursor.execute("UPDATE COUNTER SET N = N + 1")
                counts[number] += 1
                if step % 4 == 0:
                    cursor.execute("INSERT INTO SEEN SELECT CLIENT, STEP FROM ST")
                if step % 5 == 0:
                    cursor.execute(f"CREATE OR REPLACE TABLE OWN_{number} (ID INT, A_{step} INT)")
                    cursor.execute(f"ALTER TABLE OWN_{number} ADD COLUMN B INT")
                    cursor.execute("BEGIN")
                    cursor.execute("INSERT INTO T VALUES (?, -1)", (number,))
                    cursor.execute("ROLLBACK")
                rows = cursor.execute(
                    "SELECT COUNT(*) FROM T WHERE CLIENT = ?", (number,)
                ).fetchall()
                if rows[0][0] != step:
                    broken.append(f"client {number} wrote {step} rows and sees {rows[0][0]}")
    except snowflake.connector.Error as error:
        broken.append(f"client {number}: {error}")


def mix(endpoint: lifecycle.Endpoint, seconds: float) -> None:
    counts = [0] * CLIENTS
    broken: list[str] = []
    with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
        cursor = connection.cursor()
        for statement in (
            "CREATE OR REPLACE DATABASE MIX",
            "CREATE TABLE T (CLIENT INT, STEP INT)",
            "CREATE TABLE SEEN (CLIENT INT, STEP INT)",
            "CREATE TABLE COUNTER AS SELECT 0 AS N",
            "CREATE STREAM ST ON TABLE T",
        ):
            cursor.execute(statement)
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=client, args=(endpoint, number, until, counts, broken))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        def one(sql: str) -> Any:
            return cursor.execute(sql).fetchone()[0]

        assert not broken, broken[:3]
        assert one("SELECT COUNT(*) FROM T") == sum(counts)
        assert one("SELECT N FROM COUNTER") == sum(counts)
        # The stream gave every row to exactly one of its consumers, or still holds it.
        cursor.execute("INSERT INTO SEEN SELECT CLIENT, STEP FROM ST")
        assert one("SELECT COUNT(*) FROM SEEN") == sum(counts)
        assert one("SELECT COUNT(*) FROM (SELECT DISTINCT CLIENT, STEP FROM SEEN)") == sum(counts)
        assert min(counts) > 0


def test_clients_at_once(endpoint: lifecycle.Endpoint) -> None:
    mix(endpoint, seconds=4)


@pytest.mark.slow
def test_clients_at_once_for_a_minute(endpoint: lifecycle.Endpoint) -> None:
    mix(endpoint, seconds=60)
