"""Who may put policies on tables and take them off, and who may create objects in a schema.

https://docs.snowflake.com/en/user-guide/security-column-intro#masking-policy-ddl
https://docs.snowflake.com/en/user-guide/security-row-intro#row-access-policy-privileges
https://docs.snowflake.com/en/user-guide/security-access-control-privileges#schema-privileges
"""

from collections.abc import Iterator
from itertools import count, product

import pytest
from access_world import World

from hushflake.local.language.errors import SqlError

_PAIR = "COLUMN ID SET MASKING POLICY A.S.NUM, COLUMN X UNSET MASKING POLICY"
# Statement -> the policies that it is about, of the table's own (OLD) and another one (NEW).
MASKING = {
    "ALTER TABLE {t} MODIFY COLUMN X SET MASKING POLICY A.S.OLD": ("OLD",),
    "ALTER TABLE {m} MODIFY COLUMN X UNSET MASKING POLICY": ("OLD",),
    "ALTER TABLE {m} MODIFY COLUMN X SET MASKING POLICY A.S.NEW FORCE": ("OLD", "NEW"),
    f"ALTER TABLE {{m}} MODIFY ({_PAIR})": ("OLD", "NUM"),
}
ROWS = {
    "ALTER TABLE {t} ADD ROW ACCESS POLICY A.S.ROLD ON (ID)": ("ROLD",),
    "ALTER TABLE {p} DROP ROW ACCESS POLICY A.S.ROLD": ("ROLD",),
}
KINDS = {**dict.fromkeys(MASKING, "MASKING POLICY"), **dict.fromkeys(ROWS, "ROW ACCESS POLICY")}
HOLDS = list(product((False, True), repeat=3))
_LAG = "TARGET_LAG = '1 hour' WAREHOUSE = COMPUTE_WH AS SELECT X FROM A.S.OPEN"
_WHEN = "WAREHOUSE = COMPUTE_WH SCHEDULE = '60 MINUTES'"
CREATES = {
    "TABLE": "CREATE TABLE {o} (ID INT)",
    "VIEW": "CREATE VIEW {o} AS SELECT 1 AS A",
    "SEQUENCE": "CREATE SEQUENCE {o}",
    "STAGE": "CREATE STAGE {o}",
    "FILE FORMAT": "CREATE FILE FORMAT {o} TYPE = CSV",
    "FUNCTION": "CREATE FUNCTION {o}() RETURNS NUMBER AS '1'",
    "PROCEDURE": "CREATE PROCEDURE {o}() RETURNS NUMBER LANGUAGE SQL AS 'BEGIN RETURN 1; END'",
    "TASK": f"CREATE TASK {{o}} {_WHEN} AS SELECT 1",
    "TAG": "CREATE TAG {o}",
    "STREAM": "CREATE STREAM {o} ON TABLE A.S.OPEN",
    "DYNAMIC TABLE": f"CREATE DYNAMIC TABLE {{o}} {_LAG}",
    "MASKING POLICY": "CREATE MASKING POLICY {o} AS (V INT) RETURNS INT -> V",
    "ROW ACCESS POLICY": "CREATE ROW ACCESS POLICY {o} AS (V INT) RETURNS BOOLEAN -> TRUE",
    "CORTEX SEARCH SERVICE": f"CREATE CORTEX SEARCH SERVICE {{o}} ON X {_LAG}",
    "ALERT": f"CREATE ALERT {{o}} {_WHEN} IF (EXISTS (SELECT 1)) THEN SELECT 1",
}
_numbers = count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("applying"))
    made.admin(
        "CREATE DATABASE A",
        "CREATE SCHEMA A.S",
        "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE PUBLIC",
        "GRANT USAGE ON DATABASE A TO ROLE PUBLIC",
        "CREATE TABLE A.S.OPEN (ID INT, X VARCHAR)",
        "CREATE MASKING POLICY A.S.OLD AS (V VARCHAR) RETURNS VARCHAR -> '***'",
        "CREATE MASKING POLICY A.S.NEW AS (V VARCHAR) RETURNS VARCHAR -> V",
        "CREATE MASKING POLICY A.S.NUM AS (V INT) RETURNS INT -> V",
        "CREATE ROW ACCESS POLICY A.S.ROLD AS (V INT) RETURNS BOOLEAN -> FALSE",
    )
    yield made
    made.close()


