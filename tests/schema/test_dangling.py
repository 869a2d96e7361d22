"""Which names a query reads, found by words, and what a plan says of those that are not there."""

import pytest

from hushflake.schema.dangling import _reads_only, sources
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


OWN = "DB.S.V"
NAMES = frozenset({"DB.S.T", "DB.S.S", "DB.S.U", "DB.OTHER.T"})


@pytest.mark.parametrize(
    ("query", "is_settled"),
    [
        ("SELECT a FROM t JOIN other.t ON TRUE JOIN db.s.u ON TRUE", True),
        ("SELECT a FROM (SELECT a IS DISTINCT FROM b FROM t)", True),
        ("SELECT 1", True),
        ("SELECT a FROM x", False),
        ('SELECT a FROM "t"', False),
        ('SELECT a FROM s."lower"', False),
        ("SELECT a FROM db.s.t.u", False),
        ("SELECT a FROM /* x */ gone", False),
        ("SELECT a FROM IDENTIFIER('gone')", False),
        ("SELECT a FROM t\u00e9", False),
    ],
)
def test_a_look_is_enough_only_where_every_name_is_known(query: str, is_settled: bool) -> None:
    """What the look calls settled, reading the words calls settled too."""
    assert _reads_only(query, OWN, NAMES) == is_settled
    assert not is_settled or NAMES.issuperset(sources(list(tokens(query)), OWN))
