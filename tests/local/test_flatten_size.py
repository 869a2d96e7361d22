"""FLATTEN of large arrays: work and memory grow with the input, not with its square."""

from collections.abc import Callable
from typing import Any

import pytest

Sql = Callable[..., Any]


@pytest.mark.parametrize("outer", ["FALSE", "TRUE"])
def test_no_row_repeats_what_it_stands_in(sql: Sql, outer: str) -> None:
    # With the input in each of its rows this would take gigabytes.
    sql(
        "CREATE OR REPLACE TABLE L AS SELECT ARRAY_AGG(REPEAT('x', 100)) AS V "
        "FROM TABLE(GENERATOR(ROWCOUNT => 20000))"
    )
    assert sql(
        "SELECT COUNT(*), SUM(LENGTH(VALUE)), COUNT(THIS), MAX(INDEX) "
        f"FROM L, LATERAL FLATTEN(INPUT => V, OUTER => {outer})"
    ) == [(20_000, 2_000_000, 20_000, 19_999)]


@pytest.mark.parametrize("extra", ["", ", RECURSIVE => TRUE"])
def test_this_is_what_a_value_stands_in(sql: Sql, extra: str) -> None:
    given = "PARSE_JSON('{\"a\": [1, [2]]}')"
    rows = sql(
        f"SELECT KEY, PATH, TO_JSON(THIS) FROM TABLE(FLATTEN(INPUT => {given}, PATH => 'a'{extra}))"
    )
    deeper = [(None, "a[1][0]", "[2]")] if extra else []
    assert rows == [(None, "a[0]", "[1,[2]]"), (None, "a[1]", "[1,[2]]"), *deeper]


def test_each_row_beside_a_table_has_its_own_input(sql: Sql) -> None:
    sql("CREATE TABLE T AS SELECT PARSE_JSON(COLUMN1) AS V FROM VALUES ('[1,2]'), ('[3]'), (NULL)")
    rows = sql(
        "SELECT F.VALUE::INT, TO_JSON(F.THIS) "
        "FROM T, LATERAL FLATTEN(INPUT => T.V, OUTER => TRUE) F "
        "ORDER BY 1 NULLS LAST"
    )
    assert rows == [(1, "[1,2]"), (2, "[1,2]"), (3, "[3]"), (None, None)]
