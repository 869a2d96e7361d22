"""Saved plans, selections, snapshots, history, rollback and destroy, each from the command line."""

import json
from pathlib import Path

from workplace import Workplace

TABLE = "SMALL.S.PEOPLE"


def widen(place: Workplace, width: int = 128) -> None:
    place.replace("objects/all.yaml", "NAME, type: string(64)", f"NAME, type: string({width})")


def test_a_saved_plan_is_applied_as_it_is_or_refused(small: Workplace) -> None:
    small.hushflake("plan", "--out", "first.json")
    small.hushflake("apply", "first.json")
    small.hushflake("plan", "--exit-code", code=0)

    widen(small)
    small.hushflake("plan", "--out", "second.json")
    saved = json.loads((small.folder / "second.json").read_text())
    assert [op["action"] for op in saved["operations"]] == ["set_column_type"]

    # SQL in the file is informational: another one is refused, not run.
    tampered = json.dumps(saved).replace("VARCHAR(128)", "VARCHAR(129)")
    (small.folder / "tampered.json").write_text(tampered)
    assert "make a new plan" in small.hushflake("apply", "tampered.json", code=2).err

    small.execute(f"ALTER TABLE {TABLE} ADD COLUMN SPY VARCHAR(1)")
    assert "the account has changed" in small.hushflake("apply", "second.json", code=2).err
    small.execute(f"ALTER TABLE {TABLE} DROP COLUMN SPY")
    widen_more = small.folder / "objects/all.yaml"
    before = widen_more.read_text()
    widen_more.write_text(before.replace("string(128)", "string(256)"))
    assert "the definition has changed" in small.hushflake("apply", "second.json", code=2).err
    widen_more.write_text(before)
    small.hushflake("apply", "second.json")
    small.hushflake("plan", "--exit-code", code=0)
    assert "already" not in small.hushflake("apply", "second.json", code=2).out


def test_targets_bring_what_they_need_and_exclusions_take_what_needs_them(
    small: Workplace,
) -> None:
    everything = small.operations()
    assert small.operations("--target", "PEOPLE") == [
        "create database SMALL",
        "create schema SMALL.S",
        "create table SMALL.S.PEOPLE",
    ]
    assert small.operations("--target", "view") == [
        op for op in everything if op != "create warehouse SMALL_WH"
    ]
    assert small.operations("--exclude", "table SMALL.S.PEOPLE") == [
        op for op in everything if "PEOPLE" not in op and "NAMES" not in op
    ]
    wrong = small.hushflake("plan", "--target", "NOBODY", code=2)
    assert "--target NOBODY: nothing in the plan has this name or kind" in wrong.err
    small.hushflake("apply", "--target", "PEOPLE")
    assert small.operations() == ["create warehouse SMALL_WH", "create view SMALL.S.NAMES"]
    told = small.hushflake("plan", "--target", "PEOPLE").out
    assert "2 more operations were left out on request" in told
    assert "matches its definition in the selected part: nothing to do" in told
    small.execute(f"ALTER TABLE {TABLE} ADD COLUMN SPY INT")
    told = small.hushflake("drift", code=1).out
    assert "What would undo the changes made by hand on stack local of small" in told
    told = small.hushflake("drift", "--exclude", "PEOPLE", code=0).out
    assert "as it was applied in the selected part: no drift" in told


def test_what_loses_data_needs_its_name(small: Workplace) -> None:
    small.hushflake("apply")
    small.execute(f"INSERT INTO {TABLE} (ID, NAME) VALUES ('1', 'Ada')")
    small.replace("objects/all.yaml", "    - {name: NAME, type: string(64)}\n", "")
    small.replace("objects/all.yaml", "SELECT NAME FROM", "SELECT ID FROM")
    refused = small.hushflake("apply", code=2)
    assert "this plan loses data and nothing was done" in refused.err
    assert refused.err.endswith(f"if that is meant, add --allow-loss {TABLE}.NAME\n")
    assert small.query(f"SELECT NAME FROM {TABLE}") == [{"NAME": "Ada"}]
    small.hushflake("apply", "--allow-loss", "PEOPLE.NAME")
    assert small.query(f"SELECT * FROM {TABLE}") == [{"ID": "1"}]
    small.hushflake("plan", "--exit-code", code=0)


