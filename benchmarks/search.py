"""How fast the local stack finds the nearest vectors, beside DuckDB alone and numpy in one run.

    python benchmarks/search.py [--rows 10000 100000] [--rounds N] [--index] [--check]

Rows are made up: 768 numbers from a mixture of 64 directions and noise, of length one; questions
are rows with noise. They go into the customers of the shipped project behind the server's back,
then asked for through the connector, and inside this process on the same file; and searched, whole,
as `hushflake search` does, with and without what stands beside DuckDB's tables. `--index` asks
the approximate index too, and tells its recall against the matrix. `--check` exits 1 where a limit
is missed. A run of 1,000,000 rows needs some 10 GB of disk and 5 GB of memory.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import snowflake.connector
from numpy.typing import NDArray

from hushflake.local.cortex.vectors.nearest import Vectors
from hushflake.local.engine.engine import Engine
from hushflake.local.language.results import Binding
from hushflake.local.server.process import lifecycle
from hushflake.local.server.process.assembly import open_stack
from hushflake.local.sessions.session import Session
from hushflake.local.statements.running.runner import run_one

DIMENSION = 768
TOP = 10
_HERE = Path.cwd()
# p95 in seconds, end to end: of the nearest rows, and of a whole search.
LIMITS = {100_000: 0.050, 1_000_000: 0.200}
WHOLE = 0.200
LEAST_RECALL = 0.99
_BLOCK = 50_000
_WORDS = ["lease", "rent", "tenant", "renewal", "owner", "audit", "invoice", "pricing", "support"]
_QUERY = (
    "SELECT CUSTOMER_ID, VECTOR_COSINE_SIMILARITY(EMBEDDING, "
    "PARSE_JSON(?)::ARRAY::VECTOR(FLOAT, 768)) AS S FROM "
    "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.CUSTOMERS ORDER BY S DESC NULLS LAST LIMIT 10"
)
Floats = NDArray[np.float32]


class Timer:
    """Times of one way, in seconds; CPU time is that of this process, or of it and a server."""

    def __init__(self, name: str, server: int | None = None) -> None:
        self.name = name
        self.seconds: list[float] = []
        self.cpu = 0.0
        self._server = server

    def __call__(self, run: Callable[[], Any]) -> Any:
        begin, used = time.perf_counter(), self._used()
        answer = run()
        self.seconds.append(time.perf_counter() - begin)
        self.cpu += self._used() - used
        return answer

    def _used(self) -> float:
        if self._server is None:
            return time.process_time()
        fields = Path(f"/proc/{self._server}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.seconds, share))

    def line(self, peer: "Timer") -> str:
        cpu = f"{self.cpu / len(self.seconds) * 1000:.1f}" if self.cpu else ""
        return (
            f"  {self.name:<34} {self.quantile(0.5) * 1000:8.1f} {self.quantile(0.95) * 1000:8.1f} "
            f"{min(self.seconds) * 1000:8.1f} {cpu:>8} "
            f"{self.quantile(0.5) / peer.quantile(0.5):8.3f}"
        )


def vectors(rows: int) -> Iterator[Floats]:
    chance = np.random.default_rng(20)
    directions = chance.standard_normal((64, DIMENSION), dtype=np.float32)
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        made = chance.standard_normal((count, 64), dtype=np.float32) @ directions
        made += 4 * chance.standard_normal((count, DIMENSION), dtype=np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        yield made


def fill(file: Path, rows: int) -> None:
    """Put made-up customers into the stack's file while no server has it."""
    database = duckdb.connect(str(file))
    (table,) = database.execute(
        "SELECT id FROM hush.objects "
        "WHERE kind = 'TABLE' AND name = 'CUSTOMERS' AND dropped IS NULL"
    ).fetchall()[0]
    chance = np.random.default_rng(21)
    words = np.array(_WORDS)
    done = 0
    for block in vectors(rows):
        picked = words[chance.integers(0, len(words), (len(block), 12))]
        made = pa.table(
            {
                "n": pa.array(np.arange(done, done + len(block))),
                "t": pa.array([" " + " ".join(row) + " " for row in picked]),
                "v": pa.FixedSizeListArray.from_arrays(pa.array(block.ravel()), DIMENSION),
            }
        )
        database.register("made", made)
        database.execute(
            f'INSERT INTO data."t{table}" (CUSTOMER_ID, NAME, SUMMARY, SEARCH_TOKENS, EMBEDDING, '
            'UPDATED_AT, "$from", "$born") '
            "SELECT 'c' || n, 'Customer ' || n, trim(t), t, v, now(), epoch_us(now()), "
            "epoch_us(now()) FROM made"
        )
        done += len(block)
    database.close()


