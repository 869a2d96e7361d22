"""Renames and moves keep rows, streams, grants and keys; what was not ours is asked for."""

from pathlib import Path

import pytest
from desk import Desk

from hushflake.deploy.deployment import Deployer
from hushflake.schema.errors import DefinitionError

CASE = Path(__file__).parent.parent / "schema" / "cases" / "renamed"
ENTITY = """
- {kind: schema, name: S}
- entity: PEOPLE
  schema: S
  key: [id]
  fields: {id: {type: string(8), required: true}, name: string(20)}
"""


def text(name: str, desk: Desk) -> str:
    return (CASE / name).read_text().replace("READER", f"READER_{desk.name}")


def test_a_table_that_moves_keeps_rows_stream_grants_and_key(desk: Desk) -> None:
    desk.deploy(text("before.yaml", desk))
    desk.execute("INSERT INTO DB.OLD.T VALUES (1, 'a')")
    report = desk.deploy(text("after.yaml", desk))
    done = [name.replace(desk.name, "DB") for name in report.run.ids("done")]
    assert "rename table DB.NEW.T_RAW" in done
    assert "rename view DB.OLD.W" in done
    assert not [name for name in done if name.startswith("drop ")]
    assert not [
        name for name in done if " grant " in name or "foreign_key" in name or "stream" in name
    ]
    assert desk.values("SELECT NAME FROM DB.NEW.T_RAW") == ["a"]
    assert desk.values("SELECT COUNT(*) FROM DB.OLD.S") == [1]
    grants = desk.query(f"SHOW GRANTS TO ROLE READER_{desk.name}")
    held = {(row["privilege"], row["name"].replace(desk.name, "DB")) for row in grants}
    assert held >= {("SELECT", "DB.NEW.T_RAW"), ("SELECT", "DB.OLD.W")}
    # Ours still: it goes when it is declared no more.
    gone = "".join(line for line in text("before.yaml", desk).splitlines(True)[:2])
    desk.declare(gone)
    assert "drop table DB.NEW.T_RAW" in desk.pending()


def test_a_schema_is_dropped_behind_the_move_out_of_it(desk: Desk) -> None:
    desk.deploy(
        "- {kind: schema, name: A}\n- {kind: table, name: A.T, columns: [{name: X, type: int}]}\n"
    )
    desk.execute("INSERT INTO DB.A.T VALUES (7)")
    desk.deploy(
        "- {kind: schema, name: B}\n"
        "- {kind: table, name: B.T, renamed_from: A.T, columns: [{name: X, type: int}]}\n"
    )
    assert desk.values("SELECT X FROM DB.B.T") == [7]
    assert "A" not in desk.values("SELECT SCHEMA_NAME FROM DB.INFORMATION_SCHEMA.SCHEMATA")


def test_an_entity_is_renamed_with_its_rows(desk: Desk) -> None:
    desk.deploy(ENTITY)
    desk.execute("INSERT INTO DB.S.PEOPLE (ID, NAME) VALUES ('1', 'Ann')")
    desk.deploy(ENTITY.replace("PEOPLE", "COLLEAGUES") + "  renamed_from: PEOPLE\n")
    assert desk.values("SELECT NAME FROM DB.S.COLLEAGUES") == ["Ann"]
    # Another key keeps them too.
    desk.deploy(
        ENTITY.replace("PEOPLE", "COLLEAGUES").replace("key: [id]", "key: [name]")
        + "  renamed_from: PEOPLE\n"
    )
    assert desk.values("SELECT ID FROM DB.S.COLLEAGUES") == ["1"]


def test_a_table_of_others_is_renamed_only_when_it_is_taken_over(desk: Desk) -> None:
    desk.deploy("- {kind: schema, name: S}\n")
    desk.execute("CREATE TABLE DB.S.THEIRS (X NUMBER(38,0))")
    desk.declare(
        "- {kind: schema, name: S}\n"
        "- {kind: table, name: S.OURS, renamed_from: THEIRS, columns: [{name: X, type: int}]}\n"
    )
    assert [op.id for op in desk.plan().plan.held] == [f"rename table {desk.name}.S.OURS"]
    planner = desk.planner
    planner.take_over = ["table " + f"{desk.name}.S.THEIRS"]
    Deployer(planner, desk.session).carry_out(
        planner.plan(desk.session), planner.plan, lambda _: None
    )
    assert desk.pending() == []
    assert desk.values("SELECT COUNT(*) FROM DB.S.OURS") == [0]


def test_what_is_declared_still_is_not_renamed(desk: Desk) -> None:
    desk.declare(
        "- {kind: schema, name: S}\n"
        "- {kind: view, name: S.A, query: SELECT 1 AS X}\n"
        "- {kind: view, name: S.B, renamed_from: A, query: SELECT 1 AS X}\n"
    )
    with pytest.raises(DefinitionError, match=r"renamed from .*S\.A, which is still declared"):
        desk.plan()
