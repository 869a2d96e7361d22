"""`ORDER BY VECTOR_*(…) LIMIT k` from a matrix or an index is what DuckDB alone answers."""

import errno
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from hushflake.deploy.local.engine import Engine
from hushflake.deploy.local.runner import run_one
from hushflake.deploy.local.session import Session
from hushflake.deploy.local.wire import Binding

_DIMENSION = 6
_CALLS = (
    "VECTOR_COSINE_SIMILARITY",
    "VECTOR_INNER_PRODUCT",
    "VECTOR_L2_DISTANCE",
    "VECTOR_L1_DISTANCE",
)


class Stack:
    """An engine in this process, asked with and without matrices."""

    def __init__(self, path: Path, mode: str = "exact") -> None:
        self.engine = Engine(path, {"vectors": mode, "vectors_least_rows": 0})
        self.mode = mode
        self.session = self.connect()

    def connect(self) -> Session:
        catalogue = self.engine.catalogue
        role = catalogue.find("ROLE", 0, "ACCOUNTADMIN")
        assert role is not None
        session = Session(self.engine, catalogue.of_kind("USER")[0], role)
        session.warehouse, session.database, session.schema = "COMPUTE_WH", "D", "PUBLIC"
        return session

    def run(self, sql: str, *binds: str, session: Session | None = None) -> list[tuple[Any, ...]]:
        bound = {str(n + 1): Binding("VARCHAR", value) for n, value in enumerate(binds)}
        return [tuple(row) for row in run_one(session or self.session, sql, bound).rows]

    def close(self) -> None:
        self.session.close()
        self.engine.close()

    @property
    def answers(self) -> int:
        return sum(held["answers"] for held in self.engine.vectors.details())

    def both(
        self, sql: str, *binds: str, session: Session | None = None
    ) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return the rows by matrix, and the rows by DuckDB alone."""
        fast = self.run(sql, *binds, session=session)
        self.engine.vectors.mode = "off"
        try:
            return fast, self.run(sql, *binds, session=session)
        finally:
            self.engine.vectors.mode = self.mode


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "stack.duckdb")
    made.run("CREATE DATABASE D")
    made.run(f"CREATE TABLE T (ID INT, KIND VARCHAR, E VECTOR(FLOAT, {_DIMENSION}))")
    yield made
    made.close()


def vector(chance: random.Random) -> str:
    """A vector as SQL: sometimes none, of no length, one of a few, or far longer than others."""
    draw = chance.random()
    if draw < 0.05:
        return f"NULL::VECTOR(FLOAT, {_DIMENSION})"
    scale = 0.0 if draw < 0.07 else chance.choice([1.0, 1.0, 1.0, 1000.0, 0.01])
    numbers = [
        chance.gauss(0, 1) if draw > 0.2 else chance.choice([0.0, 1.0]) for _ in range(_DIMENSION)
    ]
    return f"{[number * scale for number in numbers]}::VECTOR(FLOAT, {_DIMENSION})"


def insert(stack: Stack, chance: random.Random, first: int, count: int) -> None:
    rows = "\nUNION ALL ".join(
        f"SELECT {first + n}, '{chance.choice('abc')}', {vector(chance)}" for n in range(count)
    )
    stack.run(f"INSERT INTO T {rows}")


def asked(chance: random.Random) -> str:
    return f"{[chance.gauss(0, 1) for _ in range(_DIMENSION)]}::VECTOR(FLOAT, {_DIMENSION})"


def change(stack: Stack, chance: random.Random, step: int) -> None:
    """One random change of the table."""
    low = chance.randrange(400)
    match step % 7:
        case 0:
            insert(stack, chance, 1000 + 100 * step, 30)
        case 1:
            stack.run(f"DELETE FROM T WHERE ID BETWEEN {low} AND {low + 40}")
        case 2:
            stack.run(f"UPDATE T SET E = {vector(chance)} WHERE ID BETWEEN {low} AND {low + 9}")
        case 3:
            stack.run(f"UPDATE T SET KIND = 'z' WHERE ID BETWEEN {low} AND {low + 50}")
        case 4:
            stack.run(
                f"MERGE INTO T USING (SELECT {low} AS I UNION ALL SELECT {9000 + step}) AS S "
                "ON T.ID = S.I "
                f"WHEN MATCHED THEN UPDATE SET E = {vector(chance)} "
                f"WHEN NOT MATCHED THEN INSERT (ID, KIND, E) VALUES (S.I, 'm', {vector(chance)})"
            )
        case 5:
            stack.run("BEGIN")
            stack.run(f"DELETE FROM T WHERE ID > {low}")
            compare(stack, chance)
            stack.run("ROLLBACK")
        case _:
            stack.run("BEGIN")
            insert(stack, chance, 50_000 + 100 * step, 5)
            compare(stack, chance)
            stack.run("COMMIT")


def compare(stack: Stack, chance: random.Random) -> None:
    """Ask twice; a tie is broken by ID, or by nothing, and then only scores are compared."""
    call, direction = chance.choice(_CALLS), chance.choice(["DESC", "ASC"])
    nulls = chance.choice(["", " NULLS FIRST", " NULLS LAST"])
    where = chance.choice(
        [
            "",
            "WHERE E IS NOT NULL",
            "WHERE KIND = 'a'",
            "WHERE R.E IS NOT NULL AND (ID < 200 OR KIND = 'b')",
        ]
    )
    count, offset = chance.choice([1, 5, 50, 1000]), chance.choice(["", " OFFSET 3"])
    arguments = ["R.E", asked(chance)]
    chance.shuffle(arguments)
    score = f"{call}({', '.join(arguments)})"
    rest = f"LIMIT {count}{offset}"
    ties = f"SELECT ID, {score} AS S FROM T AS R {where} ORDER BY S {direction}{nulls}, ID {rest}"
    fast, slow = stack.both(ties)
    assert repr(fast) == repr(slow), ties
    loose = f"SELECT {score} FROM T AS R {where} ORDER BY 1 {direction}{nulls} {rest}"
    fast, slow = stack.both(loose)
    assert repr(fast) == repr(slow), loose


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_a_table_the_matrix_answers_as_duckdb(stack: Stack, seed: int) -> None:
    chance = random.Random(seed)
    insert(stack, chance, 0, 400)
    for step in range(7, 14):
        change(stack, chance, step)
        for _ in range(3):
            compare(stack, chance)
    assert stack.answers > 25


_V = f"[1, 2, 3, 4, 5, 6]::VECTOR(FLOAT, {_DIMENSION})"
_S = f"VECTOR_COSINE_SIMILARITY(R.E, {_V})"
_SHAPES = yaml.safe_load(Path(__file__).with_name("nearest_shapes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("shape", _SHAPES, ids=lambda shape: shape["sql"][:60])
def test_every_shape_is_answered_as_duckdb_and_the_known_ones_by_the_matrix(
    filled: Stack, shape: dict[str, Any]
) -> None:
    sql = shape["sql"].replace("@V", _V).replace("@S", _S)
    binds, parts = shape.get("binds", ()), shape["parts"]
    for _ in range(2):
        # Translated, and then remembered.
        before = filled.answers
        fast, slow = filled.both(sql, *binds)
        assert repr(fast) == repr(slow)
        assert len(fast) > 0
        assert filled.answers - before == parts


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("filled") / "stack.duckdb")
    made.run("CREATE DATABASE D")
    made.run(f"CREATE TABLE T (ID INT, KIND VARCHAR, E VECTOR(FLOAT, {_DIMENSION}))")
    insert(made, random.Random(7), 0, 300)
    yield made
    made.close()


_NEAREST = f"SELECT ID FROM T R ORDER BY {_S} DESC NULLS LAST, ID LIMIT 5"


def test_a_column_of_another_content_and_the_same_name_is_read_anew(stack: Stack) -> None:
    insert(stack, random.Random(3), 0, 50)
    stack.run(f"ALTER TABLE T ADD COLUMN F VECTOR(FLOAT, {_DIMENSION})")
    stack.run(f"UPDATE T SET F = {_V} WHERE ID = 17")
    stack.run(_NEAREST)
    stack.run("ALTER TABLE T DROP COLUMN E")
    stack.run("ALTER TABLE T RENAME COLUMN F TO E")
    fast, slow = stack.both(_NEAREST)
    assert fast == slow
    assert fast[0] == (17,)


def test_what_a_transaction_wrote_or_still_sees_counts_for_it_alone(stack: Stack) -> None:
    insert(stack, random.Random(4), 0, 50)
    other = stack.connect()
    stack.run(_NEAREST)
    stack.run("BEGIN")
    stack.run(f"INSERT INTO T SELECT 900, 'n', {_V}")
    assert (900,) in stack.run(_NEAREST)
    assert (900,) not in stack.run(_NEAREST, session=other)
    stack.run("COMMIT")
    assert (900,) in stack.run(_NEAREST, session=other)
    other.close()


def test_policies_hold_for_the_matrix_too(stack: Stack) -> None:
    insert(stack, random.Random(5), 0, 60)
    stack.run("CREATE ROW ACCESS POLICY P AS (K VARCHAR) RETURNS BOOLEAN -> K <> 'a'")
    stack.run("ALTER TABLE T ADD ROW ACCESS POLICY P ON (KIND)")
    sql = f"SELECT KIND, ID FROM T R WHERE ID > 3 ORDER BY {_S} DESC NULLS LAST, ID LIMIT 30"
    fast, slow = stack.both(sql)
    assert fast == slow
    assert {kind for kind, _ in fast} == {"b", "c"}
    assert stack.answers == 1


def test_a_stopped_server_leaves_its_matrix_to_the_next(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack.duckdb")
    stack.run("CREATE DATABASE D")
    stack.run(f"CREATE TABLE T (ID INT, KIND VARCHAR, E VECTOR(FLOAT, {_DIMENSION}))")
    insert(stack, random.Random(6), 0, 100)
    before = stack.run(_NEAREST)
    stack.close()
    files = {path.suffix: path.stat().st_mtime_ns for path in (tmp_path / "vectors").iterdir()}
    assert set(files) == {".f32", ".npz"}
    stack = Stack(tmp_path / "stack.duckdb")
    assert stack.run(_NEAREST) == before
    # It was read, not made again; and a change is noticed.
    assert (tmp_path / "vectors" / "t44-2.npz").exists()
    stack.run("DELETE FROM T WHERE ID = ?", str(before[0][0]))
    assert stack.run(_NEAREST)[0] == before[1]
    stack.run("DROP TABLE T")
    stack.close()
    assert not list((tmp_path / "vectors").iterdir())


def test_the_index_serves_once_it_is_built_and_follows_what_changes(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usearch")
    chance = random.Random(9)
    insert(stack, chance, 0, 400)
    exact = stack.run(_NEAREST)
    stack.engine.vectors.mode = stack.mode = "index"
    assert stack.run(_NEAREST) == exact
    deadline = time.monotonic() + 30
    while not _index(stack)["ready"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for step in range(7, 11):
        # With few rows, twice the asked for and a search this wide find all.
        fast, slow = stack.both(_NEAREST)
        assert fast == slow
        change(stack, chance, step)
    assert _index(stack)["rows"] == stack.engine.vectors.details()[0]["rows"]
    # What it does not serve is answered all the same.
    fast, slow = stack.both(f"SELECT ID FROM T R WHERE KIND = 'a' ORDER BY {_S}, ID LIMIT 5")
    assert fast == slow


def test_an_index_is_read_again_when_it_is_of_the_state_of_the_table(tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    stack = Stack(tmp_path / "stack.duckdb", "index")
    stack.run("CREATE DATABASE D")
    stack.run(f"CREATE TABLE T (ID INT, KIND VARCHAR, E VECTOR(FLOAT, {_DIMENSION}))")
    insert(stack, random.Random(10), 0, 100)
    stack.run(_NEAREST)
    while not _index(stack)["ready"]:
        time.sleep(0.02)
    seconds = _index(stack)["build_seconds"]
    stack.close()
    stack = Stack(tmp_path / "stack.duckdb", "index")
    fast, slow = stack.both(_NEAREST)
    assert fast == slow
    assert _index(stack) == {**_index(stack), "ready": True, "build_seconds": seconds}
    stack.close()


def _index(stack: Stack) -> dict[str, Any]:
    (index,) = stack.engine.vectors.details()[0]["indexes"]
    return dict(index)


@pytest.mark.parametrize("mode", ["exact", "index"])
def test_readers_see_whole_commits_while_others_write(stack: Stack, mode: str) -> None:
    if mode == "index":
        pytest.importorskip("usearch")
    stack.engine.vectors.mode = stack.mode = mode
    insert(stack, random.Random(12), 0, 200)
    nearest = f"SELECT ID FROM T R WHERE E IS NOT NULL ORDER BY {_S} DESC NULLS LAST LIMIT 60"
    done = threading.Event()

    def read() -> int:
        session, answers = stack.connect(), 0
        while not done.is_set() or not answers:
            ids = {row[0] for row in stack.run(nearest, session=session)}
            pairs = [number for number in ids if number >= 1000]
            # A pair is written in one transaction, and both rows are nearer than any other.
            assert {number ^ 1 for number in pairs} == set(pairs)
            answers += 1
        session.close()
        return answers

    def write() -> None:
        session = stack.connect()
        try:
            for pair in range(20):
                stack.run("BEGIN", session=session)
                for number in (1000 + 2 * pair, 1001 + 2 * pair):
                    stack.run(f"INSERT INTO T SELECT {number}, 'p', {_V}", session=session)
                if pair % 4 == 3:
                    stack.run("DELETE FROM T WHERE ID IN (1000, 1001)", session=session)
                stack.run("ROLLBACK" if pair % 5 == 4 else "COMMIT", session=session)
        finally:
            done.set()
            session.close()

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pool.submit(write).result(timeout=60)
        assert all(reader.result(timeout=60) > 0 for reader in readers)


def test_without_room_for_a_matrix_duckdb_answers_alone(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(stack, random.Random(13), 0, 50)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        fast, slow = stack.both(_NEAREST)
        assert fast == slow
        assert stack.answers == 0
    assert stack.run(_NEAREST) == slow
    assert stack.answers == 1


def test_very_many_equal_rows_are_left_to_duckdb(stack: Stack) -> None:
    stack.run(f"INSERT INTO T SELECT SEQ4(), 'x', {_V} FROM TABLE(GENERATOR(ROWCOUNT => 20001))")
    fast, slow = stack.both(_NEAREST)
    assert fast == slow
    assert stack.answers == 0