def questions(rows: int, count: int) -> list[Floats]:
    chance = np.random.default_rng(22)
    first = next(vectors(min(rows, _BLOCK)))
    picked = first[chance.integers(0, len(first), count)]
    made = picked + 0.5 / DIMENSION**0.5 * chance.standard_normal(picked.shape, dtype=np.float32)
    return list(made / np.linalg.norm(made, axis=1, keepdims=True))


@contextmanager
def opened(home: Path, mode: str) -> Iterator[tuple[Engine, Callable[[str], list[Any]]]]:
    """The engine in this process, and what runs the query for a vector as JSON."""
    engine = open_stack(home / "stack.duckdb", {"vectors": mode})
    role = engine.catalogue.find("ROLE", 0, "ACCOUNTADMIN")
    assert role is not None
    session = Session(engine, engine.catalogue.of_kind("USER")[0], role)
    session.place.warehouse = "COMPUTE_WH"
    try:
        yield (
            engine,
            lambda text: list(run_one(session, _QUERY, {"1": Binding("VARCHAR", text)}).rows),
        )
    finally:
        session.close()
        engine.close()


def numpy_way(matrix: Floats, asked: Floats) -> NDArray[np.int64]:
    scores = matrix @ asked
    found = np.argpartition(scores, -TOP)[-TOP:]
    return np.asarray(found[np.argsort(-scores[found])])


def by_numpy(timer: Timer, rows: int, asked: list[Floats]) -> None:
    matrix = np.concatenate(list(vectors(rows)))
    for vector in asked:
        timer(partial(numpy_way, matrix, vector))


def ids(rows: list[Any]) -> list[str]:
    return [str(row[0]) for row in rows]


def fetched(cursor: Any, text: str) -> list[Any]:
    return list(cursor.execute(_QUERY, (text,)).fetchall())


def end_to_end(folder: Path, texts: list[str]) -> tuple[Timer, list[list[str]], float]:
    """Ask through the connector for the nearest rows."""
    endpoint = lifecycle.ensure_running(folder / ".hushflake")
    connection = snowflake.connector.connect(**endpoint.connect_arguments(), warehouse="ETL_WH")
    cursor = connection.cursor()
    first = Timer("first answer")
    first(partial(fetched, cursor, texts[0]))
    timer = Timer("connector, exact", endpoint.pid)
    answers = [ids(timer(partial(fetched, cursor, text))) for text in texts]
    connection.close()
    return timer, answers, first.seconds[0]


