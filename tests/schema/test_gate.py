"""SQL in definitions: one expression, one query, one statement or one body, seen by tokens."""

from pathlib import Path

import pytest
from projects import compile_text

from hushflake.schema.errors import DefinitionError
from hushflake.schema.sql.gate import Sort, is_plain, mistake_in, statement_mistake
from hushflake.schema.sql.variables import UnfitVariableError, put_in

RIGHT: list[tuple[Sort, str]] = [
    ("expression", "CURRENT_TIMESTAMP()"),
    ("expression", "CASE WHEN a IS NOT NULL THEN 1 ELSE comment END"),
    ("expression", "a IS DISTINCT FROM b AND NOT c"),
    ("expression", "1::NUMBER(3, 1)"),
    ("expression", "x COLLATE 'en'"),
    ("expression", "IFF(comment = 'x;', 1, 2)"),
    ("expression", "comment IS NULL"),
    ("expression", "SUM(a) OVER (PARTITION BY b ORDER BY c)"),
    ("expression", "LISTAGG(a, ', ') WITHIN GROUP (ORDER BY b)"),
    ("expression", "INSERT('abc', 1, 2, 'x')"),
    ("expression", "SYSTEM$STREAM_HAS_DATA('S')"),
    ("expression", "EXISTS (SELECT 1 FROM t WHERE t.a = b)"),
    ("expression", "DATE '2020-01-01' + INTERVAL '1 day'"),
    ("expression", "'it''s; \\'x\\' -- no comment' || $$; ' $$"),
    ("expression", "model!PREDICT(INPUT_DATA => {'a': [1, 2]})"),
    ("query", "SELECT {'a': 1}, [1], $1 FROM @stage -- ; not the end"),
    ("query", "WITH a AS (SELECT 1) SELECT * FROM a /* ; */"),
    ("query", "(SELECT 1) UNION ALL (SELECT 2)"),
    ("query", "SELECT start, end FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1"),
    ("statement", "INSERT INTO t SELECT 1"),
    ("statement", "EXECUTE IMMEDIATE $$ BEGIN DROP TABLE t; END $$"),
    ("statement", "BEGIN INSERT INTO t SELECT 1; DELETE FROM u; END"),
    ("statement", "DECLARE x INT DEFAULT 1; c CURSOR FOR SELECT 1; BEGIN x := 2; RETURN x; END"),
    ("statement", "BEGIN IF (a) THEN SELECT CASE WHEN b THEN 1 END; ELSE NULL; END IF; END"),
    ("statement", "BEGIN CASE (x) WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE; END"),
    ("statement", "BEGIN FOR i IN 1 TO 2 DO SELECT 1; END FOR; LOOP BREAK; END LOOP; END"),
    ("statement", "BEGIN BEGIN TRANSACTION; SELECT 1; COMMIT; BEGIN SELECT 2; END; END"),
    ("statement", "BEGIN SELECT 1; EXCEPTION WHEN OTHER THEN RETURN SQLERRM; END"),
    ("body", "def main(session): return {'a': \"it's\"} # ( ;"),
]
WRONG: list[tuple[Sort, str, int]] = [
    ("expression", "1); DROP DATABASE D; --", 1),
    ("expression", "1, EXTRA NUMBER", 1),
    ("expression", "1 NOT NULL", 2),
    ("expression", "1 COMMENT 'x'", 2),
    ("expression", "val EXEMPT_OTHER_POLICIES = TRUE", 4),
    ("expression", "TRUE AS DROP TABLE X", 5),
    ("expression", "SELECT 1", 0),
    ("expression", "a ->> DROP TABLE x", 2),
    ("expression", "'abc", 0),
    ("expression", '"abc', 0),
    ("expression", "a + (1", 4),
    ("expression", "(1]", 2),
    ("expression", "1 /* x", 2),
    ("expression", "$$ x", 0),
    ("expression", "x$$ ; DROP TABLE y; $$", 20),
    ("expression", "\u00e9$$;DROP TABLE y;$$", 1),
    ("expression", "(" * 300 + ")" * 300, 250),
    ("query", "SELECT 1; DROP DATABASE D", 8),
    ("query", "SELECT 1 ->> DROP DATABASE D", 9),
    ("query", "DROP DATABASE D", 0),
    ("query", "SELECT 'a\\' ; DROP DATABASE D", 7),
    ("statement", "INSERT INTO t SELECT 1; DROP DATABASE D", 22),
    ("statement", "BEGIN; DELETE FROM t; COMMIT", 5),
    ("statement", "BEGIN SELECT 1; END; DROP DATABASE D", 19),
    ("statement", "BEGIN SELECT 1; END DROP DATABASE D", 20),
    ("statement", "BEGIN SELECT 1", 0),
    ("statement", "DECLARE x INT; DROP DATABASE D; BEGIN SELECT 1; END", 0),
    ("body", "a $$; DROP DATABASE D; $$", 2),
]


