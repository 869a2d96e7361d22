"""SQL read back into definitions: what we render comes back as it was, the rest is listed."""

from pathlib import Path

import pytest
import yaml
from projects import STACK, compile_text

from hushflake.deploy.script import script
from hushflake.schema.codec import spec_to_plain
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.importer import import_sql
from hushflake.schema.kinds.routine_base import Routine
from hushflake.schema.project import find_project
from hushflake.schema.state import Desired
from hushflake.schema.values import Key

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "schema" / "cases"
# What no statement tells: made of entities, or of no effect on the account.
COMPUTED = ("embedding_version", "embedding_of", "embedding_table", "embedding_key", "grants",
            "state", "additive", "version", "renamed_from")  # fmt: skip


def plain(spec: object, kind: str) -> dict[str, object]:
    found = {k: v for k, v in spec_to_plain(spec).items() if k not in COMPUTED}
    # These have no comment in an account.
    if kind in ("resource_monitor", "mcp_server", "account_parameter"):
        found.pop("comment", None)
    if kind == "table":
        for column in found["columns"]:
            column.pop("renamed_from", None)
    return found


def comes_back(desired: Desired, tmp_path: Path, settings: str, database: str) -> list[str]:
    """Import what is rendered, compile that, compare; returns what was not read."""
    found = import_sql(script(desired), database)
    again = compile_text(tmp_path, found.yaml, settings)
    assert set(again.resources) == set(desired.resources)
    for key, resource in desired.resources.items():
        got = plain(again.resources[key].spec, key.kind)
        assert got == plain(resource.spec, key.kind), key
    return [left.text for left in found.left]


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_shipped_project_comes_back_from_its_own_sql(stack: str, tmp_path: Path) -> None:
    project = find_project(ROOT, "foundation")
    settings = load_stack(project, stack)
    desired = compile_stack(project, settings)
    written = (
        f"database: {settings.database}\nedition: {settings.edition}\n"
        f"account_admin: {str(settings.account_admin).lower()}\n"
    )
    assert comes_back(desired, tmp_path, written, settings.database) == []


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_every_kind_comes_back_from_its_own_sql(case: str, tmp_path: Path) -> None:
    text = (CASES / case / "after.yaml").read_text(encoding="utf-8")
    desired = compile_text(tmp_path / "case", text)
    assert comes_back(desired, tmp_path / "again", STACK, "DB") == []


def test_what_no_reader_takes_is_kept_and_the_rest_listed_with_its_line() -> None:
    text = """-- a comment; with a semicolon
CREATE TABLE A.T (ID INT, CHECK (ID > 0));
create or replace view A.V comment = 'x;y' as select ';' as a;
/* more */
CREATE FAILOVER GROUP G OBJECT_TYPES = DATABASES ALLOWED_DATABASES = A ALLOWED_ACCOUNTS = O.B;
REVOKE SELECT ON TABLE A.T FROM ROLE R;
CREATE STAGE A.S URL = 's3://b/' CREDENTIALS = (AWS_KEY_ID = 'x');
CREATE TEMPORARY TABLE A.X (ID INT);
CREATE STREAM A.ST ON TABLE A.T BEFORE (TIMESTAMP => 'x');
SELECT 1;
"""
    found = import_sql(text)
    assert "comment: x;y" in found.yaml
    assert [left.line for left in found.left] == [6, 7, 8, 10]
    assert all(left.reason and left.text for left in found.left)
    kept = {d["name"]: d for d in yaml.safe_load(found.yaml) if d["kind"] == "statement"}
    assert found.kept == len(kept) == 3
    assert kept["TABLE_T"] == {
        "kind": "statement",
        "name": "TABLE_T",
        "create": "CREATE TABLE A.T (ID INT, CHECK (ID > 0))",
        "drop": "DROP TABLE IF EXISTS A.T",
        "check": "SHOW TABLES LIKE 'T' IN SCHEMA A",
    }
    assert kept["FAILOVER_GROUP_G"]["check"] == "SHOW FAILOVER GROUPS LIKE 'G'"
    # It comes after what it names, though that is a statement too.
    assert kept["STREAM_ST"]["depends_on"] == ["statement TABLE_T"]


def test_use_set_and_create_say_where_names_are() -> None:
    found = import_sql("""
CREATE DATABASE RAW;
SET sch = CONCAT('BRON', 'ZE');
CREATE SCHEMA IDENTIFIER($sch);
CREATE TABLE T (A INT);
USE DATABASE MARTS;
CREATE VIEW V AS SELECT 1 AS X;
USE SCHEMA RAW.SILVER;
USE ROLE R;
CREATE STREAM S ON TABLE BRONZE.T;
""")
    names = [(d["kind"], d["name"]) for d in yaml.safe_load(found.yaml)]
    assert names == [
        ("database", "MARTS"),
        ("schema", "RAW.SILVER"),
        ("database", "RAW"),
        ("schema", "RAW.BRONZE"),
        ("table", "RAW.BRONZE.T"),
        ("view", "MARTS.PUBLIC.V"),
        ("stream", "RAW.SILVER.S"),
    ]
    assert "table: RAW.BRONZE.T" in found.yaml
    assert not found.left


