"""A column that is replaced: what does not fit, what is left of a migration, keys, policies."""

from desk import Desk, lines

from hushflake.deploy.deployment import Deployer, Report

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
    assert {(op.action, op.severity) for op in operations} == {("migrate_column", "rebuild")}
    assert all("CAST, which keeps every value" in op.reason for op in operations)
    desk.deploy(table)
    row = desk.query(
        "SELECT A = -99999999.99 AND B = '-0.1234567890123456789012345678901234567' "
        "AND C = 'false' AND D = '9999-12-31'::TIMESTAMP_NTZ AND E = 9999999999.12345 "
        "AND F = 'kept' AS SAME FROM DB.S.T"
    )
    assert row == [{"SAME": True}]


MOVED = """
- {kind: schema, name: S}
- {kind: table, name: S.T, columns: [{name: ID, type: int}, {name: A, type: 'number(10,2)'}]}
"""


def moved_away(desk: Desk) -> None:
    """As a migration to number(12,4) leaves it that was cut after the old column lost its name."""
    desk.deploy(MOVED)
    desk.execute(
        "INSERT INTO DB.S.T VALUES (1, 1.25), (2, NULL)",
        "ALTER TABLE DB.S.T ADD COLUMN A__MIGRATED NUMBER(12,4)",
        "UPDATE DB.S.T SET A__MIGRATED = A",
        "INSERT INTO DB.S.T (ID, A) VALUES (3, 3.75)",
        "UPDATE DB.S.T SET A = NULL WHERE ID = 1",
        "ALTER TABLE DB.S.T RENAME COLUMN A TO A__REPLACED",
    )


AS_WRITTEN = [{"ID": 1, "A": None}, {"ID": 2, "A": None}, {"ID": 3, "A": 3.75}]


def test_neither_column_bears_the_name_the_copy_is_completed(desk: Desk) -> None:
    moved_away(desk)
    desk.declare(MOVED.replace("10,2", "12,4"))
    (operation,) = desk.plan().plan.operations
    assert (operation.action, operation.severity) == ("finish_migration", "rebuild")
    assert "A__REPLACED holds its values (NUMBER(10, 2))" in operation.reason
    assert "A__MIGRATED the copy (NUMBER(12, 4)), and neither has its name" in operation.reason
    desk.deploy(MOVED.replace("10,2", "12,4"))
    assert desk.query("SELECT ID, A::FLOAT AS A FROM DB.S.T ORDER BY 1") == AS_WRITTEN


def test_neither_column_bears_the_name_a_called_off_migration_goes_back(desk: Desk) -> None:
    moved_away(desk)
    desk.deploy(MOVED)
    assert desk.query("SELECT ID, A::FLOAT AS A FROM DB.S.T ORDER BY 1") == AS_WRITTEN


def test_neither_column_bears_the_name_another_migration_starts_over(desk: Desk) -> None:
    moved_away(desk)
    desk.deploy(MOVED.replace("'number(10,2)'", "string(20)"))
    assert desk.values("SELECT A FROM DB.S.T ORDER BY ID") == [None, None, "3.75"]


def test_a_column_of_the_name_that_was_made_by_hand_meanwhile_is_told_from_the_old(
    desk: Desk,
) -> None:
    """Then what is left of the migration may hold the only values: nobody drops it unasked."""
    moved_away(desk)
    desk.execute("ALTER TABLE DB.S.T ADD COLUMN A NUMBER(12,4)")
    desk.declare(MOVED.replace("10,2", "12,4"))
    operations = desk.plan().plan.operations
    assert [(op.action, op.severity, op.part) for op in operations] == [
        ("drop_column", "loss", "column A__REPLACED"),
        ("drop_column", "loss", "column A__MIGRATED"),
    ]
    assert all("was added after it" in op.reason for op in operations)


def test_a_value_that_comes_too_late_to_be_told_puts_the_column_back(desk: Desk) -> None:
    """It fits the old type only, and is written when all others have been looked at."""
    table = "- {{kind: schema, name: S}}\n- {{kind: table, name: S.T, columns: [{}]}}\n"
    long, short = (f"{{name: A, type: string({length})}}" for length in (64, 8))
    desk.deploy(table.format(long))
    desk.execute("INSERT INTO DB.S.T VALUES ('short')")
    desk.declare(table.format(short))
    late = f"INSERT INTO {desk.name}.S.T (A) VALUES ('far too long for it')"
    with desk.session.fork() as writer:

        def at(sql: str) -> None:
            if "RENAME COLUMN A TO" in sql:
                writer.execute(late)

        with desk.session.fork() as session:
            session.trace = at
            planner = desk.planner
            deployer = Deployer(planner, session, jobs=1)
            report = deployer.carry_out(planner.plan(session), planner.plan, lambda _: None)
    assert "too long" in messages(report)
    assert "was put back" in messages(report)
    assert sorted(map(str, desk.values("SELECT A FROM DB.S.T"))) == ["far too long for it", "short"]
    desk.execute("UPDATE DB.S.T SET A = 'fits' WHERE A <> 'short'")
    desk.deploy(table.format(short))
    assert sorted(map(str, desk.values("SELECT A FROM DB.S.T"))) == ["fits", "short"]


def test_a_replaced_column_stays_masked_tagged_and_clustered(desk: Desk) -> None:
    table = lines(
        *PARTS,
        "- {kind: tag, name: S.OWNER}",
        "- {kind: masking_policy, name: S.HIDE, arguments: [{name: V, type: string}], "
        "returns: string, body: \"IFF(CURRENT_ROLE() = 'PUBLIC', '***', V)\"}",
        "- kind: table",
        "  name: S.T",
        "  columns:",
        "    - {name: MAIL, type: string(64)}",
        "    - {name: N, type: int}",
        "  cluster_by: [MAIL]",
        "  masking: [{column: MAIL, policy: S.HIDE}]",
        "  tags: [{tag: S.OWNER, value: x, column: MAIL}]",
    ).replace("name: DB}", f"name: {desk.name}}}")
    desk.deploy(table)
    desk.execute("INSERT INTO DB.S.T VALUES ('ada@example.com', 1)")
    table = table.replace("type: string(64)}", "type: string(64), default: \"'none'\"}")
    desk.declare(table)
    operations = desk.plan().plan.operations
    assert [(op.action, op.severity) for op in operations] == [
        ("uncluster", "rebuild"),
        ("migrate_column", "loss"),
        ("cluster", "rebuild"),
    ]
    assert f"only what {desk.name}.S.HIDE shows the deploying role is kept" in operations[1].reason
    desk.deploy(table)
    assert desk.values("SELECT MAIL FROM DB.S.T") == ["ada@example.com"]
    desk.execute(
        f"GRANT USAGE ON DATABASE {desk.name} TO ROLE PUBLIC",
        "GRANT USAGE ON SCHEMA DB.S TO ROLE PUBLIC",
        "GRANT SELECT ON TABLE DB.S.T TO ROLE PUBLIC",
        "GRANT USAGE ON WAREHOUSE HUSHFLAKE_DEPLOY_WH TO ROLE PUBLIC",
    )
    with desk.session.fork() as public:
        public.use_role("PUBLIC")
        assert public.query(f"SELECT MAIL FROM {desk.name}.S.T") == [{"MAIL": "***"}]
    # A renamed one keeps them as well.
    table = table.replace("name: MAIL,", "name: EMAIL, renamed_from: MAIL,")
    desk.deploy(table.replace("column: MAIL", "column: EMAIL").replace("[MAIL]", "[EMAIL]"))
    assert desk.values("SELECT EMAIL FROM DB.S.T") == ["ada@example.com"]
