"""What a value costs on its way into a column; conditions of writes, worked out once."""

import pytest

from hushflake.local.language.types import parse_type
from hushflake.local.sql.dialect import parse
from hushflake.local.sql.fitting import fit

from .conftest import Sql

# Column, type of the value, SQL of it.
_FITTED = (
    ("VARCHAR(5)", "VARCHAR", "hush.fit(q.c0, 5)"),
    ("VARCHAR", "VARCHAR", "q.c0"),
    ("VARCHAR", None, "CAST(hush.to_text(q.c0) AS VARCHAR)"),
    ("VARCHAR", "FLOAT", "CAST(hush.to_text(q.c0) AS VARCHAR)"),
    ("TIMESTAMP_LTZ", "TIMESTAMP_LTZ", "q.c0"),
    ("TIMESTAMP_LTZ", None, "hush.any_instant(q.c0, false)"),
    ("TIMESTAMP_TZ", "TIMESTAMP_TZ", "q.c0"),
    ("TIMESTAMP_TZ", "VARCHAR", "hush.text_tz(q.c0, '', false)"),
    ("DATE", "VARCHAR", "CAST(q.c0 AS DATE)"),
    ("DATE", "TIMESTAMP_TZ", "hush.fit_date(q.c0)"),
    ("VARIANT", "ARRAY", "CAST(q.c0 AS JSON)"),
    ("VARIANT", "DATE", "hush.to_variant(q.c0)"),
    ("NUMBER(5,2)", "VARCHAR", "CAST(q.c0 AS DECIMAL(5,2))"),
)


def test_a_value_of_a_known_type_needs_no_macro_that_takes_any() -> None:
    for column, known, wanted in _FITTED:
        kind = parse_type(known) if known else None
        assert fit("q.c0", parse_type(column), known=kind) == wanted, (column, known)
        required = fit("q.c0", parse_type(column), known=kind, nullable=False)
        assert required == f"hush.required({wanted})"


def test_a_text_that_was_read_before_gives_a_tree_of_its_own() -> None:
    first, second = parse("SELECT PARSE_JSON('1') AS A"), parse("SELECT PARSE_JSON('1') AS A")
    assert first == second
    assert first is not second
    first.expressions[0].set("alias", None)
    assert second.expressions[0].alias == "A"


_CHANGES = (
    "DELETE FROM T WHERE {}",
    "UPDATE T SET N = -1 WHERE {}",
    "MERGE INTO T USING (SELECT 1 AS X) ON TRUE WHEN MATCHED AND {} THEN UPDATE SET N = -1",
)


@pytest.mark.parametrize("change", _CHANGES)
def test_a_random_condition_holds_once(sql: Sql, change: str) -> None:
    sql("CREATE TABLE T AS SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 200))")
    sql("SET MOMENT = (SELECT CURRENT_TIMESTAMP())")
    sql(change.format("RANDOM() > 0"))
    ((left,),) = sql("SELECT COUNT(*) FROM T WHERE N >= 0")
    assert 0 < left < 200
    before = "SELECT COUNT(DISTINCT N), MIN(N) FROM T AT(TIMESTAMP => $MOMENT)"
    assert sql(before) == [(200, 0)]