def test_what_others_fill_in_becomes_a_variable_of_the_stack(tmp_path: Path) -> None:
    found = import_sql("""
CREATE SCHEMA &{app}_S;
CREATE TABLE <app>_S.T (A INT) COMMENT = $words;
CREATE FUNCTION &{app}_S.F() RETURNS VARCHAR LANGUAGE JAVASCRIPT AS $$return `${x}`$$;
""")
    assert (found.left, found.variables) == ((), ("app", "words"))
    desired = compile_text(tmp_path, found.yaml, f"{STACK}variables: {{app: my, words: Ours}}\n")
    table = desired.resources[Key("table", "DB.MY_S.T")]
    assert table.spec.comment == "Ours"
    function = desired.resources[Key("function", "DB.MY_S.F()")]
    assert isinstance(function.spec, Routine)
    assert function.spec.body == "return `${x}`"


def test_alter_changes_the_definition_of_the_same_script() -> None:
    found = import_sql("""
CREATE WAREHOUSE W;
ALTER WAREHOUSE W SET WAREHOUSE_SIZE = 'SMALL';
CREATE TABLE S.T (A INT);
ALTER TABLE S.T ADD COLUMN B VARCHAR(3) NOT NULL;
ALTER TABLE S.T SET COMMENT = 'it';
ALTER TABLE S.T SWAP WITH S.U;
""")
    warehouse, table, swap = [d for d in yaml.safe_load(found.yaml) if d["kind"] != "schema"]
    assert warehouse["size"] == "SMALL"
    assert [column["name"] for column in table["columns"]] == ["A", "B"]
    assert table["comment"] == "it"
    assert swap["kind"] == "statement"
    assert swap["depends_on"] == ["table S.T"]


def test_grants_that_no_definition_holds_are_statements_and_the_role_keeps_them() -> None:
    found = import_sql("""
CREATE ROLE R;
CREATE SCHEMA S;
CREATE TABLE S.T (A INT);
GRANT ALL ON TABLE S.T TO ROLE OTHER;
GRANT ALL PRIVILEGES ON SCHEMA S TO ROLE R;
GRANT OWNERSHIP ON SCHEMA S TO ROLE R COPY CURRENT GRANTS;
GRANT ROLE R TO USER SOMEBODY;
GRANT SELECT ON TABLE ELSEWHERE.S.T TO ROLE R;
""")
    definitions = yaml.safe_load(found.yaml)
    role = next(d for d in definitions if d["kind"] == "role")
    assert role["grants"] == "additive"
    (grant,) = [d for d in definitions if d["kind"] == "grant"]
    assert "TRUNCATE" in grant["privileges"]
    assert "ALL" not in grant["privileges"]
    kept = [(d["create"], d.get("drop")) for d in definitions if d["kind"] == "statement"]
    assert kept == [
        (
            "GRANT ALL PRIVILEGES ON SCHEMA S TO ROLE R",
            "REVOKE ALL PRIVILEGES ON SCHEMA S FROM ROLE R",
        ),
        ("GRANT ROLE R TO USER SOMEBODY", "REVOKE ROLE R FROM USER SOMEBODY"),
        (
            "GRANT SELECT ON TABLE ELSEWHERE.S.T TO ROLE R",
            "REVOKE SELECT ON TABLE ELSEWHERE.S.T FROM ROLE R",
        ),
    ]
    assert found.external == ("role OTHER",)
    assert found.owners == {"schema S": "R"}


def test_no_secret_is_kept() -> None:
    word = "PASS" + "WORD"
    found = import_sql(f"CREATE USER U {word} = 'x1';\nCREATE SECRET S.T TYPE = {word};")
    assert [left.line for left in found.left] == [1]
    assert "x1" not in found.yaml


def test_a_block_is_one_statement() -> None:
    found = import_sql("""
CREATE TASK S.T SCHEDULE = '1 HOUR' AS BEGIN DELETE FROM S.A; DELETE FROM S.B; END;
CREATE SCHEMA S;
""")
    assert not found.left
    assert "DELETE FROM S.B; END" in found.yaml


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE T (A INT PRIMARY KEY) CLUSTER BY (A)", "cluster_by:\n  - A\n"),
        ("CREATE SECURE VIEW S.V AS SELECT 1 AS a", "secure: true"),
        ("CREATE MATERIALIZED VIEW S.V AS SELECT 1 AS a", "materialized: true"),
        ("CREATE SCHEMA S WITH MANAGED ACCESS COMMENT = 'it''s'", "comment: it's"),
        ("CREATE TRANSIENT TABLE T (A VECTOR(FLOAT, 3))", "type: VECTOR(FLOAT, 3)"),
        ("CREATE TABLE S.T (A INT REFERENCES S.U (B))", "kind: foreign_key\n  table: S.T\n"),
        ("CREATE TABLE S.T (A INT, CONSTRAINT F FOREIGN KEY (A) REFERENCES U (B))", "to: S.U\n"),
        ("CREATE SEQUENCE S.Q START WITH 5 INCREMENT BY 2 NOORDER", "increment: 2\n"),
        ("create or replace tag S.T allowed_values 'a', 'b'", "allowed_values:\n  - a\n"),
        (
            "CREATE SCHEMA S; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA S TO R",
            "all: tables\n    in: S\n",
        ),
        ("CREATE FUNCTION S.F(A NUMBER) RETURNS NUMBER AS 'a + 1'", "body: a + 1\n"),
        ("CREATE MASKING POLICY S.M AS (V VARCHAR) RETURNS VARCHAR -> '*'", "returns: VARCHAR\n"),
    ],
)
def test_forms(sql: str, text: str) -> None:
    found = import_sql(sql)
    assert not found.left
    assert text in found.yaml
