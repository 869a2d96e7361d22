"""A stack that has its objects in the database of the journal."""

import pytest
from desk import Desk, lines

from hushflake.deploy.errors import MistakeError

TABLE = lines(
    "- {kind: schema, name: S}",
    "- {kind: table, name: S.T, columns: [{name: ID, type: string}%s]}",
)


def at_home(desk: Desk, objects: str, schema: str = "JOURNAL") -> None:
    desk.declare(objects)
    path = desk.folder / "stacks" / "local.yaml"
    settings = f"journal_schema: {desk.name}.{schema}\ndeploy_warehouse: {desk.name}_WH\n"
    path.write_text(path.read_text() + settings)


def test_objects_beside_the_journal_are_planned_and_changed(desk: Desk) -> None:
    at_home(desk, TABLE % "")
    with pytest.raises(MistakeError, match=r"would serve both this stack and the journal .*first"):
        desk.plan()
    desk.execute(f"CREATE DATABASE {desk.name}")
    assert desk.apply().run.complete
    assert desk.pending() == []
    at_home(desk, TABLE % ", {name: NEW, type: string}")
    assert desk.apply().run.complete
    assert desk.pending() == []
    assert desk.values("SELECT COUNT(NEW) FROM DB.S.T") == [0]
    # What is destroyed leaves the journal, its warehouse and their database.
    planned = desk.planner.destroy_plan(desk.session)
    assert {op.kind for op in planned.plan.operations} == {"table", "schema"}


def test_nothing_is_declared_in_the_schema_of_the_journal(desk: Desk) -> None:
    schema = "- {kind: schema, name: JOURNAL}"
    for objects in (schema, lines(schema, "- {kind: sequence, name: JOURNAL.N}")):
        at_home(desk, objects)
        with pytest.raises(MistakeError, match="which belongs to the journal"):
            desk.plan()


def test_the_warehouse_of_the_journal_is_not_dropped(desk: Desk) -> None:
    warehouse = f"- {{kind: warehouse, name: {desk.name}_WH, size: XSMALL, auto_suspend: 60}}"
    desk.execute(f"CREATE DATABASE {desk.name}")
    at_home(desk, lines("- {kind: schema, name: S}", warehouse))
    with pytest.raises(MistakeError, match=r"warehouse .* does not exist"):
        desk.plan()
    desk.execute(f"CREATE WAREHOUSE {desk.name}_WH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60")
    assert desk.apply().run.complete
    at_home(desk, lines("- {kind: schema, name: S}"))
    planned = desk.plan()
    assert not planned.plan.operations
