r"""The local stack beside fakesnow and plain DuckDB, in one run.

    python benchmarks/local.py [--rows N] [--fetched N] [--peer PYTHON] [--dbt PYTHON] [--check]

Steps: first start to first answer, round trip of SELECT 1, loading rows (`executemany`,
`write_pandas`, PUT and COPY), fetching rows as an Arrow table and as Python values, putting a used
stack back (a snapshot here, a database of its own for a session there), and `dbt build` of
`tests/clients/own/dbt-project`. DuckDB runs in this process, and is the floor.

`--peer` is a Python that has fakesnow, which needs connector 4; the local stack is measured through
that connector, too:

    python -m venv build/fakesnow
    build/fakesnow/bin/pip install 'fakesnow[server]==0.12.1' \
        'snowflake-connector-python[pandas]<5'

`--dbt` is one that has dbt-snowflake. Without them these figures are left out. `--check` exits 1
where the start takes too long.
"""

import argparse
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from local_client import FETCHED, LOADS, STEPS, TIMES, rows_of, timed

from hushflake.local.server.process import lifecycle

START_LIMIT = 2.0
# Seconds for a step of a client.
LIMIT = 150.0
HERE = Path(__file__).parent
PROJECT = HERE.parent / "tests" / "clients" / "own" / "dbt-project" / "project"
Figures = dict[str, Any]


def client(python: str, arguments: dict[str, Any], rows: int, fetched: int) -> Figures:
    """Run the steps of `local_client.py` with a Python that has a connector."""
    found: Figures = {}
    left = list(STEPS)
    while left:
        told = [json.dumps(arguments), str(rows), str(fetched), ",".join(left)]
        command = [python, str(HERE / "local_client.py"), *told]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_lines, args=(program.stdout, said), daemon=True).start()
        try:
            # The first line tells that the client is connected.
            for _ in range(len(left) + 1):
                line = said.get(timeout=LIMIT)
                if line is None:
                    raise RuntimeError(f"a client ends early: {found}")
                found |= json.loads(line)
            left = []
        except queue.Empty:
            done = [step for step in left if step in found]
            stuck = left[len(done)]
            found[stuck] = f"over {LIMIT:.0f} s"
            left = left[len(done) + 1 :]
        finally:
            program.kill()
            program.wait()
    return found


def _lines(stream: Iterable[str], said: "queue.Queue[str | None]") -> None:
    for line in stream:
        said.put(line)
    said.put(None)


