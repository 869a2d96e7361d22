"""`ORDER BY VECTOR_*(…) LIMIT k` from a matrix or an index is what DuckDB alone answers."""

import errno
import json
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from engine_stack import Stack

from hushflake.local.cortex.vectors import codes
from hushflake.local.cortex.vectors.codes import Codes
from hushflake.local.cortex.vectors.nearest import Vectors

_DIMENSION = 6
_CALLS = (
    "VECTOR_COSINE_SIMILARITY",
    "VECTOR_INNER_PRODUCT",
    "VECTOR_L2_DISTANCE",
    "VECTOR_L1_DISTANCE",
)


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
    assert list((tmp_path / "vectors").glob("t*-2.npz"))
    stack.run("DELETE FROM T WHERE ID = ?", str(before[0][0]))
    assert stack.run(_NEAREST)[0] == before[1]
    stack.run("DROP TABLE T")
    stack.close()
    assert not list((tmp_path / "vectors").iterdir())


_WIDE, _QUESTIONS = 64, 20


@pytest.fixture
def coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A table of 900 rows around 30 directions, of which an index compares few whole."""
    monkeypatch.setattr(codes, "_LEAST", 40)
    monkeypatch.setattr(codes, "_EACH", 4)
    made = Stack(tmp_path / "stack.duckdb", "index")
    made.run("CREATE DATABASE D")
    made.run(f"CREATE TABLE W (ID INT, KIND VARCHAR, E VECTOR(FLOAT, {_WIDE}))")
    insert_wide(made, 0, 900)
    yield made
    made.close()


def wide(number: int, noise: float = 0.4) -> list[float]:
    chance = np.random.default_rng(number)
    direction = np.random.default_rng(number % 30).standard_normal(_WIDE)
    made = direction / np.linalg.norm(direction) + noise / 8 * chance.standard_normal(_WIDE)
    return [float(n) for n in made]


# Bound, because to parse so many numbers takes most of the time.
_BOUND = f"PARSE_JSON(?)::ARRAY::VECTOR(FLOAT, {_WIDE})"


def insert_wide(stack: Stack, first: int, count: int) -> None:
    rows = [{"k": "abc"[n // 30 % 3], "n": n, "e": wide(n)} for n in range(first, first + count)]
    stack.run(
        "INSERT INTO W SELECT VALUE:n::INT, VALUE:k::VARCHAR, "
        f"VALUE:e::ARRAY::VECTOR(FLOAT, {_WIDE}) FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))",
        json.dumps(rows),
    )


def recall(stack: Stack, where: str = "", call: str = "VECTOR_COSINE_SIMILARITY") -> float:
    """The share of the ten nearest that the index finds."""
    direction = "ASC" if "DISTANCE" in call else "DESC"
    sql = f"SELECT ID, {call}(R.E, {_BOUND}) AS S FROM W R {where} ORDER BY S {direction} LIMIT 10"
    hits = 0
    for number in range(2000, 2000 + _QUESTIONS):
        fast, slow = stack.both(sql, json.dumps(wide(number)))
        assert len(fast) == len(slow)
        hits += len(set(fast) & set(slow))
    return hits / (10 * _QUESTIONS)


def compared(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Record how many rows each question compares whole; None: all."""
    counts: list[int | None] = []
    near = Codes.near

    def counted(self: Codes, *args: Any) -> Any:
        found = near(self, *args)
        counts.append(None if found is None else len(found))
        return found

    monkeypatch.setattr(Codes, "near", counted)
    return counts


def test_the_index_compares_few_rows_and_misses_hardly_any(
    coded: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = compared(monkeypatch)
    assert recall(coded) >= 0.99
    assert recall(coded, "WHERE KIND <> 'b'") >= 0.99
    assert len(counts) == 2 * _QUESTIONS
    assert all(count is not None and 10 < count < 225 for count in counts)


def test_the_index_follows_what_changes(coded: Stack) -> None:
    assert recall(coded) >= 0.99
    for step in range(3):
        coded.run(f"DELETE FROM W WHERE ID BETWEEN {100 * step} AND {100 * step + 49}")
        insert_wide(coded, 3000 + 100 * step, 60)
        coded.run(
            f"UPDATE W SET E = {_BOUND} WHERE ID BETWEEN 500 AND 510", json.dumps(wide(7 + step))
        )
        assert recall(coded) >= 0.99


@pytest.mark.parametrize("call", _CALLS)
def test_functions_that_do_not_go_by_the_angle_are_answered_exactly(
    coded: Stack, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = compared(monkeypatch)
    by_angle = call == "VECTOR_COSINE_SIMILARITY"
    # The lengths differ, so only the cosine goes by the angle.
    found = recall(coded, call=call)
    assert (found >= 0.99) if by_angle else (found == 1.0)
    assert bool(counts) == by_angle
    coded.run(f"UPDATE W SET E = {_BOUND}", json.dumps([1.0] + [0.0] * (_WIDE - 1)))
    for direction in ("DESC", "ASC"):
        sql = f"SELECT ID FROM W R ORDER BY {call}(R.E, {_BOUND}) {direction} LIMIT 10"
        coded.run(sql, json.dumps(wide(5)))
    # Of one length now; all of one code, which tells nothing: all are compared.
    assert counts[-1:] == ([] if call == "VECTOR_L1_DISTANCE" else [None])


def test_a_stopped_server_leaves_its_index_to_the_next(
    coded: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall(coded)
    coded.close()
    puts: list[int] = []
    put = Codes.put

    def recorded(self: Codes, place: int, vectors: Any) -> None:
        puts.append(len(vectors))
        put(self, place, vectors)

    monkeypatch.setattr(Codes, "put", recorded)
    stack = Stack(tmp_path / "stack.duckdb", "index")
    assert recall(stack) >= 0.99
    assert not any(puts)
    assert stack.engine.part(Vectors).details()[0]["has_index"]
    stack.close()


@pytest.mark.parametrize("mode", ["exact", "index"])
def test_readers_see_whole_commits_while_others_write(stack: Stack, mode: str) -> None:
    stack.engine.part(Vectors).mode = stack.mode = mode
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