def test_a_loss_is_allowed_by_column_and_a_whole_table_says_what_it_means(
    small: Workplace,
) -> None:
    small.hushflake("apply")
    small.replace("objects/all.yaml", "    - {name: NAME, type: string(64)}\n", "")
    small.replace("objects/all.yaml", "SELECT NAME FROM", "SELECT ID FROM")
    small.replace("objects/all.yaml", "{name: ID, type: string(64)", "{name: ID, type: string(8)")
    both = small.hushflake("apply", code=2).err
    assert f"--allow-loss {TABLE}.ID --allow-loss {TABLE}.NAME" in both
    assert f"--allow-loss {TABLE} would allow all 2 losses of that object" in both
    one = small.hushflake("apply", "--allow-loss", "s.people.name", code=2).err
    assert f"add --allow-loss {TABLE}.ID\n" in one
    assert "column NAME" not in one
    assert "ID" in small.hushflake("apply", "--allow-loss", "NAME", code=2).err
    small.hushflake("apply", "--allow-loss", "PEOPLE.NAME", "--allow-loss", "PEOPLE.ID")
    small.hushflake("plan", "--exit-code", code=0)


def test_a_snapshot_plans_without_an_account(small: Workplace) -> None:
    small.hushflake("apply")
    small.execute("CREATE ROLE SOMEBODY_ELSES", "CREATE SEQUENCE SMALL.S.OTHERS")
    small.hushflake("capture", "account.json")
    small.stop()
    assert small.operations("--against", "account.json") == []
    widen(small)
    found = small.hushflake("plan", "--against", "account.json", "--format", "json").json()
    assert [op["id"] for op in found["operations"]] == [
        "set_column_type table SMALL.S.PEOPLE column NAME"
    ]
    assert found["operations"][0]["cause"] == "ours"
    (small.folder / "no.json").write_text("{}")
    assert "this is not a snapshot" in small.hushflake("plan", "--against", "no.json", code=2).err
    # A plan made without the account applies to it, as long as the account is what it was.
    small.hushflake("plan", "--against", "account.json", "--out", "plan.json")
    small.hushflake("apply", "plan.json")
    small.hushflake("plan", "--exit-code", code=0)


def test_history_and_rollback(small: Workplace) -> None:
    small.hushflake("apply")
    small.execute(f"INSERT INTO {TABLE} (ID, NAME) VALUES ('1', 'Ada')")
    small.replace("objects/all.yaml", "name: S.NAMES", "name: S.NICKNAMES")
    small.hushflake("apply")
    entries = small.hushflake("history", "--format", "json").json()["deployments"]
    assert [entry["status"] for entry in entries] == ["done", "done"]
    assert entries[0]["number"] > entries[1]["number"]
    first = entries[1]["id"]
    assert first in small.hushflake("history").out
    told = small.hushflake("history", first, "--format", "json").json()["deployments"][0]
    assert {outcome["status"] for outcome in told["outcomes"]} == {"done"}

    small.hushflake("rollback", first)
    names = [row["name"] for row in small.query("SHOW VIEWS IN SCHEMA SMALL.S")]
    assert names == ["NAMES"]
    assert small.query(f"SELECT NAME FROM {TABLE}") == [{"NAME": "Ada"}]
    assert small.hushflake("history", "--format", "json").json()["deployments"][0]["action"] == (
        "rollback"
    )
    assert "no deployment is called 'nope'" in small.hushflake("rollback", "nope", code=2).err


def test_destroy_takes_only_what_we_made(small: Workplace) -> None:
    with small.session() as session:
        session.execute("CREATE WAREHOUSE SMALL_WH WAREHOUSE_SIZE = XSMALL")
    small.hushflake("apply")
    small.execute("CREATE TABLE SMALL.S.OTHERS (A VARCHAR(1))")
    result = small.hushflake("destroy", "--yes")
    assert "was made by this project" in result.out
    assert "no longer declared" not in result.out
    assert "schema SMALL.S stays: it holds table SMALL.S.OTHERS" in result.out
    assert [row["name"] for row in small.query("SHOW TABLES IN DATABASE SMALL")] == ["OTHERS"]
    warehouses = [row["name"] for row in small.query("SHOW WAREHOUSES")]
    assert "SMALL_WH" in warehouses
    small.execute("DROP TABLE SMALL.S.OTHERS")
    small.hushflake("destroy", "--yes")
    databases = [row["name"] for row in small.query("SHOW DATABASES")]
    assert "SMALL" not in databases
    assert "nothing that this project deployed is left" in small.hushflake("destroy", "--yes").out