@pytest.mark.parametrize(("sort", "text"), RIGHT)
def test_one_of_its_sort_passes(sort: Sort, text: str) -> None:
    assert mistake_in(text, sort) is None
    if sort == "statement":
        assert statement_mistake(f"CREATE TASK T SCHEDULE = '1 MINUTE' AS\n{text}") is None


@pytest.mark.parametrize(("sort", "text", "at"), WRONG)
def test_more_than_one_is_refused_at_its_place(sort: Sort, text: str, at: int) -> None:
    found = mistake_in(text, sort)
    assert found is not None
    assert found.at == at


@pytest.mark.parametrize("text", [text for _, text, _ in WRONG if ";" in text])
def test_the_quick_look_lets_no_second_statement_pass(text: str) -> None:
    if is_plain(text):
        assert statement_mistake(text) is None


VARIABLES = {
    "db": "MY_DB",
    "quoted": '"My ""Db"',
    "owner": "O'Brien\\",
    "number": "-3.5",
    "text": "'a; b'",
    "two": "1; DROP TABLE x",
    "condition": "a OR b",
    "lines": "a\nb",
    "dollars": "$$",
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT * FROM ${db}.S.T_${db}", "SELECT * FROM MY_DB.S.T_MY_DB"),
        ("FROM ${quoted}.S.T", 'FROM "My ""Db".S.T'),
        ("a = '${owner}'", "a = 'O''Brien\\\\'"),
        ('"${quoted}"', '"""My """"Db"""'),
        ("a > ${number} AND b = ${text}", "a > -3.5 AND b = 'a; b'"),
        ("'${two}' -- ${two}", "'1; DROP TABLE x' -- 1; DROP TABLE x"),
        ("$${db} ${db}", "${db} MY_DB"),
        ("$$ ${db} $${db} $$", "$$ MY_DB ${db} $$"),
    ],
)
def test_a_variable_is_put_in_as_one_value(text: str, wanted: str) -> None:
    assert put_in(text, VARIABLES.__getitem__) == wanted


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("SELECT ${two}", 7),
        ("a AND ${condition}", 6),
        ("-- ${lines}", 3),
        ("$$ ${dollars} $$", 3),
        ("a$${x} ${two}", 7),
    ],
)
def test_a_variable_that_is_more_is_refused(text: str, at: int) -> None:
    with pytest.raises(UnfitVariableError) as caught:
        put_in(text, VARIABLES.__getitem__)
    assert caught.value.at == at


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT 1; DROP DATABASE D", "5:18"),
        ("'SELECT 1; DROP DATABASE D'", "5:19"),
        ("|\n    SELECT 1\n    FROM T; DROP DATABASE D", "7:11"),
        ("|-\n\n      SELECT (1\n      + 2", "7:14"),
        ("SELECT 1 FROM ${two}", "5:24"),
    ],
)
def test_the_place_in_the_file(query: str, place: str, tmp_path: Path) -> None:
    text = (
        "- {kind: schema, name: S}\n- {kind: table, name: S.T, columns: [{name: a, type: date}]}\n"
        f"- kind: view\n  name: S.V\n  query: {query}\n"
    )
    stack = 'database: DB\nvariables: {two: "1; DROP TABLE x"}\n'
    with pytest.raises(DefinitionError) as caught:
        compile_text(tmp_path, text, stack)
    assert f"objects/case.yaml:{place}: " in str(caught.value)
