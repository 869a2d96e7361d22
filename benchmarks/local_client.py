"""What `local.py` times at a server: run by the Python of each client, with its own connector.

    PYTHON benchmarks/local_client.py '{"account": …}' ROWS FETCHED STEP,STEP…

Prints a JSON object when it is connected and after each step: its seconds, or why it does not run.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import snowflake.connector

# Numbers, texts, decimals and timestamps, on either side of the wire.
FETCHED = "I, 'name ' || I AS NAME, (I / 4)::DECIMAL(12, 2) AS D, '2024-01-01'::TIMESTAMP AS T"
TIMES = 200
LOADS = 3


def rows_of(count: int) -> list[tuple[int, str, str]]:
    """Return the rows that are loaded."""
    return [(number, f"name {number}", "note " * 8) for number in range(count)]


def timed(run: Callable[[], Any], times: int = 1) -> float:
    """Return the least seconds of `times` runs."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        found.append(time.perf_counter() - begin)
    return min(found)


class Client:
    """The steps, on one connection.

    Args:
        arguments: Of `snowflake.connector.connect`.
        rows: How many are loaded.
        fetched: How many are fetched.
    """

    def __init__(self, arguments: dict[str, Any], rows: int, fetched: int) -> None:
        self.rows, self.fetched = rows_of(rows), fetched
        begin = time.perf_counter()
        self.connection = snowflake.connector.connect(**arguments)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SELECT 1").fetchall()
        self.connected = time.perf_counter() - begin
        for statement in (
            "CREATE DATABASE IF NOT EXISTS BENCH",
            "USE DATABASE BENCH",
            "CREATE SCHEMA IF NOT EXISTS S",
            "USE SCHEMA S",
            "CREATE OR REPLACE TABLE L (ID INT, NAME VARCHAR(64), NOTE VARCHAR)",
        ):
            self.cursor.execute(statement)

    def select_1(self) -> float:
        return timed(lambda: self.cursor.execute("SELECT 1").fetchall(), TIMES)

    def _loaded(self, load: Callable[[], Any]) -> float:
        found = []
        for _ in range(LOADS):
            self.cursor.execute("TRUNCATE TABLE L")
            found.append(timed(load))
            (count,) = self.cursor.execute("SELECT COUNT(*) FROM L").fetchone()
            assert count == len(self.rows), count
        return min(found)

    def executemany(self) -> float:
        def load() -> None:
            for offset in range(0, len(self.rows), 10_000):
                self.cursor.executemany(
                    "INSERT INTO L VALUES (?, ?, ?)", self.rows[offset : offset + 10_000]
                )

        return self._loaded(load)

    def write_pandas(self) -> float:
        import pandas as pd
        from snowflake.connector.pandas_tools import write_pandas

        frame = pd.DataFrame(self.rows, columns=["ID", "NAME", "NOTE"])
        return self._loaded(lambda: write_pandas(self.connection, frame, "L"))

    def copy(self) -> float:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            path.write_text("".join(f"{a},{b},{c}\n" for a, b, c in self.rows))
            self.cursor.execute("CREATE OR REPLACE STAGE FILES")

            def load() -> None:
                self.cursor.execute(f"PUT file://{path} @FILES")
                how = "FILE_FORMAT = (TYPE = CSV) FORCE = TRUE"
                self.cursor.execute(f"COPY INTO L FROM @FILES {how}")

            return self._loaded(load)

    def _fetched(self, way: str, times: int) -> float:
        numbers = f"SELECT SEQ4() AS I FROM TABLE(GENERATOR(ROWCOUNT => {self.fetched}))"
        self.cursor.execute(f"CREATE OR REPLACE TABLE F AS SELECT {FETCHED} FROM ({numbers})")

        def fetch() -> None:
            assert len(getattr(self.cursor.execute("SELECT * FROM F"), way)()) == self.fetched

        return timed(fetch, times)

    def fetch_arrow(self) -> float:
        return self._fetched("fetch_arrow_all", 5)

    def fetch_rows(self) -> float:
        return self._fetched("fetchall", 1)


STEPS = ("select_1", "write_pandas", "copy", "fetch_arrow", "fetch_rows", "executemany")


def main() -> None:
    arguments, rows, fetched = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    snowflake.connector.paramstyle = "qmark"
    client = Client({**arguments, "paramstyle": "qmark"}, rows, fetched)
    told = {"connector": snowflake.connector.__version__, "connected": client.connected}
    print(json.dumps(told), flush=True)
    for step in sys.argv[4].split(","):
        found: float | str
        try:
            found = getattr(client, step)()
        except Exception as error:
            found = f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
        print(json.dumps({step: found}), flush=True)
    client.connection.close()


if __name__ == "__main__":
    main()