def floors(rows: int, fetched: int) -> Figures:
    """Return what DuckDB takes in this process."""
    held = rows_of(rows)
    begin = time.perf_counter()
    local = duckdb.connect()
    local.execute("SELECT 1").fetchall()
    found: Figures = {"start": time.perf_counter() - begin}
    found["select_1"] = timed(lambda: local.execute("SELECT 1").fetchall(), TIMES)
    local.execute("CREATE TABLE L (ID BIGINT, NAME VARCHAR, NOTE VARCHAR)")
    columns = [list(column) for column in zip(*held, strict=True)]
    lists = "unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])"
    inserted = f"INSERT INTO L SELECT {lists}"
    found["executemany"] = timed(lambda: local.execute(inserted, columns), LOADS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        path.write_text("".join(f"{a},{b},{c}\n" for a, b, c in held))
        found["copy"] = timed(lambda: local.execute(f"COPY L FROM '{path}'"), LOADS)
    local.execute(f"CREATE TABLE F AS SELECT {FETCHED} FROM range({fetched}) AS R(I)")
    query = "SELECT * FROM F"
    found["fetch_arrow"] = timed(lambda: local.sql(query).to_arrow_table(), 5)
    found["fetch_rows"] = timed(lambda: local.execute(query).fetchall())
    return found


def ours(python: str, options: argparse.Namespace, first: bool) -> Figures:
    """Measure the local stack with the connector of one Python."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            starts = []
            for _ in range(3 if first else 1):
                lifecycle.reset(folder)
                starts.append(timed(lambda: lifecycle.ensure_running(folder)))
            endpoint = lifecycle.ensure_running(folder)
            lifecycle.take_snapshot(endpoint)
            known = endpoint.connect_arguments()
            found = client(python, known, options.rows, options.fetched)
            found["start"] = min(starts) + found["connected"]
            found["reset"] = timed(lambda: lifecycle.restore_snapshot(endpoint))
            if first and options.dbt:
                found["dbt"] = dbt_build(options.dbt, known)
        finally:
            lifecycle.stop(folder)
    return found


@contextmanager
def fakesnow(python: str) -> Iterator[tuple[dict[str, Any], float]]:
    """Start fakesnow's server; give the arguments of a connection and the seconds that it took."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begin = time.perf_counter()
    command = [str(Path(python).with_name("fakesnow")), "-s", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if server.poll() is not None or time.perf_counter() - begin > 60:
                    raise RuntimeError("fakesnow's server does not start") from None
                time.sleep(0.01)
        yield (
            {
                "account": "fakesnow", "user": "fake", "password": str(port), "host": "127.0.0.1",
                "port": port, "protocol": "http",
            },
            time.perf_counter() - begin,
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def theirs(python: str, options: argparse.Namespace) -> Figures:
    """Measure fakesnow."""
    with fakesnow(python) as (known, seconds):
        found = client(python, known, options.rows, options.fetched)
        found["start"] = seconds + found["connected"]
        isolated = {**known, "session_parameters": {"FAKESNOW_DB_PATH": ":isolated:"}}
        found["reset"] = client(python, isolated, 1, 1)["connected"]
        if options.dbt:
            found["dbt"] = dbt_build(options.dbt, known)
    return found


def dbt_build(python: str, known: dict[str, Any]) -> float | str:
    """Return the seconds that `dbt build` of the project takes, or how it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "project")
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
        names = ("account", "user", "password", "host", "port", "protocol", "database")
        target = {key: known[key] for key in names if key in known}
        target = {"database": "SHOP", "warehouse": "COMPUTE_WH", **target}
        target |= {"type": "snowflake", "schema": "SHOP", "threads": 2}
        profile = {"shop": {"target": "dev", "outputs": {"dev": target}}}
        # JSON is YAML.
        (folder / "profiles.yml").write_text(json.dumps(profile))
        prepare = (
            "import json, sys, snowflake.connector as c; "
            "c.connect(**json.loads(sys.argv[1])).cursor().execute(sys.argv[2])"
        )
        arguments = json.dumps({key: known[key] for key in names[:-1]})
        made = f"CREATE DATABASE IF NOT EXISTS {target['database']}"
        subprocess.run([python, "-c", prepare, arguments, made], check=True, capture_output=True)

        def dbt(command: str) -> str:
            """Run a command; return what it says where it fails."""
            done = subprocess.run(
                [str(Path(python).with_name("dbt")), "--no-use-colors", command],
                cwd=folder, capture_output=True, text=True, check=False,
                env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
            )  # fmt: skip
            said = [line[10:] for line in done.stdout.splitlines() if "Done. PASS" in line]
            return "" if done.returncode == 0 else f"fails: {''.join(said) or 'before its models'}"

        # The models read the seeds as sources, which `build` alone does not order.
        failed = dbt("seed")
        begin = time.perf_counter()
        failed = failed or dbt("build")
        return failed or time.perf_counter() - begin


def shown(value: Any, floor: Any) -> str:
    """Return a figure, and how many times the floor it is."""
    if not isinstance(value, float):
        return "-" if value is None else str(value)
    text = f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"
    return f"{text} ({value / floor:.1f} x)" if isinstance(floor, float) else text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--fetched", type=int, default=1_000_000)
    parser.add_argument("--peer", help="a Python that has fakesnow")
    parser.add_argument("--dbt", help="a Python that has dbt-snowflake")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    measures: dict[str, Callable[[], Figures]] = {
        "DuckDB": lambda: floors(options.rows, options.fetched),
        "local stack": lambda: ours(sys.executable, options, True),
    }
    if options.peer:
        measures["local stack, connector 4"] = lambda: ours(options.peer, options, False)
        measures["fakesnow"] = lambda: theirs(options.peer, options)
    else:
        print("fakesnow is left out: no --peer")
    print("load:", *(f"{load:.1f}" for load in os.getloadavg()))
    found = {name: measure() for name, measure in measures.items()}
    print("| |", " | ".join(found), "|\n|---|", "---|" * len(found), sep="")
    for step in ("start", *STEPS, "reset", "dbt"):
        floor = found["DuckDB"].get(step)
        cells = [
            shown(figures.get(step), None if name == "DuckDB" else floor)
            for name, figures in found.items()
        ]
        print(f"| {step} |", " | ".join(cells), "|")
    print("connectors:", {name: one.get("connector") for name, one in found.items()})
    return 1 if options.check and found["local stack"]["start"] > START_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
