"""Words, names and keys found beside DuckDB's tables are what DuckDB alone finds."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from engine_stack import Stack

from hushflake.local.cortex.texts import columns, store
from hushflake.local.cortex.texts.held import Texts

_WORDS = [
    "lease",
    "leasing",
    "rent",
    "rental",
    "owner",
    "ÄPFEL",
    "äpfel",
    "x-1",
    "17",
    "170",
    "日本",
]
_NEEDLES = [" leas", " lease ", " rent", " 17 ", " äpf", " 日本 ", " x-1 ", " nowhere", " o"]
_DIMENSION = 3


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "stack.duckdb")
    made.run("CREATE DATABASE D")
    for name in ("T", "U"):
        made.run(
            f"CREATE TABLE {name} (ID VARCHAR, NAME VARCHAR, NUMBER INT, TOKENS VARCHAR, "
            f"E VECTOR(FLOAT, {_DIMENSION}))"
        )
    yield made
    made.close()


def tokens(chance: random.Random) -> str | None:
    """Mostly words with blanks around; sometimes none, nothing, or a text of another shape."""
    draw = chance.random()
    words = chance.choices(_WORDS, k=chance.randrange(6))
    if draw < 0.05:
        return None
    if draw < 0.1:
        return chance.choice(["", " ", "  ", "lease", " lease", "rent ", "a  lease  b"])
    return f" {' '.join(words)} "


def insert(stack: Stack, chance: random.Random, table: str, first: int, count: int) -> None:
    rows = [
        {
            "i": f"{chance.choice('kK')}-{(first + n) % 397}",
            "n": chance.choice([None, "Ann", "ANN", "Bob", "Straße", f"N {n}"]),
            "k": n % 7,
            "t": tokens(chance),
            "e": [chance.gauss(0, 1) for _ in range(_DIMENSION)],
        }
        for n in range(count)
    ]
    stack.run(
        f"INSERT INTO {table} SELECT VALUE:i::VARCHAR, VALUE:n::VARCHAR, VALUE:k::INT, "
        f"VALUE:t::VARCHAR, VALUE:e::ARRAY::VECTOR(FLOAT, {_DIMENSION}) "
        "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))",
        json.dumps(rows),
    )


def change(stack: Stack, chance: random.Random, step: int) -> None:
    """One random change of a table."""
    table, low = chance.choice("TU"), chance.randrange(300)
    match step % 8:
        case 0:
            insert(stack, chance, table, 400 + 10 * step, 30)
        case 1:
            stack.run(f"DELETE FROM {table} WHERE ID LIKE 'k-{low % 10}%'")
        case 2:
            stack.run(f"UPDATE {table} SET TOKENS = ' 17 new ' WHERE NUMBER = {low % 7}")
        case 3:
            stack.run(f"UPDATE {table} SET NAME = 'bob' WHERE ID LIKE 'K-{low % 10}%'")
        case 4:
            stack.run(
                f"MERGE INTO {table} USING (SELECT 'k-{low}' AS I UNION ALL SELECT 'm-{step}') S "
                f"ON {table}.ID = S.I WHEN MATCHED THEN UPDATE SET TOKENS = ' merged rent ' "
                "WHEN NOT MATCHED THEN INSERT (ID, TOKENS) VALUES (S.I, ' merged lease ')"
            )
        case 5:
            stack.run("BEGIN")
            stack.run(f"DELETE FROM {table} WHERE NUMBER < 3")
            compare(stack, chance)
            stack.run("ROLLBACK")
        case 6:
            stack.run("BEGIN")
            insert(stack, chance, table, 600 + 10 * step, 5)
            compare(stack, chance)
            stack.run("COMMIT")
        case _:
            stack.run(f"TRUNCATE TABLE {table}")
            insert(stack, chance, table, 0, 150)


def words_sql(chance: random.Random, needles: list[str], count: int) -> tuple[str, list[str]]:
    """The rows with the most telling words of both tables, as a search asks for them."""
    where, bound = chance.choice(
        [("", []), (" WHERE NUMBER <> 2", []), (" WHERE NAME = ?", ["Ann"])]
    )
    direction, key = chance.choice(["DESC", "ASC"]), chance.choice(["K", "K DESC", "NAME, K"])
    flags = ", ".join(f"COUNT_IF(CONTAINS(R.TOKENS, ?)) AS D{n}" for n in range(len(needles)))
    sums = ", ".join(f"SUM(D{n}) AS D{n}" for n in range(len(needles)))
    worth = " + ".join(
        f"CASE WHEN CONTAINS(R.TOKENS, ?) THEN LN(1 + COUNTS.N / (1 + COUNTS.D{n})) ELSE 0 END"
        for n in range(len(needles))
    )
    counted = "\nUNION ALL ".join(
        f"SELECT COUNT(*) AS N, {flags} FROM {table} AS R{where}" for table in "TU"
    )
    telling = "\nUNION ALL ".join(
        f"SELECT * FROM (SELECT '{table}' AS SOURCE, R.ID AS K, NAME, {worth} AS WORTH "
        f"FROM {table} AS R CROSS JOIN COUNTS{where} "
        f"ORDER BY WORTH {direction}, {key} LIMIT {count})"
        for table in "TU"
    )
    sql = (
        f"WITH COUNTS AS (SELECT SUM(N) AS N, {sums} FROM ({counted}))\n"
        f"SELECT SOURCE, K, WORTH, N FROM ({telling}) CROSS JOIN COUNTS "
        "WHERE WORTH > 0.1 ORDER BY 3 DESC, 1, 2"
    )
    return sql, 4 * [*needles, *bound]


_NAMED = (
    "SELECT ID, NAME FROM T AS R WHERE (UPPER(R.ID) IN (?, ?) OR COALESCE(NAME, ID) IN (?)) "
    "AND NUMBER IS NOT NULL ORDER BY 1, 2"
)
_KEYED = (
    "WITH Q AS (SELECT 5 AS Z) SELECT R.ID, Z, TOKENS FROM U AS R CROSS JOIN Q WHERE R.ID IN "
    "(SELECT VALUE::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) ORDER BY 1, 2, 3"
)


def compare(stack: Stack, chance: random.Random) -> None:
    needles = chance.sample(_NEEDLES, k=chance.choice([1, 2, 4]))
    names = [f"K-{chance.randrange(400)}", "K-7", chance.choice(["Ann", "Straße", "k-9"])]
    keys = json.dumps([f"k-{chance.randrange(400)}" for _ in range(9)] + [None, 3])
    for sql, binds in (
        words_sql(chance, needles, chance.choice([1, 5, 60])),
        (_NAMED, names),
        (_KEYED, [keys]),
    ):
        fast, slow = stack.both(sql, *binds)
        assert repr(fast) == repr(slow), (sql, binds)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_whatever_happens_to_tables_their_texts_answer_as_duckdb(
    stack: Stack, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small enough that segments are made and put together, and rows are ranked again.
    monkeypatch.setattr(columns, "_TAIL", 20)
    monkeypatch.setattr(columns, "_RUN", 64)
    monkeypatch.setattr(columns, "_UNRANKED", 10)
    monkeypatch.setattr(store, "_LEAST", 100)
    chance = random.Random(seed)
    for table in "TU":
        insert(stack, chance, table, 0, 300)
    for step in range(16):
        change(stack, chance, step)
        for _ in range(2):
            compare(stack, chance)
    assert stack.engine.part(Texts).answers > 100


_SHAPES = yaml.safe_load(Path(__file__).with_name("texts_shapes.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("filled") / "stack.duckdb")
    made.run("CREATE DATABASE D")
    for name in ("T", "U"):
        made.run(
            f"CREATE TABLE {name} (ID VARCHAR, NAME VARCHAR, NUMBER INT, TOKENS VARCHAR, "
            f"E VECTOR(FLOAT, {_DIMENSION}))"
        )
        insert(made, random.Random(7), name, 0, 300)
    yield made
    made.close()


def test_more_words_than_a_table_of_classes_holds_are_answered_too(filled: Stack) -> None:
    chance = random.Random(3)
    needles = [*_NEEDLES, *(f" w{n} " for n in range(60))][:60]
    before = filled.engine.part(Texts).answers
    for count in (5, 60):
        sql, binds = words_sql(chance, needles, count)
        fast, slow = filled.both(sql, *binds)
        assert repr(fast) == repr(slow)
    assert filled.engine.part(Texts).answers > before


@pytest.mark.parametrize("shape", _SHAPES, ids=lambda shape: shape["sql"][:60])
def test_every_shape_is_answered_as_duckdb_and_the_known_ones_by_texts(
    filled: Stack, shape: dict[str, Any]
) -> None:
    for _ in range(2):
        # Translated, and then remembered.
        before = filled.engine.part(Texts).answers
        fast, slow = filled.both(shape["sql"], *shape.get("binds", ()))
        assert repr(fast) == repr(slow)
        assert len(fast) > 0
        assert filled.engine.part(Texts).answers - before == shape["parts"]


def test_policies_hold_for_texts_too(stack: Stack) -> None:
    insert(stack, random.Random(5), "T", 0, 300)
    count = "SELECT COUNT(*) AS N, COUNT_IF(CONTAINS(TOKENS, ' leas')) AS D FROM T"
    best = (
        "SELECT ID, NUMBER FROM T AS R "
        "ORDER BY IFF(CONTAINS(R.TOKENS, ' leas'), 1, 0) DESC, ID LIMIT 20"
    )
    before = stack.run(count)
    stack.run("CREATE ROW ACCESS POLICY P AS (K INT) RETURNS BOOLEAN -> K <> 3")
    stack.run("ALTER TABLE T ADD ROW ACCESS POLICY P ON (NUMBER)")
    for sql in (count, best):
        fast, slow = stack.both(sql)
        assert fast == slow
    assert stack.run(count) < before
    assert 3 not in {number for _, number in stack.run(best)}
    answers = stack.engine.part(Texts).answers
    stack.run("CREATE MASKING POLICY M AS (V VARCHAR) RETURNS VARCHAR -> 'hidden'")
    stack.run("ALTER TABLE T MODIFY COLUMN TOKENS SET MASKING POLICY M")
    stack.run("ALTER TABLE T MODIFY COLUMN ID SET MASKING POLICY M")
    assert stack.run(count)[0][1] == 0
    assert stack.run("SELECT NAME FROM T WHERE ID IN ('k-1', 'K-1')") == []
    assert stack.engine.part(Texts).answers == answers


def test_a_column_of_another_content_and_the_same_name_is_read_anew(stack: Stack) -> None:
    insert(stack, random.Random(3), "T", 0, 50)
    sql = "SELECT COUNT(*) AS N, COUNT_IF(CONTAINS(TOKENS, ' leas')) AS D FROM T"
    stack.run(sql)
    stack.run("ALTER TABLE T DROP COLUMN TOKENS")
    stack.run("ALTER TABLE T RENAME COLUMN NAME TO TOKENS")
    assert stack.run(sql) == [(50, 0)]


def test_what_fails_for_a_row_that_nobody_asked_for_is_no_error(stack: Stack) -> None:
    insert(stack, random.Random(3), "T", 0, 50)
    sql = (
        "SELECT ID FROM T WHERE NUMBER = 3 AND TO_VARCHAR(1 / (NUMBER - 4)) IN ('-1', '-1.000000')"
    )
    fast, slow = stack.both(sql)
    assert fast == slow
    assert fast


def test_words_are_read_after_a_vector_that_duckdb_worked_out(stack: Stack) -> None:
    insert(stack, random.Random(4), "T", 0, 300)
    sql = (
        "SELECT ID, TOKENS FROM (SELECT ID, TOKENS FROM T "
        "ORDER BY VECTOR_L2_DISTANCE(E, [1, 2, 3]::VECTOR(FLOAT, 3)), ID LIMIT 3) UNION ALL "
        "SELECT ID, TOKENS FROM (SELECT ID, TOKENS FROM T "
        "ORDER BY CONTAINS(TOKENS, ' leas') DESC NULLS LAST, ID, TOKENS LIMIT 3) ORDER BY 1, 2"
    )
    before = stack.engine.part(Texts).answers
    fast, slow = stack.both(sql)
    assert fast == slow
    assert (stack.answers, stack.engine.part(Texts).answers - before) == (1, 1)
