"""What a stack's edition and rights do not allow is left out, and said."""

from dataclasses import replace
from pathlib import Path

import pytest
from projects import compile_text, make_project, plan_sql

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.errors import DefinitionError
from hushflake.schema.kinds.base import Key
from hushflake.schema.kinds.database import Database
from hushflake.schema.kinds.table import Table
from hushflake.schema.kinds.warehouse import Warehouse
from hushflake.schema.planner import make_plan
from hushflake.schema.state import State

EVERYTHING = (Path(__file__).parent / "cases" / "entity_everything" / "after.yaml").read_text(
    encoding="utf-8"
)
MONITORED = """
- {kind: resource_monitor, name: CAP, credit_quota: 10, suspend_at: 100}
- {kind: warehouse, name: BIG, resource_monitor: CAP, max_cluster_count: 4, scaling_policy: economy}
- {kind: role, name: R}
- {kind: grant, to: R, privileges: [MONITOR], on: {resource_monitor: CAP}}
"""


def test_standard_edition_without_account_admin(tmp_path: Path) -> None:
    stack = "database: DB\nedition: standard\naccount_admin: false\n"
    desired = compile_text(tmp_path, EVERYTHING + MONITORED, stack)
    kinds = {key.kind for key in desired.resources}
    assert not kinds & {"tag", "masking_policy", "row_access_policy", "resource_monitor"}
    table = desired.resources[Key("table", "DB.KB.PEOPLE")].spec
    assert isinstance(table, Table)
    assert (table.tags, table.masking, table.row_access) == ((), (), None)
    assert table.data_retention_days == 1
    big = desired.resources[Key("warehouse", "BIG")].spec
    assert isinstance(big, Warehouse)
    assert (big.max_cluster_count, big.scaling_policy, big.resource_monitor) == (
        1,
        "STANDARD",
        None,
    )
    assert not any("CAP" in key.name for key in desired.resources)
    said = "\n".join(desired.notes)
    for name in ("tag DB.KB.PII", "resource_monitor CAP", "table DB.KB.PEOPLE", "warehouse BIG"):
        assert name in said


GUARDED = """
- {kind: schema, name: KB}
- {kind: role, name: R}
- entity: NOTES
  schema: KB
  key: [id]
  fields: {id: string(8), readers: array}
  acl: {field: readers, roles: [R], all: [SYSADMIN]}
"""


def test_an_acl_is_not_left_out_where_there_are_no_policies(tmp_path: Path) -> None:
    assert compile_text(tmp_path / "enterprise", GUARDED).entities["NOTES"].acl is not None
    with pytest.raises(DefinitionError, match="edition standard has no row access policies"):
        compile_text(tmp_path / "standard", GUARDED, "database: DB\nedition: standard\n")


INHERITED = """
- {kind: schema, name: KB}
- {kind: warehouse, name: WH}
- {kind: role, name: R}
- entity: NOTES
  schema: KB
  key: [id]
  fields: {id: string(8), readers: array}
  acl: {field: readers, roles: [R], all: [SYSADMIN]}
  embedding: {text: "{id}", run_on: WH}
  search: {}
- {kind: grant, to: R, privileges: [USAGE], on: {cortex_search_service: KB.NOTES_SEARCH}}
"""


ASSISTANT = """
- kind: mcp_server
  name: KB.ASSISTANT
  tools: [{name: notes, on: {cortex_search_service: KB.NOTES_SEARCH}}]
"""


def test_services_that_inherit_policies_may_be_granted(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="role R reaches all of its rows"):
        compile_text(tmp_path / "plain", INHERITED)
    stack = "database: DB\nsearch_inherits_policies: true\n"
    found = compile_text(tmp_path / "preview", INHERITED, stack)
    sql = plan_sql(make_plan(found, State(), State()))
    assert "PRIMARY KEY (ID)" in sql
    assert "INHERIT_DATA_GOVERNANCE_POLICIES = TRUE" in sql
    # Nothing is documented of servers and agents, and the numbers of chunks are no primary key.
    with pytest.raises(DefinitionError, match="ASSISTANT reaches all"):
        compile_text(tmp_path / "assistant", INHERITED + ASSISTANT, stack)
    chunked = INHERITED.replace("readers: array}", "readers: array, body: text}").replace(
        "run_on: WH}", "run_on: WH, chunks: {fields: [body]}}"
    )
    with pytest.raises(DefinitionError, match="role R reaches all of its rows"):
        compile_text(tmp_path / "chunked", chunked, stack)