@pytest.mark.parametrize("statement", KINDS)
def test_policies_are_applied_by_whom_the_documentation_names(world: World, statement: str) -> None:
    """By a role that may apply all of them; or that owns the table and may apply this one."""
    kind = KINDS[statement]
    wrong = []
    for owns, applies, everywhere in HOLDS:
        number = next(_numbers)
        role, table = f"Q{number}", f"A.S.T{number}"
        words = {"t": table, "m": f"{table}M", "p": f"{table}P"}
        world.role(role, "USAGE ON SCHEMA A.S")
        world.admin(
            f"CREATE TABLE {table} (ID INT, X VARCHAR)",
            f"CREATE TABLE {table}M (ID INT, X VARCHAR WITH MASKING POLICY A.S.OLD)",
            f"CREATE TABLE {table}P (ID INT, X VARCHAR) WITH ROW ACCESS POLICY A.S.ROLD ON (ID)",
        )
        if applies:
            for policy in (MASKING | ROWS)[statement]:
                world.admin(f"GRANT APPLY ON {kind} A.S.{policy} TO ROLE {role}")
        if everywhere:
            world.admin(f"GRANT APPLY {kind} ON ACCOUNT TO ROLE {role}")
        if owns:
            for name in words.values():
                world.admin(f"GRANT OWNERSHIP ON TABLE {name} TO ROLE {role}")
        found = world.verdict(role, statement.format(**words))
        if (found == "ok") != (everywhere or (owns and applies)) or found not in {
            "ok",
            "2003",
            "3001",
        }:
            wrong.append(f"owns {owns}, applies {applies}, everywhere {everywhere}: {found}")
    assert not wrong, "\n".join(wrong)


def test_a_policy_is_not_replaced_by_another_one(world: World) -> None:
    world.admin(
        "CREATE TABLE A.S.KEPT (ID INT, X VARCHAR WITH MASKING POLICY A.S.OLD)",
        "ALTER TABLE A.S.KEPT ADD ROW ACCESS POLICY A.S.ROLD ON (ID)",
        "CREATE ROW ACCESS POLICY A.S.RNEW AS (V INT) RETURNS BOOLEAN -> TRUE",
    )
    for sql in (
        "ALTER TABLE A.S.KEPT MODIFY COLUMN X SET MASKING POLICY A.S.NEW",
        "ALTER TABLE A.S.KEPT ADD ROW ACCESS POLICY A.S.RNEW ON (ID)",
        "ALTER TABLE A.S.KEPT DROP COLUMN ID",
        "CREATE OR ALTER TABLE A.S.KEPT (X VARCHAR)",
    ):
        assert world.verdict("ACCOUNTADMIN", sql) not in {"ok", "603"}, sql
    world.admin("CREATE OR ALTER TABLE A.S.KEPT (ID INT, X VARCHAR, Y INT)")
    assert world.admin("SELECT COUNT(*) FROM A.S.KEPT") == [(0,)]
    ddl = str(world.admin("SELECT GET_DDL('TABLE', 'A.S.KEPT')")[0][0])
    assert "MASKING POLICY A.S.OLD" in ddl
    assert "ROW ACCESS POLICY A.S.ROLD ON (ID)" in ddl


def test_get_ddl_names_no_policy_to_who_may_not_apply_it(world: World) -> None:
    world.role("Q_DDL", "USAGE ON SCHEMA A.S")
    world.admin(
        "CREATE TABLE A.S.TOLD (ID INT, X VARCHAR WITH MASKING POLICY A.S.OLD)",
        "GRANT SELECT ON TABLE A.S.TOLD TO ROLE Q_DDL",
    )
    ddl = str(world.run("Q_DDL", "SELECT GET_DDL('TABLE', 'A.S.TOLD')")[0][0])
    assert "#UNKNOWN_POLICY" in ddl
    assert "A.S.OLD" not in ddl


