"""Two stacks of a project in one account: names of roles and warehouses, and what both share."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from hushflake.deploy.render import render
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.cost import estimate
from hushflake.schema.errors import DefinitionError
from hushflake.schema.planner import make_plan
from hushflake.schema.project import Project
from hushflake.schema.scaffold import copy_foundation
from hushflake.schema.state import Desired, State

FILES = {
    "hushflake.yaml": "project: p\nshared: [role AUDITOR]\nexternal: [warehouse COMPUTE_WH]\n",
    "objects/all.yaml": """
- {kind: schema, name: S}
- {kind: role, name: READER}
- {kind: role, name: AUDITOR}
- {kind: warehouse, name: ETL_WH}
- {kind: table, name: S.T, columns: [{name: ID, type: string, nullable: false}], primary_key: [ID]}
- {kind: task, name: S.LOAD, warehouse: ETL_WH, schedule: 5 MINUTES, definition: SELECT 1}
- {kind: task, name: S.OTHER, warehouse: COMPUTE_WH, schedule: 5 MINUTES, definition: SELECT 1}
- kind: view
  name: S.V
  query: SELECT '${account_prefix}ETL_WH' AS W
  depends_on: [warehouse ETL_WH]
- {kind: grant, to: SYSADMIN, role: READER}
- {kind: grant, to: READER, role: AUDITOR}
- {kind: grant, to: READER, privileges: [USAGE], on: {warehouse: ETL_WH}}
- {kind: grant, to: AUDITOR, privileges: [SELECT], on: {table: S.T}}
""",
    "stacks/dev.yaml": """
database: D_DEV
connection: dev
account_prefix: dev_
overrides: {ETL_WH: {size: SMALL}}
""",
    "stacks/prod.yaml": "database: D\nconnection: prod\n",
}


def compiled(folder: Path, files: Mapping[str, str], stack: str) -> Desired:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project("p", folder, folder / ".hushflake")
    return compile_stack(project, load_stack(project, stack))


def statements(desired: Desired) -> list[str]:
    operations = make_plan(desired, State()).operations
    return [" ".join(sql.split()) for op in operations for sql in render(op, None)]


def test_each_stack_has_its_own_roles_and_warehouses(tmp_path: Path) -> None:
    sql = statements(compiled(tmp_path, FILES, "dev"))
    text = "\n".join(sql)
    assert "CREATE ROLE IF NOT EXISTS DEV_READER" in text
    assert "CREATE ROLE IF NOT EXISTS AUDITOR" in text  # shared
    assert "EXISTS DEV_ETL_WH WITH WAREHOUSE_SIZE = SMALL" in text  # the override is found
    assert "WAREHOUSE = DEV_ETL_WH" in text
    assert "WAREHOUSE = COMPUTE_WH" in text  # external
    assert "SELECT 'DEV_ETL_WH' AS W" in text
    assert "GRANT ROLE DEV_READER TO ROLE SYSADMIN" in text  # built in
    assert "GRANT ROLE AUDITOR TO ROLE DEV_READER" in text
    assert "GRANT USAGE ON WAREHOUSE DEV_ETL_WH TO ROLE DEV_READER" in text
    assert " READER" not in text
    assert " ETL_WH" not in text
    of_prod = "\n".join(statements(compiled(tmp_path, FILES, "prod")))
    assert "DEV_" not in of_prod


def test_only_objects_of_the_account_are_shared(tmp_path: Path) -> None:
    files = FILES | {"hushflake.yaml": "project: p\nshared: [table S.T]\n"}
    with pytest.raises(DefinitionError, match="cannot be shared: only objects of the account"):
        compiled(tmp_path, files, "dev")


def test_the_shipped_stacks_have_nothing_of_the_account_in_common(tmp_path: Path) -> None:
    copy_foundation(tmp_path / "f")
    project = Project("foundation", tmp_path / "f", tmp_path / ".hushflake")
    dev, prod = (load_stack(project, name) for name in ("dev", "prod"))
    of_dev, of_prod = compile_stack(project, dev), compile_stack(project, prod)
    shared = of_dev.resources.keys() & of_prod.resources.keys()
    assert not shared, sorted(map(str, shared))
    text = "\n".join(statements(of_dev))
    assert "WAREHOUSE = ETL_WH" not in text
    assert " KNOWLEDGE_ANALYST" not in text
    found = estimate(dev, of_dev.resources, tuple(of_dev.entities.values()))
    assert not [note for note in found.notes if "is not declared" in note]
    assert any("DEV_ETL_WH" in line.detail for line in found.lines)
