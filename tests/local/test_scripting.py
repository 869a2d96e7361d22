"""Scripts: what is read, what is refused before anything runs, and the rights of procedures."""

from collections.abc import Callable
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.language.errors import SqlError
from hushflake.local.language.types import ARRAY, OBJECT, VARIANT, parse_type
from hushflake.local.language.variants import encode
from hushflake.local.statements.scripting.reader import read
from hushflake.local.statements.scripting.texts import expression, statement
from hushflake.local.statements.scripting.values import Names, Value, Variable, spelt

Sql = Callable[..., list[tuple[Any, ...]]]


def names(**values: Any) -> Names:
    found = Names()
    for name, value in values.items():
        found.declare(name, Variable(Value(value)))
    return found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("BEGIN IF (1 = 1) THEN NULL; END; END", "line 1 at position 31"),
        ("BEGIN\n  FOR X IN 1 DO NULL; END FOR;\nEND", "line 2"),
        ("BEGIN RETURN 1; EXCEPTION END", "position 26"),
        ("DECLARE X INT BEGIN END", "BEGIN"),
        ("BEGIN RETURN 1;", "<EOF>"),
        ("BEGIN LOOP NULL; END WHILE; END", "WHILE"),
    ],
)
def test_a_script_that_cannot_be_read_names_the_place(text: str, place: str) -> None:
    with pytest.raises(SqlError, match="syntax error") as caught:
        read(text)
    assert place in caught.value.message


def test_blocks_are_nested_to_a_bound() -> None:
    read("BEGIN " * 30 + "NULL; " + "END; " * 29 + "END")
    with pytest.raises(SqlError, match="nested too deeply"):
        read("BEGIN " * 5000 + "NULL; " + "END; " * 4999 + "END")


def test_names_are_variables_outside_of_subqueries_only() -> None:
    held = names(ID=7, A="it's")
    assert expression("ID + T.ID + ID(1) + :ID", held) == "(7) + T.ID + ID(1) + (7)"
    assert expression("(SELECT ID FROM T WHERE ID > :ID) + ID", held) == (
        "(SELECT ID FROM T WHERE ID > (7)) + (7)"
    )
    assert statement("SELECT A, V:id, :a FROM T", held) == "SELECT A, V:id, 'it''s' FROM T"
    assert statement("SELECT ':id' INTO :id, :a", held) == "SELECT ':id' INTO :id, :a"


def test_values_are_spelt_with_their_types() -> None:
    assert spelt(Value(None, ARRAY)) == "NULL::ARRAY"
    assert spelt(Value(encode({"a": "'"}), OBJECT)) == "(PARSE_JSON('{\"a\":\"''\"}'))::OBJECT"
    assert spelt(Value("null", VARIANT)) == "(PARSE_JSON('null'))"
    assert (
        spelt(Value([1.5, 2.0], parse_type("VECTOR(FLOAT, 2)"))) == "[1.5, 2.0]::VECTOR(FLOAT, 2)"
    )


def test_nothing_runs_of_a_script_that_is_refused(sql: Sql) -> None:
    sql("CREATE TABLE T (A INT)")
    with pytest.raises(snowflake.connector.ProgrammingError, match="ASYNC"):
        sql("BEGIN INSERT INTO T VALUES (1); LET R RESULTSET := ASYNC (SELECT 1); END")
    assert sql("SELECT COUNT(*) FROM T") == [(0,)]


def test_a_procedure_has_the_rights_of_its_owner(sql: Sql) -> None:
    sql("CREATE OR REPLACE ROLE OF_A_CALLER")
    sql("CREATE TABLE HIDDEN (A INT)")
    sql("INSERT INTO HIDDEN VALUES (1), (2)")
    body = (
        "RETURNS INT LANGUAGE SQL EXECUTE AS {} AS BEGIN RETURN (SELECT COUNT(*) FROM HIDDEN); END"
    )
    sql("CREATE PROCEDURE OWNED() " + body.format("OWNER"))
    sql("CREATE PROCEDURE CALLED() " + body.format("CALLER"))
    database = sql("SELECT CURRENT_DATABASE()")[0][0]
    for grant in (f"DATABASE {database}", f"SCHEMA {database}.PUBLIC", "WAREHOUSE COMPUTE_WH",
                  "PROCEDURE OWNED()", "PROCEDURE CALLED()"):  # fmt: skip
        sql(f"GRANT USAGE ON {grant} TO ROLE OF_A_CALLER")
    sql("GRANT ROLE OF_A_CALLER TO ROLE ACCOUNTADMIN")
    sql("USE SECONDARY ROLES NONE")
    sql("USE ROLE OF_A_CALLER")
    try:
        assert sql("CALL OWNED()") == [(2,)]
        assert sql("SELECT CURRENT_ROLE()") == [("OF_A_CALLER",)]
        with pytest.raises(snowflake.connector.ProgrammingError, match="HIDDEN"):
            sql("CALL CALLED()")
    finally:
        sql("USE ROLE ACCOUNTADMIN")