def asked_in_words(number: int, rows: int) -> str:
    """A question that was not asked before: words, words and a key, or a title alone."""
    one, other = _WORDS[number % 9], _WORDS[(number // 9 + 1) % 9]
    key = number * 7919 % rows
    return (
        f"who knows about {one} and {other} of customer {key}",
        f"c{key} {one} {other}",
        f"Customer {key}",
    )[number % 3]


def whole_search(
    folder: Path, rows: int, rounds: int, mode: str
) -> tuple[Timer, list[float], float, list[list[tuple[str, float]]]]:
    """Search as `hushflake search` does: every statement, over HTTP, without embedding.

    Returns:
        Times, the seconds of embedding, the seconds of the first search beyond the median, and what
        was found.
    """
    from hushflake.knowledge.base import open_base
    from hushflake.knowledge.search import Search
    from hushflake.schema.project import find_project

    lifecycle.stop(folder / ".hushflake")
    lifecycle.configure(folder / ".hushflake", "local", {"vectors": mode})
    endpoint = lifecycle.ensure_running(folder / ".hushflake")
    name = "search" if mode == "exact" else "search, DuckDB alone"
    timer, first = Timer(name, endpoint.pid), Timer("first")
    embedding, answers = [], []
    try:
        with open_base(find_project(folder, "foundation"), "local") as base:
            search = Search(base)
            first(partial(search.ask, "rent of customer 1", entities=["CUSTOMERS"]))
            for number in range(rounds):
                question = asked_in_words(number, rows)
                found = timer(partial(search.ask, question, entities=["CUSTOMERS"]))
                timer.seconds[-1] -= found.embedding_seconds
                embedding.append(found.embedding_seconds)
                answers.append([(hit.key, round(hit.score, 4)) for hit in found.hits])
    finally:
        lifecycle.stop(folder / ".hushflake")
        lifecycle.configure(folder / ".hushflake", "local", {"vectors": "exact"})
    return timer, embedding, first.seconds[0] - timer.quantile(0.5), answers


def in_process(
    home: Path, texts: list[str], rounds: int, mode: str
) -> tuple[Timer, list[list[str]], float]:
    name = {"exact": "in process, exact", "off": "in process, DuckDB alone"}.get(mode, mode)
    timer = Timer(name)
    with opened(home, mode) as (_, ask):
        first = Timer("first")
        first(partial(ask, texts[0]))
        answers = [ids(timer(partial(ask, text))) for text in texts[:rounds]]
    return timer, answers, first.seconds[0]


def with_index(home: Path, texts: list[str]) -> tuple[Timer, list[list[str]], float]:
    """Build the index of the same vectors, and ask it; also return the seconds of the building."""
    timer, first = Timer("in process, index"), Timer("first")
    with opened(home, "exact") as (engine, ask):
        ask(texts[0])
        engine.part(Vectors).mode = "index"
        first(partial(ask, texts[0]))
        answers = [ids(timer(partial(ask, text))) for text in texts]
    return timer, answers, first.seconds[0] - timer.quantile(0.5)


def recall(answers: list[list[str]], exact: list[list[str]]) -> float:
    pairs = list(zip(answers, exact, strict=False))
    return sum(len(set(one) & set(other)) for one, other in pairs) / sum(
        len(other) for _, other in pairs
    )


@contextmanager
def filled_with(fill: Callable[[Path, int], None], rows: int, kept: str | None) -> Iterator[Path]:
    """Yield a folder with a stack of so many rows; below `kept` it is used again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(kept) / str(rows) if kept else Path(name)
        home = lifecycle.home_of(folder / ".hushflake", "local")
        mark = home / "filled"
        if not mark.exists():
            folder.mkdir(parents=True, exist_ok=True)
            project(folder)
            lifecycle.stop(folder / ".hushflake")
            begin = time.perf_counter()
            fill(home / "stack.duckdb", rows)
            mark.touch()
            print(f"{rows:,} rows made in {time.perf_counter() - begin:.0f} s")
        try:
            yield folder
        finally:
            lifecycle.stop(folder / ".hushflake")


def measure(rows: int, folder: Path, options: argparse.Namespace) -> bool:
    home = lifecycle.home_of(folder / ".hushflake", "local")
    asked = questions(rows, options.rounds)
    texts = [json.dumps([float(number) for number in vector]) for vector in asked]
    print(f"\n{rows:,} rows, {len(texts)} questions")
    print(f"  {'ms':<34} {'p50':>8} {'p95':>8} {'min':>8} {'CPU':>8} {'/ DuckDB':>8}", flush=True)
    alone, truth, _ = in_process(home, texts, max(5, len(texts) // 10), "off")
    show = partial(_show, alone)
    show(alone)
    nearest, exact, first = end_to_end(folder, texts)
    lifecycle.stop(folder / ".hushflake")
    show(nearest)
    inside, again, reread = in_process(home, texts, len(texts), "exact")
    show(inside)
    peer = Timer("numpy, matrix in memory")
    by_numpy(peer, rows, asked)
    show(peer)
    print(
        f"  matrix built in {first:.1f} s, read again in {reread:.1f} s; the same rows as DuckDB: "
        f"{recall(exact, truth):.4f}",
        flush=True,
    )
    plain, _, _, said = whole_search(folder, rows, max(6, options.rounds // 10), "off")
    search, embedding, build, answers = whole_search(folder, rows, options.rounds, "exact")
    show(plain)
    show(search)
    same = sum(one == other for one, other in zip(said, answers, strict=False)) / len(said)
    print(
        f"  search: {search.quantile(0.5) / plain.quantile(0.5):.3f} of DuckDB alone, "
        f"{search.quantile(0.5) / peer.quantile(0.5):.2f} of numpy; the same answers: {same:.2f}; "
        f"the first takes {build:.1f} s longer; embedding a question, "
        f"{np.quantile(embedding, 0.5) * 1000:.1f} ms, is not counted",
        flush=True,
    )
    found = 1.0
    if options.index:
        index, near, build = with_index(home, texts)
        show(index)
        found = recall(near, again)
        print(f"  index built in {build:.2f} s, recall@10 {found:.4f}", flush=True)
    worst = max(nearest.quantile(0.95) / LIMITS.get(rows, 1.0), search.quantile(0.95) / WHOLE)
    return worst <= 1 and same == 1 and found >= LEAST_RECALL


def _show(peer: Timer, way: Timer) -> None:
    print(way.line(peer), flush=True)


def project(folder: Path) -> None:
    """Make the stack of the shipped project."""
    from hushflake.cli.main import main as command

    os.chdir(folder)
    try:
        with redirect_stdout(io.StringIO()):
            code = command(["apply", "--stack", "local"])
    finally:
        os.chdir(_HERE)
    if code:
        raise SystemExit(f"apply ended with {code}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folder", help="Keep the data here, and use what is here.")
    options = parser.parse_args()
    met = []
    for rows in options.rows:
        with filled_with(fill, rows, options.folder) as folder:
            met.append(measure(rows, folder, options))
    return 1 if options.check and not all(met) else 0


if __name__ == "__main__":
    sys.exit(main())
