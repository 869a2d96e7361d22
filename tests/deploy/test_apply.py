"""Plan, apply and drift, from the command line to the local stack and back."""

import json

import pytest
from workplace import Workplace

from hushflake.cli.deploy_options import planner_of
from hushflake.deploy.deployment import Deployer
from hushflake.local.server.process import lifecycle


def test_the_shipped_project_applies_and_then_there_is_nothing_to_do(shipped: Workplace) -> None:
    first = shipped.hushflake("apply", "--stack", "local")
    assert "Using the shipped project, foundation." in first.err
    assert "create" in first.out
    shipped.hushflake("plan", "--stack", "local", "--exit-code", code=0)
    assert "nothing to do" in shipped.hushflake("apply", "--stack", "local").out


def test_another_process_sees_what_was_applied_and_loaded(foundation: Workplace) -> None:
    foundation.run("apply", "--stack", "local")
    table = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.EMPLOYEES"
    foundation.execute(f"INSERT INTO {table} (EMPLOYEE_ID, FULL_NAME) VALUES ('e1', 'Maria Lopez')")
    foundation.run("plan", "--exit-code")
    rows = foundation.query(f"SELECT EMPLOYEE_ID, FULL_NAME FROM {table}")
    assert rows == [{"EMPLOYEE_ID": "e1", "FULL_NAME": "Maria Lopez"}]
    foundation.replace("entities/employees.yaml", "{full_name}, {title}", "{full_name}: {title}")
    told = foundation.hushflake("plan", "--target", "task").out
    assert "embeds EMPLOYEES again: 1 row, about 150 tokens, about $0.00" in told


def test_widening_and_adding_a_column_are_two_operations_that_keep_all_rows(
    foundation: Workplace,
) -> None:
    foundation.hushflake("apply")
    table = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.EMPLOYEES"
    foundation.execute(
        f"INSERT INTO {table} (EMPLOYEE_ID, FULL_NAME) "
        "SELECT SEQ4()::VARCHAR, 'x' FROM TABLE(GENERATOR(ROWCOUNT => 100))"
    )
    foundation.replace(
        "entities/employees.yaml", "email: {type: string(320)", "email: {type: string(512)"
    )
    foundation.replace(
        "entities/employees.yaml",
        "  location:",
        "  pronouns: {type: string(32), description: How to speak of the person}\n  location:",
    )
    document = foundation.hushflake("plan", "--format", "json").json()
    assert document["format"] == "hushflake.plan/1"
    assert [(op["action"], op["class"], op["cause"]) for op in document["operations"]] == [
        ("set_column_type", "safe", "ours"),
        ("add_column", "safe", "ours"),
    ]
    foundation.hushflake("plan", "--exit-code", code=1)
    foundation.hushflake("apply")
    foundation.hushflake("plan", "--exit-code", code=0)
    assert foundation.query(f"SELECT COUNT(*) AS N, COUNT(PRONOUNS) AS P FROM {table}") == [
        {"N": 100, "P": 0}
    ]


def test_a_table_dropped_by_hand_is_drift(small: Workplace) -> None:
    small.hushflake("apply")
    assert "no drift" in small.hushflake("drift").out
    small.execute("DROP VIEW SMALL.S.NAMES", "DROP TABLE SMALL.S.PEOPLE")
    found = small.hushflake("drift", "--format", "json", code=1).json()
    assert found["format"] == "hushflake.drift/1"
    causes = {op["name"]: op["cause"] for op in found["operations"]}
    assert causes == {"SMALL.S.PEOPLE": "drift", "SMALL.S.NAMES": "drift"}
    assert "was dropped by hand" in small.hushflake("plan").out


def test_the_plan_tells_ours_from_what_was_done_by_hand(small: Workplace) -> None:
    small.hushflake("apply")
    small.execute("ALTER TABLE SMALL.S.PEOPLE ADD COLUMN SPY VARCHAR(3)")
    small.replace("objects/all.yaml", "NAME, type: string(64)", "NAME, type: string(128)")
    document = small.hushflake("plan", "--format", "json").json()
    causes = {op["action"]: op["cause"] for op in document["operations"]}
    assert causes == {"set_column_type": "ours", "drop_column": "drift"}