@pytest.mark.parametrize("kind", CREATES)
def test_objects_are_created_with_the_privilege_of_their_kind(world: World, kind: str) -> None:
    other = "STAGE" if kind != "STAGE" else "TABLE"
    wrong = []
    for name, grants, wanted in (
        ("nothing", (), "2003"),
        ("usage", ("USAGE ON SCHEMA A.S",), "3001"),
        ("another kind", ("USAGE ON SCHEMA A.S", f"CREATE {other} ON SCHEMA A.S"), "3001"),
        ("the kind", ("USAGE ON SCHEMA A.S", f"CREATE {kind} ON SCHEMA A.S"), "ok"),
        ("the kind alone", (f"CREATE {kind} ON SCHEMA A.S",), "ok"),
        ("all", ("ALL ON SCHEMA A.S",), "ok"),
    ):
        number = next(_numbers)
        role = f"Q{number}"
        world.role(role, "SELECT ON TABLE A.S.OPEN", *grants)
        found = world.verdict(role, CREATES[kind].format(o=f"A.S.C{number}"))
        if found != wanted:
            wrong.append(f"{name}: {found} instead of {wanted}")
    assert not wrong, "\n".join(wrong)


def test_who_may_grant_everything_can_name_everything(world: World) -> None:
    """https://docs.snowflake.com/en/user-guide/security-access-control-privileges"""
    world.role("Q_OWNER", "ALL ON SCHEMA A.S")
    world.role("Q_GRANTED", "USAGE ON SCHEMA A.S")
    world.run("Q_OWNER", "CREATE TABLE A.S.THEIRS (ID INT)")
    assert world.verdict("ACCOUNTADMIN", "SELECT * FROM A.S.THEIRS") == "2003"
    assert world.verdict("Q_GRANTED", "GRANT SELECT ON TABLE A.S.THEIRS TO ROLE PUBLIC") == "2003"
    world.admin("GRANT SELECT ON TABLE A.S.THEIRS TO ROLE Q_GRANTED")
    assert world.run("Q_GRANTED", "SELECT * FROM A.S.THEIRS") == []


def test_a_result_is_its_user_s_own(world: World) -> None:
    """https://docs.snowflake.com/en/sql-reference/functions/result_scan"""
    world.role("Q_ASKS")
    world.admin("CREATE USER OTHER", "CREATE TABLE A.S.RESULT (ID INT)")
    world.admin("INSERT INTO A.S.RESULT VALUES (42)", "SELECT * FROM A.S.RESULT")
    found = f"SELECT * FROM TABLE(RESULT_SCAN('{world.last_query_id}'))"
    foreign = world.stack.connect("Q_ASKS")
    other = world.stack.engine.catalogue.find("USER", 0, "OTHER")
    assert other is not None
    foreign.user = other
    try:
        with pytest.raises(SqlError, match="not found"):
            world.stack.run(found, session=foreign)
    finally:
        foreign.close()
    assert world.admin(found) == [(42,)]


def test_a_procedure_with_its_owner_s_rights_keeps_them(world: World) -> None:
    """https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights"""
    world.role("Q_CALLS", "USAGE ON SCHEMA A.S")
    bodies = {
        "TAKES": "USE ROLE Q_CALLS;",
        "SETS": "ALTER SESSION SET QUERY_TAG = ''x'';",
        "READS": "LET v VARCHAR := (SELECT $SECRET);",
        "FAILS": "SELECT * FROM A.S.NOWHERE;",
    }
    for name, body in bodies.items():
        head = f"CREATE PROCEDURE A.S.{name}() RETURNS VARCHAR LANGUAGE SQL AS"
        world.admin(
            f"{head} 'BEGIN {body} RETURN 1; END'",
            f"GRANT USAGE ON PROCEDURE A.S.{name}() TO ROLE Q_CALLS",
        )
        world.run("Q_CALLS", "SET SECRET = 'mine'")
        assert world.verdict("Q_CALLS", f"CALL A.S.{name}()") != "ok", name
        assert world.run("Q_CALLS", "SELECT CURRENT_ROLE(), $SECRET") == [("Q_CALLS", "mine")]
