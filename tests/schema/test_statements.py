"""SQL is cut into statements at semicolons that are neither in a string nor in a block."""

import pytest

from hushflake.schema.sql.statements import statements_of

IF_AND_CASE = (
    "DECLARE n INT; BEGIN IF (n > 1) THEN n := 2; END IF; RETURN CASE n WHEN 1 THEN 2 END; END"
)
PROCEDURE = (
    "CREATE PROCEDURE p() RETURNS INT AS BEGIN BEGIN x := 1; END; FOR i IN c DO y; END FOR; END"
)


@pytest.mark.parametrize(
    ("text", "whole", "rest", "is_open"),
    [
        ("", (), "", False),
        (" ;; -- nothing;\n", (), "", False),
        ("SELECT 1", (), "SELECT 1", False),
        ("SELECT 1; SELECT 2;", ("SELECT 1", "SELECT 2"), "", False),
        ("SELECT ';'; SELECT \"a;b\"", ("SELECT ';'",), 'SELECT "a;b"', False),
        ("SELECT 'it''s; \\'x;'; x", ("SELECT 'it''s; \\'x;'",), "x", False),
        ("SELECT $$ a; 'b $$; x;", ("SELECT $$ a; 'b $$", "x"), "", False),
        ("-- a; b\nSELECT 1; // c;\nSELECT 2", ("-- a; b\nSELECT 1",), "// c;\nSELECT 2", False),
        ("SELECT /* ; */ 1;", ("SELECT /* ; */ 1",), "", False),
        ("SELECT 'a;\n", (), "SELECT 'a;", True),
        ('SELECT "a;', (), 'SELECT "a;', True),
        ("SELECT $$ a;", (), "SELECT $$ a;", True),
        ("SELECT 1 /* a;", (), "SELECT 1 /* a;", True),
        ("SELECT 1; /* a;", ("SELECT 1",), "/* a;", True),
        ("BEGIN; SELECT 1; COMMIT;", ("BEGIN", "SELECT 1", "COMMIT"), "", False),
        ("BEGIN TRANSACTION; END;", ("BEGIN TRANSACTION", "END"), "", False),
        ("BEGIN SELECT 1; END; x", ("BEGIN SELECT 1; END",), "x", False),
        ("BEGIN SELECT 1;", (), "BEGIN SELECT 1;", True),
        (f"{IF_AND_CASE}; SELECT 1;", (IF_AND_CASE, "SELECT 1"), "", False),
        (f"{PROCEDURE}; z;", (PROCEDURE, "z"), "", False),
        ("SELECT CASE WHEN 1 THEN 2 END; x", ("SELECT CASE WHEN 1 THEN 2 END",), "x", False),
    ],
)
def test_statements(text: str, whole: tuple[str, ...], rest: str, is_open: bool) -> None:
    assert statements_of(text) == (whole, rest, is_open)


def test_the_last_statement_needs_no_semicolon() -> None:
    assert statements_of("SELECT 1;\nSELECT 2\n").all == ("SELECT 1", "SELECT 2")
    assert statements_of("SELECT 1;\n").all == ("SELECT 1",)


def test_a_long_text_is_cut_in_linear_time() -> None:
    text = "SELECT 'x;y', /* ; */ $$;$$;\n" * 2_000
    assert len(statements_of(text).whole) == 2_000
