"""SQL read back into definitions: what we render comes back as it was, the rest is listed."""

from pathlib import Path

import pytest
from projects import STACK, compile_text

from hushflake.deploy.script import script
from hushflake.schema.codec import spec_to_plain
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.importer import import_sql
from hushflake.schema.project import find_project
from hushflake.schema.state import Desired

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "schema" / "cases"
# What no statement tells: made of entities, or of no effect on the account.
COMPUTED = ("embedding_version", "embedding_of", "embedding_table", "embedding_key", "grants",
            "state", "additive")  # fmt: skip


def plain(spec: object, kind: str) -> dict[str, object]:
    found = {k: v for k, v in spec_to_plain(spec).items() if k not in COMPUTED}
    if kind in ("resource_monitor", "mcp_server"):  # have no comment in an account
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
    # Owners are stated in the stack's file.
    return [left.text for left in found.left if "owners: of the stack" not in left.reason]


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


def test_what_is_not_read_is_listed_with_its_line() -> None:
    text = """-- a comment; with a semicolon
CREATE TABLE A.T (ID INT AUTOINCREMENT);
create or replace view A.V comment = 'x;y' as select ';' as a;
/* more */
CREATE PIPE P AS COPY INTO T FROM @S;
CREATE TABLE A.U (ID INT, UNIQUE (ID));
CREATE TABLE A.W (ID INT) DEFAULT_DDL_COLLATION = 'en';
CREATE WAREHOUSE W WITH RESOURCE_CONSTRAINT = X;
REVOKE SELECT ON TABLE A.T FROM ROLE R;
CREATE STAGE A.S URL = 's3://b/' CREDENTIALS = (AWS_KEY_ID = 'x');
ALTER TABLE A.T ADD COLUMN X INT;
CREATE STREAM A.ST ON TABLE A.T BEFORE (TIMESTAMP => 'x');
CREATE TASK A.TK SCHEDULE = '5 MINUTES';
"""
    found = import_sql(text)
    assert found.count == 1
    assert "comment: x;y" in found.yaml
    assert [left.line for left in found.left] == [2, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert all(left.reason and left.text for left in found.left)


@pytest.mark.parametrize(
    ("sql", "yaml"),
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
        ("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA S TO R", "all: tables\n    in: S\n"),
        ("CREATE FUNCTION S.F(A NUMBER) RETURNS NUMBER AS 'a + 1'", "body: a + 1\n"),
        ("CREATE MASKING POLICY S.M AS (V VARCHAR) RETURNS VARCHAR -> '*'", "returns: VARCHAR\n"),
    ],
)
def test_forms(sql: str, yaml: str) -> None:
    found = import_sql(sql)
    assert not found.left
    assert yaml in found.yaml
