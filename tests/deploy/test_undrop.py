"""What was dropped by hand comes back with what it held, before anything is made anew."""

from desk import Desk, lines
from workplace import Workplace

PROJECT = lines(
    "- {kind: database, name: DB}",
    "- {kind: schema, name: S}",
    "- kind: table",
    "  name: S.PEOPLE",
    "  columns:",
    "    - {name: ID, type: string(8)}",
    "    - {name: NAME, type: string(64)}",
    "  change_tracking: true",
    "- {kind: stream, name: S.CHANGES, on: {table: S.PEOPLE}}",
    "- {kind: table, name: S.PLACES, columns: [{name: ID, type: string(8)}], primary_key: [ID]}",
    "- {kind: foreign_key, table: S.PEOPLE, columns: [ID], to: S.PLACES}",
    "- {kind: role, name: UNDROP_READER}",
    "- {kind: grant, to: UNDROP_READER, privileges: [SELECT], on: {table: S.PEOPLE}}",
)


def project(desk: Desk) -> str:
    return PROJECT.replace("name: DB}", f"name: {desk.name}}}")


def filled(desk: Desk) -> None:
    desk.deploy(project(desk))
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada')")


def test_a_table_comes_back_with_its_rows_and_its_stream(desk: Desk) -> None:
    filled(desk)
    desk.execute("DROP TABLE DB.S.PEOPLE")
    assert desk.pending()[0] == "undrop table DB.S.PEOPLE [drift]"
    assert "replace stream DB.S.CHANGES [drift]" not in desk.pending()
    assert "UNDROP brings it back" in desk.plan().plan.operations[0].reason
    assert any("plan again" in note for note in desk.plan().plan.notes)
    desk.apply()
    assert desk.pending() == []
    assert desk.values("SELECT NAME FROM DB.S.PEOPLE") == ["Ada"]
    assert desk.values("SELECT NAME FROM DB.S.CHANGES") == ["Ada"]


def test_what_changed_in_the_definition_is_changed_once_it_is_back(desk: Desk) -> None:
    filled(desk)
    desk.execute("DROP TABLE DB.S.PEOPLE")
    desk.declare(project(desk).replace("string(64)", "string(128)"))
    assert [op.split(" [")[0] for op in desk.pending()][:2] == [
        "undrop table DB.S.PEOPLE",
        "set_column_type table DB.S.PEOPLE column NAME",
    ]
    desk.apply()
    assert desk.pending() == []
    assert desk.values("SELECT NAME FROM DB.S.PEOPLE") == ["Ada"]


def test_a_schema_comes_back_with_all_that_is_in_it(desk: Desk) -> None:
    filled(desk)
    desk.execute("DROP SCHEMA DB.S")
    assert desk.pending()[0] == "undrop schema DB.S [drift]"
    assert not any("table" in op and "create" in op for op in desk.pending())
    desk.apply()
    assert desk.pending() == []
    assert desk.values("SELECT NAME FROM DB.S.PEOPLE") == ["Ada"]


def test_a_database_comes_back_with_all_that_is_in_it(desk: Desk) -> None:
    filled(desk)
    desk.execute(f"DROP DATABASE {desk.name}")
    assert desk.pending()[0] == f"undrop database {desk.name} [drift]"
    desk.apply()
    assert desk.pending() == []
    assert desk.values("SELECT NAME FROM DB.S.PEOPLE") == ["Ada"]


def test_what_is_not_wanted_any_more_is_not_brought_back(desk: Desk) -> None:
    filled(desk)
    desk.execute("DROP STREAM DB.S.CHANGES", "DROP TABLE DB.S.PEOPLE")
    desk.declare("\n".join(project(desk).splitlines()[:2]) + "\n")
    assert not any("PEOPLE" in op for op in desk.pending())


def test_a_snapshot_knows_what_can_come_back(small: Workplace) -> None:
    small.hushflake("apply")
    small.execute("DROP TABLE SMALL.S.PEOPLE")
    small.hushflake("capture", "account.json")
    pending = small.operations()
    assert pending[0] == "undrop table SMALL.S.PEOPLE"
    assert small.operations("--against", "account.json") == pending
    shown = small.hushflake("drift", code=1).out
    assert "+ table PEOPLE: was dropped by hand: UNDROP brings it back" in shown