def test_without_a_terminal_only_the_local_stack_needs_no_yes(
    small: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.hushflake("apply")
    # The same server under a name that is not local by its connection would need an account;
    # the question itself is what is looked at here.
    from hushflake.cli.deploy_options import agreed

    assert agreed("?", yes=False, local=True)
    assert agreed("?", yes=True, local=False)
    with pytest.raises(Exception, match="add --yes"):
        agreed("?", yes=False, local=False)


def test_verbose_shows_sql_and_no_secret_stands_anywhere(small: Workplace) -> None:
    """Not in a plan, the journal, the query history with its tags, a log, nor in what we say."""
    result = small.hushflake("apply", "--verbose")
    assert "CREATE TABLE" in result.err
    small.hushflake("plan", "--out", "plan.json")
    small.hushflake("capture", "account.json")
    token = lifecycle.ensure_running(small.folder / ".hushflake").token
    told = [result.err, result.out, small.hushflake("plan", "--format", "json").out]
    journal = [f"HUSHFLAKE.JOURNAL.{name}" for name in ("DEPLOYMENTS", "OUTCOMES", "LOCK")]
    told += [str(small.query(f"SELECT * FROM {table}")) for table in journal]
    asked = "SELECT * FROM TABLE(HUSHFLAKE.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10000))"
    history = small.query(asked)
    assert any("hushflake deployment=" in (row["QUERY_TAG"] or "") for row in history)
    told.append(str(history))
    logs = [path for end in ("json", "log", "jsonl") for path in small.folder.rglob(f"*.{end}")]
    assert len(logs) >= 4
    told += [path.read_text(encoding="utf-8") for path in logs]
    assert not any(token in text for text in told)


def test_the_journal_names_the_project_and_holds_the_whole_plan(small: Workplace) -> None:
    small.hushflake("apply")
    rows = small.query("SELECT PROJECT, STACK, STATUS, PLAN FROM HUSHFLAKE.JOURNAL.DEPLOYMENTS")
    assert [(row["PROJECT"], row["STACK"], row["STATUS"]) for row in rows] == [
        ("small", "local", "done")
    ]
    plan = json.loads(rows[0]["PLAN"])
    outcomes = small.query(
        "SELECT OPERATION_ID FROM HUSHFLAKE.JOURNAL.OUTCOMES WHERE STATUS = 'done'"
    )
    assert {row["OPERATION_ID"] for row in outcomes} == {op["id"] for op in plan["operations"]}
    assert all(op["sql"] for op in plan["operations"])


def test_data_of_a_removed_entity_is_told_and_does_not_stop_the_others(
    foundation: Workplace,
) -> None:
    foundation.hushflake("apply")
    for path in (foundation.folder / "data").iterdir():
        if path.stem != "employees":
            path.unlink()
    (foundation.folder / "data/offices.yaml").write_text("- {office_id: o1}\n")
    loaded = foundation.hushflake("load", "--no-embed", "--format", "json")
    assert "offices.yaml: the project has no entity of this name; skipped" in loaded.err
    assert [file["entity"] for file in loaded.json()["files"]] == ["EMPLOYEES"]
    assert [path.rpartition("/")[2] for path in loaded.json()["left_out"]] == ["offices.yaml"]


def test_what_is_edited_while_the_plan_is_read_waits_for_the_next_run(small: Workplace) -> None:
    small.hushflake("apply")
    small.replace("objects/all.yaml", "NAME, type: string(64)", "NAME, type: string(128)")
    planner = planner_of("local", str(small.folder))
    with small.session() as session:
        shown = planner.plan(session)
        small.replace("objects/all.yaml", "string(128)", "string(256)")
        report = Deployer(planner, session).carry_out(shown, planner.plan, lambda _: None)
    assert report.run.complete
    assert small.operations() == ["set_column_type table SMALL.S.PEOPLE column NAME"]
    assert "VARCHAR(256)" in small.hushflake("plan", "--sql").out
