"""The local stack against floors in the same run: DuckDB in this process, a bare HTTP answer.

    python benchmarks/local.py [--rows N] [--check]

Figures: first start to first answer, round trip of SELECT 1, loading rows by `executemany`.
`--check` exits 1 where a limit is missed.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import snowflake.connector

from hushflake.deploy.local import lifecycle

START_LIMIT = 2.0


def minimum(run: Callable[[], Any], times: int) -> tuple[float, float]:
    """Return minimum and median seconds of `times` runs."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        found.append(time.perf_counter() - begin)
    return min(found), statistics.median(found)


def start(folder: Path) -> tuple[float, Any]:
    begin = time.perf_counter()
    endpoint = lifecycle.ensure_running(folder)
    connection = snowflake.connector.connect(**endpoint.connect_arguments())
    connection.cursor().execute("SELECT 1").fetchall()
    return time.perf_counter() - begin, connection


def load(cursor: Any, rows: list[tuple[int, str, str]]) -> float:
    cursor.execute("CREATE OR REPLACE TABLE L (ID INT, NAME VARCHAR(64), NOTE VARCHAR)")
    begin = time.perf_counter()
    for offset in range(0, len(rows), 10_000):
        cursor.executemany("INSERT INTO L VALUES (?, ?, ?)", rows[offset : offset + 10_000])
    return time.perf_counter() - begin


def floor_load(rows: list[tuple[int, str, str]]) -> float:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE L (ID BIGINT, NAME VARCHAR, NOTE VARCHAR)")
    columns = list(zip(*rows, strict=True))
    begin = time.perf_counter()
    connection.execute(
        "INSERT INTO L SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [list(column) for column in columns],
    )
    return time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            starts = []
            for _ in range(3):
                seconds, connection = start(folder)
                starts.append(seconds)
                connection.close()
                lifecycle.reset(folder)
            seconds, connection = start(folder)
            cursor = connection.cursor()
            print(
                f"first start to first answer: {min(starts):.2f} s "
                f"(median {statistics.median(starts):.2f})"
            )
            local = duckdb.connect()
            floor, _ = minimum(lambda: local.execute("SELECT 1").fetchall(), 200)
            best, middle = minimum(lambda: cursor.execute("SELECT 1").fetchall(), 200)
            print(
                f"SELECT 1: {best * 1000:.2f} ms (median {middle * 1000:.2f}), "
                f"{best / floor:.0f} x DuckDB in process"
            )
            cursor.execute("CREATE DATABASE BENCH")
            rows = [(number, f"name {number}", "note " * 8) for number in range(options.rows)]
            taken, least = load(cursor, rows), floor_load(rows)
            print(
                f"load of {options.rows:,} rows: {taken:.1f} s, "
                f"{options.rows / taken:,.0f} rows/s, "
                f"{taken / least:.1f} x DuckDB in process"
            )
            connection.close()
        finally:
            lifecycle.stop(folder)
    return 1 if options.check and min(starts) > START_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