def test_a_production_stack_wants_its_name_typed(small: Workplace) -> None:
    small.replace(
        "stacks/local.yaml", "account_admin: true", "account_admin: true\nproduction: true"
    )
    small.hushflake("apply")
    assert "--confirm local" in small.hushflake("destroy", "--yes", code=2).err
    assert "nothing was done" in small.hushflake("destroy", "--confirm", "prod", code=2).err
    small.hushflake("destroy", "--confirm", "local")
    assert "SMALL" not in [row["name"] for row in small.query("SHOW DATABASES")]


def test_the_objects_of_another_project_are_left_alone(small: Workplace) -> None:
    small.hushflake("apply")
    (small.folder / "hushflake.yaml").write_text("project: another\n")
    small.hushflake("plan", "--exit-code", code=0)
    widen(small)
    refused = small.hushflake("plan", code=2)
    assert "another project made table SMALL.S.PEOPLE (project small)" in refused.err
    assert "write renamed_from: NAME in hushflake.yaml" in refused.err
    (small.folder / "hushflake.yaml").write_text("project: another\nrenamed_from: small\n")
    assert small.operations() == ["set_column_type table SMALL.S.PEOPLE column NAME"]
    small.hushflake("apply")
    assert small.operations() == []
    history = small.hushflake("history", "--format", "json").json()
    assert len(history["deployments"]) == 1


def test_markdown_is_a_comment_for_a_pull_request(small: Workplace) -> None:
    text = small.hushflake("plan", "--format", "markdown").out
    assert text.startswith("### hushflake plan: `small` on `local`")
    assert "**5 operations: 5 objects to create**" in text
    assert "| + | `table SMALL.S.PEOPLE` | does not exist yet | safe | ours |" in text
    assert text.count("```sql") == text.count("</details>") == 5


def test_a_broken_file_is_a_mistake_and_not_a_defect(small: Workplace, tmp_path: Path) -> None:
    (small.folder / "plan.json").write_text("[1]")
    assert "must be a JSON object" in small.hushflake("apply", "plan.json", code=2).err
    assert "no such file" in small.hushflake("apply", "none.json", code=2).err
    assert "cannot write" in small.hushflake("plan", "--out", "no/where.json", code=2).err


def test_a_name_that_is_nowhere_is_a_mistake_also_when_nothing_is_pending(
    small: Workplace,
) -> None:
    assert "NOPE" in small.hushflake("apply", "--yes", "--target", "NOPE", code=2).err
    small.hushflake("apply", "--yes")
    assert "NOPE" in small.hushflake("apply", "--yes", "--target", "NOPE", code=2).err
    assert "NOPE" in small.hushflake("plan", "--exclude", "NOPE", code=2).err
    small.hushflake("apply", "--yes", "--target", "PEOPLE")


def test_what_is_protected_stays_whatever_is_asked(small: Workplace) -> None:
    small.replace("objects/all.yaml", "name: S.PEOPLE", "name: S.PEOPLE\n  protect: true")
    small.hushflake("apply")
    small.execute(f"INSERT INTO {TABLE} (ID, NAME) VALUES ('1', 'Ada')")
    whole = (small.folder / "objects/all.yaml").read_text()
    start, end = whole.index("- kind: table"), whole.index("- kind: view")
    without = whole[:start]
    (small.folder / "objects/all.yaml").write_text(without)
    told = small.hushflake("apply", "--allow-loss", "PEOPLE").out
    assert f"table {TABLE} is protected: it is no longer declared, and stays" in told
    kept = small.hushflake("destroy", "--yes").out
    assert f"table {TABLE} is protected" in kept
    assert "schema SMALL.S stays: it holds table" in kept
    assert small.query(f"SELECT NAME FROM {TABLE}") == [{"NAME": "Ada"}]
    # Given up in an apply of its own, though nothing else changes, it may go.
    freed = whole[start:end].replace("protect: true", "protect: false")
    (small.folder / "objects/all.yaml").write_text(without + freed)
    small.hushflake("apply")
    (small.folder / "objects/all.yaml").write_text(without)
    assert f"--allow-loss {TABLE}" in small.hushflake("apply", code=2).err
    small.hushflake("apply", "--allow-loss", "PEOPLE")
    assert small.query("SHOW TABLES IN SCHEMA SMALL.S") == []
