"""A column that is replaced: what does not fit, what is left of a migration, and keys."""

from desk import Desk, lines

from hushflake.deploy.deployment import Report

PARTS = ("- {kind: database, name: DB}", "- {kind: schema, name: S}")


def people(desk: Desk, domain: str, key: str = "string(64)") -> str:
    table = lines(
        *PARTS,
        "- kind: table",
        "  name: S.PEOPLE",
        "  columns:",
        f"    - {{name: ID, type: {key}}}",
        f"    - {{name: DOMAIN, type: {domain}}}",
        "  primary_key: [ID]",
    )
    return table.replace("name: DB}", f"name: {desk.name}}}")


def filled(desk: Desk) -> None:
    desk.deploy(people(desk, "string(512)"))
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'blue-heron.example')")


def columns(desk: Desk) -> list[object]:
    return [row["column_name"] for row in desk.query("SHOW COLUMNS IN TABLE DB.S.PEOPLE")]


def messages(report: Report) -> str:
    return " ".join(o.message or "" for o in report.run.outcomes.values() if o.status == "failed")


def test_what_does_not_fit_is_told_before_anything_is_added(desk: Desk) -> None:
    filled(desk)
    desk.declare(people(desk, "string(8)"))
    assert "too long" in messages(desk.apply())
    assert columns(desk) == ["ID", "DOMAIN"]
    desk.declare(people(desk, "string(512)"))
    assert desk.pending() == []


def test_what_a_migration_left_is_seen_and_dropped(desk: Desk) -> None:
    filled(desk)
    desk.execute("ALTER TABLE DB.S.PEOPLE ADD COLUMN DOMAIN__MIGRATED VARCHAR(8)")
    drop = "drop_column table DB.S.PEOPLE column DOMAIN__MIGRATED [drift]"
    assert desk.pending() == [drop]
    desk.declare(people(desk, "string(100)"))
    assert desk.pending() == [drop, "migrate_column table DB.S.PEOPLE column DOMAIN"]
    desk.deploy(people(desk, "string(100)"))
    assert columns(desk) == ["ID", "DOMAIN"]
    assert desk.values("SELECT DOMAIN FROM DB.S.PEOPLE") == ["blue-heron.example"]


def test_past_the_backfill_the_new_column_takes_the_place(desk: Desk) -> None:
    filled(desk)
    desk.execute(
        "ALTER TABLE DB.S.PEOPLE ADD COLUMN DOMAIN__MIGRATED VARCHAR(100)",
        "UPDATE DB.S.PEOPLE SET DOMAIN__MIGRATED = DOMAIN",
        "ALTER TABLE DB.S.PEOPLE DROP COLUMN DOMAIN",
    )
    # Of the type that is not wanted it may be anything: nobody takes it unasked.
    assert [op.severity for op in desk.plan().plan.operations] == ["loss", "safe"]
    desk.declare(people(desk, "string(100)"))
    assert [op.severity for op in desk.plan().plan.operations] == ["safe"]
    desk.deploy(people(desk, "string(100)"))
    assert desk.values("SELECT DOMAIN FROM DB.S.PEOPLE") == ["blue-heron.example"]


def test_the_key_of_a_replaced_column_is_put_back_by_the_same_plan(desk: Desk) -> None:
    filled(desk)
    desk.declare(people(desk, "string(512)", key="string(40)"))
    table = "table DB.S.PEOPLE"
    assert desk.pending() == [
        f"drop_primary_key {table}",
        f"migrate_column {table} column ID",
        f"add_primary_key {table}",
    ]
    desk.deploy(people(desk, "string(512)", key="string(40)"))
    assert desk.values("SELECT ID FROM DB.S.PEOPLE") == ["1"]
    keys = desk.query("SHOW PRIMARY KEYS IN TABLE DB.S.PEOPLE")
    assert [row["column_name"] for row in keys] == ["ID"]


def test_a_key_goes_before_its_column_may_be_null(desk: Desk) -> None:
    """What a key says of its columns would else bring NOT NULL back."""
    table = "- {kind: schema, name: S}\n- {kind: table, name: S.T, columns: [{name: ID, type: int}]"
    desk.deploy(f"{table}, primary_key: [ID]}}\n")
    desk.declare(f"{table}}}\n")
    assert desk.sql() == [
        "ALTER TABLE DB.S.T DROP PRIMARY KEY",
        "ALTER TABLE DB.S.T ALTER COLUMN ID DROP NOT NULL",
    ]
    desk.deploy(f"{table}}}\n")


def test_where_every_value_is_kept_the_plan_says_so(desk: Desk) -> None:
    """Widest values of each type come back as they were."""
    table = lines(
        "- {kind: schema, name: S}",
        "- kind: table",
        "  name: S.T",
        "  columns:",
        "    - {name: A, type: 'number(10,2)'}",
        "    - {name: B, type: 'number(38,37)'}",
        "    - {name: C, type: boolean}",
        "    - {name: D, type: date}",
        "    - {name: E, type: 'number(15,5)'}",
        "    - {name: F, type: string(8), default: \"'x'\"}",
    )
    desk.deploy(table)
    desk.execute(
        "INSERT INTO DB.S.T VALUES (-99999999.99, -0.1234567890123456789012345678901234567, FALSE, "
        "'9999-12-31', 9999999999.12345, 'kept')"
    )
    for old, new in (
        ("number(10,2)", "number(12,4)"),
        ("'number(38,37)'", "string(41)"),
        ("boolean", "string(5)"),
        ("type: date", "type: timestamp_ntz"),
        ("'number(15,5)'", "float"),
        ("'x'", "'y'"),
    ):
        assert old in table
        table = table.replace(old, new)
    desk.declare(table)
    operations = desk.plan().plan.operations
    assert {(op.action, op.severity) for op in operations} == {("migrate_column", "loss")}
    assert all("every value is kept" in op.reason for op in operations)
    desk.deploy(table)
    row = desk.query(
        "SELECT A = -99999999.99 AND B = '-0.1234567890123456789012345678901234567' "
        "AND C = 'false' AND D = '9999-12-31'::TIMESTAMP_NTZ AND E = 9999999999.12345 "
        "AND F = 'kept' AS SAME FROM DB.S.T"
    )
    assert row == [{"SAME": True}]
