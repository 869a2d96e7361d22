"""Changes that only work in one order."""

from desk import Desk, lines

SCHEMA = "- {kind: schema, name: S}"
TABLE = "columns: [{name: ID, type: string(10)}]"


def test_an_object_takes_the_name_of_one_of_another_kind(desk: Desk) -> None:
    view = "- {kind: view, name: S.X, query: SELECT 1 AS ID}"
    desk.deploy(lines(SCHEMA, view))
    desk.deploy(lines(SCHEMA, f"- {{kind: table, name: S.X, {TABLE}}}"))
    assert desk.values("SELECT COUNT(*) FROM DB.S.X") == [0]
    desk.deploy(lines(SCHEMA, view))
    assert desk.values("SELECT ID FROM DB.S.X") == [1]


def test_a_new_database_gets_its_public_schema_in_one_go(desk: Desk) -> None:
    desk.deploy(lines("- {kind: schema, name: PUBLIC, comment: Ours}", SCHEMA))
    found = desk.query(f"SHOW SCHEMAS LIKE 'PUBLIC' IN DATABASE {desk.name}")
    assert [row["comment"] for row in found] == ["Ours"]


def test_a_triggered_task_becomes_serverless(desk: Desk) -> None:
    base = (
        SCHEMA,
        f"- {{kind: warehouse, name: W_{desk.name}, size: XSMALL}}",
        f"- {{kind: table, name: S.T, change_tracking: true, {TABLE}}}",
        "- {kind: stream, name: S.X, on: {table: S.T}}",
    )
    task = "kind: task, name: S.K, when: \"SYSTEM$STREAM_HAS_DATA('DB.S.X')\", definition: SELECT 1"
    desk.deploy(lines(*base, f"- {{{task}, warehouse: W_{desk.name}}}"))
    desk.deploy(lines(*base, f"- {{{task}, target_completion_interval: 10 MINUTES}}"))
    desk.deploy(lines(*base, f"- {{{task}, warehouse: W_{desk.name}}}"))


def test_a_finalizer_becomes_a_child_and_back(desk: Desk) -> None:
    warehouse = f"W_{desk.name}"
    base = (
        SCHEMA,
        f"- {{kind: warehouse, name: {warehouse}, size: XSMALL}}",
        (
            f"- {{kind: task, name: S.R, warehouse: {warehouse}, schedule: 5 MINUTES, "
            "definition: SELECT 1}"
        ),
    )
    task = f"kind: task, name: S.K, warehouse: {warehouse}, definition: SELECT 2"
    desk.deploy(lines(*base, f"- {{{task}, finalize: S.R}}"))
    desk.deploy(lines(*base, f"- {{{task}, after: [S.R]}}"))
    desk.deploy(lines(*base, f"- {{{task}, finalize: S.R}}"))


def test_what_is_not_declared_any_more_and_stays_is_said(desk: Desk) -> None:
    desk.deploy(lines("- {kind: schema, name: S, data_retention_days: 5}"))
    desk.declare(lines(SCHEMA))
    plan = desk.plan().plan
    assert not plan.operations
    assert any("data_retention_days stays 5" in note for note in plan.notes), plan.notes
