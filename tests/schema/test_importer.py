"""SQL read back into definitions: what we render comes back as it was, the rest is listed."""

from pathlib import Path

import pytest
from projects import compile_text

from hushflake.deploy.script import script
from hushflake.schema.codec import spec_to_plain
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.importer import import_sql
from hushflake.schema.project import find_project

ROOT = Path(__file__).parents[2]
READ = {"database", "schema", "warehouse", "role", "table", "view", "stream", "task"}


def test_the_shipped_project_comes_back_from_its_own_sql(tmp_path: Path) -> None:
    project = find_project(ROOT, "foundation")
    desired = compile_stack(project, load_stack(project, "local"))
    found = import_sql(script(desired), "HUSHFLAKE_LOCAL")
    # A resource monitor is listed, not read: whoever imports declares it.
    monitor = (
        "- {kind: resource_monitor, name: KNOWLEDGE_MONITOR, credit_quota: 1, notify_at: [80]}\n"
    )
    again = compile_text(
        tmp_path,
        found.yaml + monitor,
        "database: HUSHFLAKE_LOCAL\nedition: enterprise\naccount_admin: true\n",
    )
    expected = {key: r.spec for key, r in desired.resources.items() if key.kind in READ}
    assert {key for key in again.resources if key.kind in READ} == set(expected)
    for key, spec in expected.items():
        wanted, got = spec_to_plain(spec), spec_to_plain(again.resources[key].spec)
        for computed in ("embedding_version", "embedding_table", "embedding_key", "grants"):
            wanted.pop(computed, None)
        assert got == wanted, key
    reasons = {left.text.split()[0] for left in found.left}
    # Grants, the resume of each task, and the kinds that are not read.
    assert reasons == {"GRANT", "ALTER", "CREATE"}
    unread = {" ".join(left.text.split()[1:3]) for left in found.left if "CREATE" in left.text[:6]}
    assert unread == {"RESOURCE MONITOR", "CORTEX SEARCH", "SEMANTIC VIEW"}


def test_what_is_not_read_is_listed_with_its_line() -> None:
    text = """-- a comment; with a semicolon
CREATE TABLE A.T (ID INT AUTOINCREMENT);
create or replace view A.V comment = 'x;y' as select ';' as a;
/* more */
CREATE PIPE P AS COPY INTO T FROM @S;
CREATE TABLE A.U (ID INT, FOREIGN KEY (ID) REFERENCES A.T (ID));
CREATE TABLE A.W (ID INT) DEFAULT_DDL_COLLATION = 'en';
CREATE WAREHOUSE W WITH RESOURCE_CONSTRAINT = X;
GRANT SELECT ON TABLE A.T TO ROLE R;
"""
    found = import_sql(text)
    assert found.count == 1
    assert "comment: x;y" in found.yaml
    assert [left.line for left in found.left] == [2, 5, 6, 7, 8, 9]
    assert all(left.reason and left.text for left in found.left)


@pytest.mark.parametrize(
    ("sql", "yaml"),
    [
        ("CREATE TABLE T (A INT PRIMARY KEY) CLUSTER BY (A)", "cluster_by:\n  - A\n"),
        ("CREATE SECURE VIEW S.V AS SELECT 1 AS a", "secure: true"),
        ("CREATE MATERIALIZED VIEW S.V AS SELECT 1 AS a", "materialized: true"),
        ("CREATE SCHEMA S WITH MANAGED ACCESS COMMENT = 'it''s'", "comment: it's"),
        ("CREATE TRANSIENT TABLE T (A VECTOR(FLOAT, 3))", "type: VECTOR(FLOAT, 3)"),
    ],
)
def test_forms(sql: str, yaml: str) -> None:
    found = import_sql(sql)
    assert not found.left
    assert yaml in found.yaml
