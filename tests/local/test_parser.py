"""Tokens, statements and the places that errors name."""

import pytest

from hushflake.local.language.errors import SqlError
from hushflake.local.language.lexer import split, tokens, unquote
from hushflake.local.language.names import Name, fold, spell
from hushflake.local.language.parser import Parser
from hushflake.local.language.types import parse_type, widened


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; -- a ; comment\nSELECT 2", ["SELECT ';'", "-- a ; comment\nSELECT 2"]),
        (
            "CREATE PROCEDURE P() AS $$ BEGIN A; B; END $$; SELECT 1",
            ["CREATE PROCEDURE P() AS $$ BEGIN A; B; END $$", "SELECT 1"],
        ),
        (
            "BEGIN; INSERT INTO T VALUES (1); COMMIT",
            ["BEGIN", "INSERT INTO T VALUES (1)", "COMMIT"],
        ),
        (
            "CREATE TASK T AS BEGIN A; B; END; SELECT 1",
            ["CREATE TASK T AS BEGIN A; B; END", "SELECT 1"],
        ),
        (
            "CREATE PROCEDURE P() RETURNS INT AS DECLARE X INT; BEGIN X := 1; END; SELECT 1",
            ["CREATE PROCEDURE P() RETURNS INT AS DECLARE X INT; BEGIN X := 1; END", "SELECT 1"],
        ),
        (
            "BEGIN CASE WHEN A THEN B; END CASE; C; END; SELECT 1",
            ["BEGIN CASE WHEN A THEN B; END CASE; C; END", "SELECT 1"],
        ),
        (" ;; ", []),
    ],
)
def test_statements_are_split(sql: str, expected: list[str]) -> None:
    assert split(sql) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("'a'", "a"), ("'it''s'", "it's"), (r"'a\'b\n'", "a'b\n"), ("$$a 'b' $$", "a 'b' ")],
)
def test_strings(text: str, value: str) -> None:
    assert unquote(tokens(text)[0]) == value


@pytest.mark.parametrize(
    ("written", "stored", "spelt"),
    [
        ("abc", "ABC", "ABC"),
        ('"abc"', "abc", '"abc"'),
        ('"a""b"', 'a"b', '"a""b"'),
        ('"ABC"', "ABC", "ABC"),
    ],
)
def test_identifiers(written: str, stored: str, spelt: str) -> None:
    assert fold(written) == stored
    assert spell(stored) == spelt


def test_names() -> None:
    assert Parser('db."s s".t').name() == Name("DB", "s s", "T")
    assert Parser("db..t").name() == Name("DB", "PUBLIC", "T")
    with pytest.raises(SqlError, match="syntax error line 1 at position 7"):
        Parser("a.b.c.d").name()


def test_an_error_names_its_place() -> None:
    parser = Parser("CREATE TASK t\n  WHERE x")
    parser.expect("CREATE", "TASK")
    parser.name()
    with pytest.raises(SqlError, match="syntax error line 2 at position 2 unexpected 'WHERE'"):
        parser.expect("AS")


@pytest.mark.parametrize(
    ("written", "normal", "held"),
    [
        ("int", "NUMBER(38,0)", "BIGINT"),
        ("decimal(10, 2)", "NUMBER(10,2)", "DECIMAL(10,2)"),
        ("string", "VARCHAR(16777216)", "VARCHAR"),
        ("char varying(5)", "VARCHAR(5)", "VARCHAR"),
        ("double precision", "FLOAT", "DOUBLE"),
        ("timestamp", "TIMESTAMP_NTZ(9)", "TIMESTAMP"),
        ("timestamp with time zone", "TIMESTAMP_TZ(9)", "INTERVAL"),
        ("vector(int, 3)", "VECTOR(INT, 3)", "INTEGER[3]"),
    ],
)
def test_types(written: str, normal: str, held: str) -> None:
    found = parse_type(written)
    assert (str(found), found.duckdb) == (normal, held)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("VARCHAR(5)", "VARCHAR(9)", True),
        ("VARCHAR(9)", "VARCHAR(5)", False),
        ("NUMBER(5,2)", "NUMBER(9,2)", True),
        ("NUMBER(5,2)", "NUMBER(9,3)", False),
        ("VARCHAR", "INT", False),
        ("VECTOR(FLOAT, 3)", "VECTOR(FLOAT, 4)", False),
        ("STRING", "TEXT", True),
    ],
)
def test_type_changes(old: str, new: str, allowed: bool) -> None:
    if allowed:
        assert widened(parse_type(old), parse_type(new)) == parse_type(new)
    else:
        with pytest.raises(SqlError, match="cannot change column type"):
            widened(parse_type(old), parse_type(new))