COPIED = """
- {kind: view, name: KB.SHOWN, query: SELECT ID FROM KB.NOTES}
- {kind: dynamic_table, name: KB.COPIED, warehouse: WH, target_lag: 1 hour,
   query: SELECT ID FROM KB.SHOWN}
"""


def test_a_copy_of_what_a_policy_protects_is_warned_of(tmp_path: Path) -> None:
    text = INHERITED[: INHERITED.index("- {kind: grant")] + COPIED
    project = make_project(tmp_path, text)
    found = compile_stack(project, load_stack(project, "test"), thorough=True)
    warnings = [error.message for error in found.warnings if "COPIED" in error.message]
    assert len(warnings) == 1
    assert warnings[0].endswith("NOTES, which has a row access policy")


BY_HAND = """
- {kind: schema, name: KB}
- {kind: warehouse, name: WH}
- {kind: table, name: KB.T, change_tracking: true, columns: [{name: ID, type: string}]}
- {kind: cortex_search_service, name: KB.S, on: ID, warehouse: WH, query: SELECT ID FROM KB.T,
   inherit_policies: true}
"""


def test_a_service_inherits_only_with_a_key_and_where_the_account_can(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_text(tmp_path, BY_HAND)
    assert [error.remedy for error in caught.value.errors] == [
        "add primary_key: [COLUMN], of texts",
        "add search_inherits_policies: true to the stack, if it does",
    ]


MASKED = """
- {kind: schema, name: KB}
- {kind: warehouse, name: WH}
- {kind: role, name: RUNNER}
- {kind: role, name: ABOVE}
- kind: masking_policy
  name: KB.HIDE
  arguments: [{name: val, type: string}]
  returns: string
  body: "'***'"
- entity: NOTES
  schema: KB
  key: [id]
  fields: {id: string(8), readers: array, body: {type: string(90), masking_policy: HIDE}}
  acl: {field: readers, roles: [ABOVE], all: [SYSADMIN]}
  embedding: {text: "{body}", run_on: WH, unmasked: [SYSADMIN]}
"""


def test_the_owner_of_a_task_sees_what_it_embeds(tmp_path: Path) -> None:
    stack = "database: DB\naccount_admin: true\nowners: {task: RUNNER}\n"
    with pytest.raises(DefinitionError) as caught:
        compile_text(tmp_path / "blind", MASKED, stack)
    assert sorted(error.remedy for error in caught.value.errors) == [
        "add RUNNER to all: of its acl",
        "add RUNNER to unmasked: of the embedding of NOTES",
    ]
    named = MASKED.replace("[SYSADMIN]", "[RUNNER]")
    assert compile_text(tmp_path / "named", named, stack).entities
    inherited = MASKED + "- {kind: grant, to: RUNNER, role: ABOVE}\n"
    seeing = inherited.replace("[SYSADMIN]", "[ABOVE]")
    assert compile_text(tmp_path / "inherited", seeing, stack).entities


ADMINISTRATED = """
- {kind: role, name: R}
- {kind: schema, name: KB}
- {kind: grant, to: R, privileges: [EXECUTE TASK], on: account}
- {kind: grant, to: R, database_role: SNOWFLAKE.CORTEX_USER}
- {kind: grant, to: R, role: SECURITYADMIN}
- {kind: grant, to: SYSADMIN, role: R}
- {kind: grant, to: R, privileges: [USAGE], on: {schema: KB}}
"""


def test_what_only_an_administrator_grants(tmp_path: Path) -> None:
    allowed = compile_text(tmp_path / "admin", ADMINISTRATED)
    plain = compile_text(tmp_path / "plain", ADMINISTRATED, "database: DB\naccount_admin: false\n")
    grants = {key.name for key in plain.resources if key.kind == "grant"}
    assert grants == {"ROLE SYSADMIN ON ROLE R", "ROLE R ON SCHEMA DB.KB"}
    said = "\n".join(plain.notes)
    assert "run GRANT EXECUTE TASK ON ACCOUNT TO ROLE R" in said
    assert "run GRANT DATABASE ROLE SNOWFLAKE.CORTEX_USER TO ROLE R" in said
    assert "run GRANT ROLE SECURITYADMIN TO ROLE R" in said
    # What the administrator then gave by hand is neither drift nor taken away again, although the
    # role is managed authoritatively; without the right to it, nor is what was once applied.
    assert make_plan(plain, allowed.state(), plain.state()).operations == ()
    later = make_plan(plain, allowed.state(), allowed.state())
    assert later.operations == ()
    assert sum("stays: account_admin is false" in note for note in later.notes) == 3
    with_rights = replace(plain, account_admin=True)
    assert len(make_plan(with_rights, allowed.state(), plain.state()).operations) == 3


def test_a_stack_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = "database: DB\nvariables: {owner: a, api_key: hunter2}\n"
    project = make_project(tmp_path, ADMINISTRATED, settings)
    with pytest.raises(DefinitionError) as caught:
        load_stack(project, "test")
    expected = "stacks/test.yaml:2:23: the variable api_key would put a secret into statements"
    assert str(caught.value).startswith(expected)
    assert "hunter2" not in str(caught.value)


def test_the_local_stack_has_an_administrator_unless_it_says_otherwise(tmp_path: Path) -> None:
    for settings, wanted in (("", True), ("account_admin: false\n", False)):
        project = make_project(
            tmp_path, ADMINISTRATED, f"database: DB\nconnection: local\n{settings}"
        )
        assert load_stack(project, "test").account_admin is wanted


def test_containers_of_the_standard_edition_keep_a_day(tmp_path: Path) -> None:
    text = "- {kind: database, name: DB, data_retention_days: 30}\n- {kind: schema, name: S}\n"
    desired = compile_text(tmp_path, text, "database: DB\nedition: standard\n")
    spec = desired.resources[Key("database", "DB")].spec
    assert isinstance(spec, Database)
    assert spec.data_retention_days == 1
    assert desired.notes == ("database DB: one day of retention: edition standard",)


def test_switches_of_a_stack(tmp_path: Path) -> None:
    stack = "database: DB\ncortex_search: false\nsemantic_views: false\n"
    server = """
- kind: mcp_server
  name: KB.SERVER
  tools: [{name: find, on: {cortex_search_service: PEOPLE_SEARCH}}]
"""
    desired = compile_text(tmp_path, EVERYTHING + server, stack)
    kinds = {key.kind for key in desired.resources}
    assert not kinds & {"cortex_search_service", "semantic_view", "mcp_server"}
    assert len(desired.notes) >= 3


def test_variables_overrides_and_disabled_objects(tmp_path: Path) -> None:
    stack = """
database: DEV_DB
variables: {size: small, schema: KB}
overrides:
  WH: {auto_suspend: 30}
  warehouse OTHER: {size: LARGE}
  E: {embedding: {run_on: null, when: 5 MINUTES}}
  KB.GONE: {enabled: false}
"""
    text = """
- {kind: schema, name: "${schema}", comment: "in ${database}, $${not} on ${stack}"}
- {kind: warehouse, name: WH, size: "${size}"}
- {kind: warehouse, name: OTHER}
- {kind: view, name: KB.GONE, query: SELECT 1 AS a}
- {kind: view, name: KB.STAYS, query: SELECT * FROM KB.GONE}
- {kind: role, name: R}
- {kind: grant, to: R, privileges: [SELECT], on: {view: KB.GONE}}
- entity: E
  schema: KB
  key: [id]
  fields: {id: string(8)}
  embedding: {text: "{id}", run_on: WH}
"""
    desired = compile_text(tmp_path, text, stack)
    specs = {str(key): resource.spec for key, resource in desired.resources.items()}
    assert specs["schema DEV_DB.KB"].comment == "in DEV_DB, ${not} on test"
    warehouse, other = specs["warehouse WH"], specs["warehouse OTHER"]
    assert isinstance(warehouse, Warehouse)
    assert isinstance(other, Warehouse)
    assert (warehouse.size, warehouse.auto_suspend, other.size) == ("SMALL", 30, "LARGE")
    assert "view DEV_DB.KB.GONE" not in specs
    assert not any(name.startswith("grant") for name in specs)
    task = desired.entities["E"].embedding
    assert task is not None
    assert (task.run_on, task.when) == (None, "5 MINUTES")
