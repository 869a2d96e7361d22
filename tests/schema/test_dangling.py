"""Which names a query reads, found by words, and what a plan says of those that are not there."""

import pytest

from hushflake.schema.dangling import sources
from hushflake.schema.sql.tokens import tokens


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT a FROM t", ["DB.S.T"]),
        ("SELECT a FROM other.t JOIN x.y.z ON true", ["DB.OTHER.T", "X.Y.Z"]),
        ('SELECT a FROM "t"', ['DB.S."t"']),
        ("WITH c AS (SELECT 1 FROM t) SELECT * FROM c", ["DB.S.T"]),
        ("SELECT EXTRACT(YEAR FROM born), TRIM(LEADING FROM name) FROM t", ["DB.S.T"]),
        ("SELECT a IS DISTINCT FROM b FROM t", ["DB.S.T"]),
        ("SELECT * FROM TABLE(F(1)) JOIN LATERAL FLATTEN(x) JOIN u ON true", ["DB.S.U"]),
        ("SELECT * FROM (SELECT * FROM t UNION ALL SELECT * FROM u)", ["DB.S.T", "DB.S.U"]),
        ("SELECT 'FROM nowhere', $$FROM nowhere$$ FROM t -- FROM nowhere", ["DB.S.T"]),
        ("SELECT * FROM @stage/file", []),
        ("SELECT * FROM VALUES (1), (2)", []),
        ("SELECT 1", []),
    ],
)
def test_names_that_stand_where_a_table_does(query: str, expected: list[str]) -> None:
    assert list(sources(list(tokens(query)), "DB.S.V")) == expected
