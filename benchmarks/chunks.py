"""How long a whole search over 100,000 chunks takes, beside DuckDB alone and numpy in one run.

    python benchmarks/chunks.py [--chunks N] [--rounds N] [--folder DIR] [--check]

The documents of the shipped project get twenty chunks each, of words drawn as words of a language
are (Zipf), with made-up vectors, behind the server's back. They are searched as `hushflake search`
does, every statement over HTTP, with and without what stands beside DuckDB's tables. CPU time is
that of client and server together: a busy machine hardly changes it. `--check` exits 1 where p95
is 200 ms or more, the structures take a minute to make, or a change is not in the next search.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from search import DIMENSION, WHOLE, Timer, by_numpy, filled_with, questions, vectors

from hushflake.knowledge.base import Base, open_base
from hushflake.knowledge.search import Search
from hushflake.local.server.process import lifecycle
from hushflake.schema.project import find_project

ENTITY = "COMPANY_DOCUMENTS"
TABLE = f"HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.{ENTITY}"
CHUNKS_A_DOCUMENT = 20
WORDS_A_CHUNK = 60
MOST_SECONDS_TO_BUILD = 60
_VOCABULARY = 20_000


class Measured(NamedTuple):
    """One way to answer: its times, those of the first search, and what was found."""

    timer: Timer
    first: float
    found: list[list[tuple[str, float]]]


def word(number: int) -> str:
    """A word of letters alone, another for each number."""
    letters = "etaoinshrdlucmfw"
    return "".join(letters[number >> place & 15] for place in (12, 8, 4, 0)) + "q"


def drawn(chance: np.random.Generator, size: int) -> Any:
    """Numbers of words, the first ones often."""
    return np.minimum(chance.zipf(1.2, size), _VOCABULARY) - 1


def fill(file: Path, chunks: int) -> None:
    """Put made-up documents and their chunks into the stack's file while no server has it."""
    database = duckdb.connect(str(file))
    ids: dict[str, int] = dict(
        database.execute(
            "SELECT name, id FROM hush.objects WHERE kind = 'TABLE' AND dropped IS NULL"
        ).fetchall()
    )
    when = "now(), epoch_us(now()), epoch_us(now())"
    database.execute(
        f'INSERT INTO data."t{ids[ENTITY]}" (DOCUMENT_ID, TITLE, UPDATED_AT, "$from", "$born") '
        f"SELECT 'd' || n, 'Document ' || n, {when} "
        f"FROM range({chunks // CHUNKS_A_DOCUMENT}) AS made(n)"
    )
    for done, texts, block in blocks(chunks):
        made = pa.table(
            {
                "n": pa.array(np.arange(done, done + len(texts))),
                "t": pa.array(texts),
                "v": pa.FixedSizeListArray.from_arrays(pa.array(block.ravel()), DIMENSION),
            }
        )
        database.register("made", made)
        database.execute(
            f'INSERT INTO data."t{ids[f"{ENTITY}_CHUNKS"]}" (DOCUMENT_ID, CHUNK_ID, CHUNK_NUMBER, '
            "CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT, SEARCH_TOKENS, EMBEDDING, UPDATED_AT, "
            f'"$from", "$born") SELECT \'d\' || n // {CHUNKS_A_DOCUMENT}, n, '
            f"n % {CHUNKS_A_DOCUMENT} + 1, 'BODY', 'Document', t, ' document ' || t || ' ', v, "
            f"{when} FROM made"
        )
    database.close()


def blocks(chunks: int) -> Iterator[tuple[int, list[str], Any]]:
    """Yield how many chunks came before, the texts of the next ones, and their vectors."""
    chance = np.random.default_rng(30)
    done = 0
    for block in vectors(chunks):
        numbers = drawn(chance, len(block) * WORDS_A_CHUNK).reshape(len(block), WORDS_A_CHUNK)
        yield done, [" ".join(map(word, row)) for row in numbers.tolist()], block
        done += len(block)


def asked(rounds: int) -> list[str]:
    """Questions of four to nine words, none asked before, as often of rare words as of common."""
    chance = np.random.default_rng(31)
    return [
        " ".join(map(word, {*drawn(chance, 3 + n % 4).tolist(), int(chance.integers(50, 5_000))}))
        for n in range(rounds)
    ]


def searched(folder: Path, texts: list[str], mode: str) -> Measured:
    """Search as `hushflake search` does, without embedding the question."""
    lifecycle.stop(folder / ".hushflake")
    lifecycle.configure(folder / ".hushflake", "local", {"vectors": mode})
    endpoint = lifecycle.ensure_running(folder / ".hushflake")
    name = "search" if mode == "exact" else "search, DuckDB alone"
    timer, found = Timer(name, endpoint.pid), []
    try:
        with open_base(find_project(folder, "foundation"), "local") as base:
            search = Search(base)
            begin = time.perf_counter()
            search.ask("the first question", entities=[ENTITY])
            first = time.perf_counter() - begin
            for text in texts:
                search.ask(text, entities=["COMPETITORS"])  # has no rows: it is embedded
                answer = timer(partial(search.ask, text, entities=[ENTITY]))
                timer.seconds[-1] -= answer.embedding_seconds
                found.append([(hit.key, round(hit.score, 4)) for hit in answer.hits])
            if mode == "exact" and not follows(base, search):
                raise SystemExit("a changed chunk is not in the next search")
    finally:
        lifecycle.stop(folder / ".hushflake")
        lifecycle.configure(folder / ".hushflake", "local", {"vectors": "exact"})
    return Measured(timer, first - timer.quantile(0.5), found)


def follows(base: Base, search: Search) -> bool:
    """Change a chunk, and tell whether the next search finds it, and how soon."""
    base.session.query(
        f"UPDATE {TABLE}_CHUNKS SET CHUNK_TEXT = 'zyzzyva', SEARCH_TOKENS = ' zyzzyva ' "
        "WHERE DOCUMENT_ID = 'd7' AND CHUNK_NUMBER = 3"
    )
    begin = time.perf_counter()
    hits = search.ask("zyzzyva", entities=[ENTITY]).hits
    passage = hits[0].passage if hits else None
    print(f"  a change: found {(time.perf_counter() - begin) * 1000:.0f} ms after it was asked for")
    return passage is not None and passage.text == "zyzzyva"


def measure(folder: Path, chunks: int, rounds: int) -> bool:
    texts = asked(rounds)
    print(f"\n{chunks:,} chunks, {len(texts)} questions")
    print(f"  {'ms':<34} {'p50':>8} {'p95':>8} {'min':>8} {'CPU':>8} {'/ DuckDB':>8}", flush=True)
    plain = searched(folder, texts[: max(6, rounds // 10)], "off")
    print(plain.timer.line(plain.timer), flush=True)
    floor = Timer("floor: numpy, matrix in memory")
    by_numpy(floor, chunks, questions(chunks, 20))
    print(floor.line(plain.timer), flush=True)
    ours = searched(folder, texts, "exact")
    print(ours.timer.line(plain.timer), flush=True)
    same = sum(a == b for a, b in zip(plain.found, ours.found, strict=False)) / len(plain.found)
    print(f"  the same answers: {same:.2f}; made in {ours.first:.1f} s")
    return (
        same == 1
        and ours.timer.quantile(0.95) < WHOLE
        and max(0.0, ours.first) < MOST_SECONDS_TO_BUILD
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folder", help="Keep the data here, and use what is here.")
    options = parser.parse_args()
    with filled_with(fill, options.chunks, options.folder) as folder:
        os.chdir(folder)
        met = measure(folder, options.chunks, options.rounds)
    return 1 if options.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
