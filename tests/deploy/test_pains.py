"""The twenty pains of those who deploy to Snowflake, each as a test that it does not hurt here.

The threads are in the issue trackers of terraform-provider-snowflake (TF), SnowDDL, titan,
schemachange and others; numbers are theirs.
"""

import threading

from desk import Desk, ids, lines

from hushflake.deploy.deployment import Deployer
from hushflake.deploy.errors import LockedError
from hushflake.deploy.session import Session

BASE = lines("- {kind: database, name: DB}", "- {kind: schema, name: S}")
PEOPLE = lines(
    "- kind: table",
    "  name: S.PEOPLE",
    "  columns:",
    "    - {name: ID, type: string(8), nullable: false}",
    "    - {name: NAME, type: string(64)}",
)
TASKS = lines(
    "- {kind: warehouse, name: PAIN_WH, size: xsmall}",
    "- {kind: task, name: S.ROOT, warehouse: PAIN_WH, schedule: 60 MINUTES, definition: SELECT 1}",
    "- {kind: task, name: S.CHILD, warehouse: PAIN_WH, after: [ROOT], definition: SELECT 2}",
)


def base(desk: Desk) -> str:
    return BASE.replace("name: DB}", f"name: {desk.name}}}")


def test_01_computed_output_is_no_difference(desk: Desk) -> None:
    """TF #3456 #4514 #3887: what SHOW computes (rows, bytes, times, owners) moves no plan."""
    desk.deploy(base(desk) + PEOPLE)
    before = desk.plan().actual.fingerprint()
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada'), ('2', 'Grace')")
    assert desk.pending() == []
    assert desk.plan().actual.fingerprint() == before


SYNONYMS = (
    "string", "text", "varchar", "char", "varchar(16777216)", "char varying(7)", "nvarchar(7)",
    "smallint", "int", "bigint", "byteint", "number", "decimal(10,2)", "numeric(38,0)",
    "float", "double", "double precision", "real", "boolean", "binary", "varbinary",
    "date", "time", "datetime", "timestamp", "timestamp_ltz", "timestamp_tz(3)", "variant",
)  # fmt: skip


def test_02_type_synonyms_and_default_lengths_are_no_difference(desk: Desk) -> None:
    """TF #1271 #760 #1033; SnowDDL #22."""
    columns = [f'    - {{name: C{n}, type: "{kind}"}}' for n, kind in enumerate(SYNONYMS)]
    desk.deploy(base(desk) + lines("- kind: table", "  name: S.T", "  columns:", *columns))


def test_03_white_space_of_a_view_is_no_difference(desk: Desk) -> None:
    """SnowDDL #206; TF #114 #126 #171."""
    view = "- kind: view\n  name: S.V\n  query: |\n    SELECT  NAME\n      FROM DB.S.PEOPLE  ;\n"
    desk.deploy(base(desk) + PEOPLE + view)
    other = "- {kind: view, name: S.V, query: SELECT NAME FROM DB.S.PEOPLE}\n"
    desk.declare(base(desk) + PEOPLE + other)
    assert desk.pending() == []


def test_04_the_order_of_columns_is_no_difference(desk: Desk) -> None:
    """TF #2839 #1064 #753."""
    first, *rest = PEOPLE.splitlines()[3:]
    desk.deploy(base(desk) + PEOPLE)
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada')")
    desk.declare(base(desk) + lines(*PEOPLE.splitlines()[:3], *rest, first))
    assert desk.pending() == []
    assert desk.query("SELECT * FROM DB.S.PEOPLE") == [{"ID": "1", "NAME": "Ada"}]


def test_05_a_table_is_never_dropped_and_made_again(desk: Desk) -> None:
    """TF #446 #503: a table changes by ALTER, whatever changes."""
    desk.deploy(base(desk) + PEOPLE)
    changed = PEOPLE.replace("string(64)", "string(128), comment: Full name").replace(
        "string(8), nullable: false", "string(9)"
    )
    desk.declare(
        base(desk)
        + changed
        + "    - {name: BORN, type: date}\n  comment: People\n  change_tracking: true\n"
    )
    assert all(sql.startswith("ALTER TABLE DB.S.PEOPLE") for sql in desk.sql())
    assert len(desk.sql()) >= 5


def test_06_a_rename_keeps_the_data(desk: Desk) -> None:
    """TF #1210 #420 #3677."""
    desk.deploy(base(desk) + PEOPLE)
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada')")
    renamed = PEOPLE.replace("name: NAME,", "name: FULL_NAME, renamed_from: NAME,")
    desk.deploy(base(desk) + renamed)
    assert desk.query("SELECT FULL_NAME FROM DB.S.PEOPLE") == [{"FULL_NAME": "Ada"}]


def states(desk: Desk) -> dict[str, str]:
    return {row["name"]: row["state"] for row in desk.query("SHOW TASKS IN SCHEMA DB.S")}


def test_07_a_task_graph_is_resumed_also_when_a_statement_fails(desk: Desk) -> None:
    """TF #3435 #4041 #3887."""
    desk.deploy(base(desk) + TASKS)
    assert states(desk) == {"ROOT": "started", "CHILD": "started"}
    desk.deploy(base(desk) + TASKS.replace("SELECT 2", "SELECT 22"))
    assert states(desk) == {"ROOT": "started", "CHILD": "started"}
    # The statement in between fails: its warehouse is gone when it runs.
    desk.declare(base(desk) + TASKS.replace("SELECT 2", "SELECT * FROM DB.S.NOT_THERE"))
    planned = desk.plan()
    broken = {
        op.id: ("ALTER TASK DB.S.NOBODY SUSPEND",) if op.action == "set_definition" else sql
        for op in planned.plan.operations
        for sql in [planned.sql[op.id]]
    }
    from dataclasses import replace

    shown = replace(planned, sql=broken)
    report = Deployer(desk.planner, desk.session).carry_out(shown, lambda _: shown, lambda _: None)
    assert len(ids(report, "failed")) == 1
    assert states(desk)["ROOT"] == "started"


def test_07_a_child_suspended_by_hand_is_resumed_below_a_root_that_runs(desk: Desk) -> None:
    """Resuming or suspending a child needs its root suspended, and the root comes last."""
    desk.deploy(base(desk) + TASKS)
    for by_hand in (("CHILD",), ("CHILD", "ROOT")):
        desk.execute("ALTER TASK DB.S.ROOT SUSPEND")
        desk.execute("ALTER TASK DB.S.CHILD SUSPEND")
        if "ROOT" not in by_hand:
            desk.execute("ALTER TASK DB.S.ROOT RESUME")
        desk.deploy(base(desk) + TASKS)
        assert states(desk) == {"ROOT": "started", "CHILD": "started"}


def test_08_a_stream_keeps_its_offset(desk: Desk) -> None:
    """TF #3896 #2975 #1738 #1150 #2201."""
    stream = "- {kind: stream, name: S.CHANGES, on: {table: S.PEOPLE}}\n"
    tracked = PEOPLE.replace("columns:", "change_tracking: true\n  columns:")
    desk.deploy(base(desk) + tracked + stream)
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada')")
    wider = tracked.replace("(64)", "(65)")
    desk.deploy(base(desk) + wider + stream.replace("}}", "}, comment: New}"))
    assert desk.values("SELECT NAME FROM DB.S.CHANGES") == ["Ada"]


def test_09_a_plan_asks_as_much_for_thirty_tables_as_for_three(desk: Desk) -> None:
    """TF #69 #3169 #4309 #3436."""

    def asked(count: int) -> int:
        tables = "".join(
            f"- {{kind: table, name: S.T{n}, columns: [{{name: A, type: date}}]}}\n"
            for n in range(count)
        )
        desk.deploy(base(desk) + tables)
        sent: list[str] = []
        watched = Session(desk.session.arguments, trace=sent.append)
        with watched:
            desk.planner.plan(watched)
        return len(sent)

    assert asked(3) == asked(30)


GRANTS = lines(
    "- {kind: role, name: PAIN_READER}",
    "- {kind: grant, to: PAIN_READER, privileges: [USAGE], on: {schema: S}}",
    "- {kind: grant, to: PAIN_READER, privileges: [SELECT, INSERT], on: {all: tables, in: S}}",
    "- {kind: grant, to: PAIN_READER, privileges: [SELECT], on: {future: tables, in: S}}",
)


def test_10_grants_converge(desk: Desk) -> None:
    """TF #1514 #311 #2651 #4684; titan #40."""
    desk.deploy(base(desk) + PEOPLE + GRANTS)
    desk.deploy(base(desk) + PEOPLE + GRANTS.replace("[SELECT, INSERT]", "[SELECT]"))


def test_10_a_future_grant_that_snowflake_would_ignore_is_told(desk: Desk) -> None:
    """Schema-level future grants hide those of the database for their kind."""
    future = "- {kind: grant, to: PAIN_READER, privileges: [SELECT], on: {future: tables}}\n"
    desk.declare(base(desk) + PEOPLE + GRANTS + future)
    notes = [note for note in desk.plan().plan.notes if "does not count in schema" in note]
    assert len(notes) == 1
    assert "FUTURE TABLES IN DATABASE" in notes[0]


def test_10_a_future_grant_to_a_stranger_hides_ours_too(desk: Desk) -> None:
    future = "- {kind: grant, to: PAIN_READER, privileges: [SELECT], on: {future: tables}}\n"
    desk.deploy(base(desk) + "- {kind: role, name: PAIN_READER}\n" + future)
    desk.execute(
        "CREATE ROLE IF NOT EXISTS PAIN_STRANGER",
        "GRANT SELECT ON FUTURE TABLES IN SCHEMA DB.S TO ROLE PAIN_STRANGER",
    )
    notes = [note for note in desk.plan().plan.notes if "does not count in schema" in note]
    assert len(notes) == 1
    assert "(to PAIN_STRANGER)" in notes[0]
    assert desk.pending() == []


def test_10_what_a_future_grant_gave_is_no_drift(desk: Desk) -> None:
    """A table made by hand, by dbt or by a loader: to revoke there would never converge."""
    desk.deploy(base(desk) + PEOPLE + GRANTS)
    desk.execute("CREATE TABLE DB.S.BY_HAND (A VARCHAR(1))")
    assert desk.values("SELECT 1 FROM DB.S.BY_HAND") == []
    granted = desk.query("SHOW GRANTS ON TABLE DB.S.BY_HAND")
    assert "SELECT" in {row["privilege"] for row in granted}
    assert desk.pending() == []
    desk.execute("GRANT SELECT, DELETE ON TABLE DB.S.BY_HAND TO ROLE PAIN_READER")
    assert desk.sql() == ["REVOKE DELETE ON TABLE DB.S.BY_HAND FROM ROLE PAIN_READER"]


def test_11_a_grant_made_by_hand_is_taken_back(desk: Desk) -> None:
    """TF #3973 #4280: authoritative for a managed role."""
    desk.deploy(base(desk) + PEOPLE + GRANTS)
    desk.execute("GRANT DELETE ON TABLE DB.S.PEOPLE TO ROLE PAIN_READER")
    assert desk.sql() == ["REVOKE DELETE ON TABLE DB.S.PEOPLE FROM ROLE PAIN_READER"]
    assert desk.pending()[0].endswith("[drift]")
    desk.apply()
    assert desk.pending() == []


def test_12_ownership_is_left_alone(desk: Desk) -> None:
    """TF #1942 #2190 #3317 #360."""
    desk.deploy(base(desk) + PEOPLE + GRANTS)
    desk.execute(
        "CREATE ROLE IF NOT EXISTS PAIN_OWNER",
        "GRANT OWNERSHIP ON TABLE DB.S.PEOPLE TO ROLE PAIN_OWNER COPY CURRENT GRANTS",
        "GRANT ROLE PAIN_OWNER TO ROLE ACCOUNTADMIN",
    )
    assert desk.pending() == []


def test_13_a_changed_view_keeps_the_grants_on_it(desk: Desk) -> None:
    """TF #4392 #2152."""
    view = "- {kind: view, name: S.V, query: SELECT NAME FROM DB.S.PEOPLE}\n"
    desk.deploy(base(desk) + PEOPLE + view)
    desk.execute(
        "CREATE ROLE IF NOT EXISTS PAIN_STRANGER",
        "GRANT SELECT ON VIEW DB.S.V TO ROLE PAIN_STRANGER",
    )
    desk.deploy(base(desk) + PEOPLE + view.replace("SELECT NAME", "SELECT UPPER(NAME) AS NAME"))
    granted = desk.query("SHOW GRANTS TO ROLE PAIN_STRANGER")
    assert [row["privilege"] for row in granted if row["granted_on"] == "VIEW"] == ["SELECT"]


def test_13_grants_that_go_with_a_replacement_are_given_again(desk: Desk) -> None:
    """Where Snowflake knows no COPY GRANTS: in the same plan, and not as drift of the next."""
    tracked = PEOPLE.replace("columns:", "change_tracking: true\n  columns:")
    objects = lines(
        "- {kind: warehouse, name: PAIN_WH, size: xsmall}",
        "- {kind: cortex_search_service, name: S.FIND, on: NAME, warehouse: PAIN_WH,",
        '   target_lag: 1 hour, query: "SELECT NAME FROM DB.S.PEOPLE"}',
        "- {kind: role, name: PAIN_READER}",
        "- {kind: grant, to: PAIN_READER, privileges: [USAGE],",
        "   on: {cortex_search_service: S.FIND}}",
    )
    desk.deploy(base(desk) + tracked + objects)
    changed = objects.replace("SELECT NAME", "SELECT UPPER(NAME) AS NAME")
    desk.declare(base(desk) + tracked + changed)
    service = "CORTEX SEARCH SERVICE DB.S.FIND"
    assert desk.pending() == [
        "replace cortex_search_service DB.S.FIND",
        f"grant grant ROLE PAIN_READER ON {service}",
    ]
    assert desk.sql()[-1] == f"GRANT USAGE ON {service} TO ROLE PAIN_READER"
    desk.deploy(base(desk) + tracked + changed)


def test_14_nothing_is_revoked_that_is_not_ours(desk: Desk) -> None:
    """TF #3943: neither from roles we do not manage nor from an additive one."""
    loose = GRANTS.replace("PAIN_READER", "PAIN_LOOSE").replace(
        "name: PAIN_LOOSE}", "name: PAIN_LOOSE, grants: additive}"
    )
    desk.deploy(base(desk) + PEOPLE + loose)
    desk.execute(
        "CREATE ROLE IF NOT EXISTS PAIN_STRANGER",
        "GRANT SELECT ON TABLE DB.S.PEOPLE TO ROLE PAIN_STRANGER",
        "GRANT DELETE ON TABLE DB.S.PEOPLE TO ROLE PAIN_LOOSE",
        "GRANT MONITOR ON SCHEMA DB.S TO ROLE PAIN_LOOSE",
        "GRANT USAGE ON DATABASE " + desk.name + " TO ROLE PAIN_LOOSE",
    )
    assert desk.pending() == []


def test_15_vectors_are_seen_and_internal_objects_are_not(desk: Desk) -> None:
    """TF #2865; SnowDDL #158 #333."""
    vector = PEOPLE + '    - {name: EMBEDDING, type: "vector(float, 768)"}\n'
    desk.deploy(base(desk) + PEOPLE)
    desk.declare(base(desk) + vector)
    assert desk.pending() == ["add_column table DB.S.PEOPLE column EMBEDDING"]
    desk.deploy(base(desk) + vector)
    desk.execute('CREATE TABLE DB.S."_CORTEX_SEARCH_X" (A VARCHAR(1))')
    assert desk.pending() == []
    assert not any("CORTEX" in key.name for key in desk.plan().actual.resources)


def test_16_lower_case_names_are_quoted(desk: Desk) -> None:
    """SnowDDL #232; schemachange #73."""
    desk.deploy(
        base(desk)
        + '- kind: table\n  name: S."mixed Case"\n  columns: [{name: \'"a b"\', type: date}]\n'
    )
    assert desk.values("SHOW TABLES IN SCHEMA DB.S") is not None
    assert [row["name"] for row in desk.query("SHOW TABLES IN SCHEMA DB.S")] == ["mixed Case"]


def test_17_two_deployments_do_not_apply_twice(desk: Desk) -> None:
    """schemachange #128."""
    desk.declare(base(desk) + PEOPLE)
    planner = desk.planner
    results: list[object] = []

    def deploy() -> None:
        with Session(desk.session.arguments) as session:
            try:
                deployer = Deployer(planner, session, jobs=1)
                report = deployer.carry_out(planner.plan(session), planner.plan, lambda _: None)
                results.append(len(report.run.ids("done")))
            except Exception as error:
                results.append(error)

    threads = [threading.Thread(target=deploy) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result for result in results if isinstance(result, int)) == 3, results
    for refused in (result for result in results if not isinstance(result, int)):
        assert isinstance(refused, LockedError) or "changed" in str(refused)
    assert desk.pending() == []


def test_18_nothing_is_skipped_because_it_came_late(desk: Desk) -> None:
    """schemachange #114 #214: what is declared counts, not in which order it was written."""
    later = PEOPLE.replace("S.PEOPLE", "S.LATER")
    desk.deploy(base(desk) + PEOPLE)
    desk.deploy(base(desk) + PEOPLE + later)
    earlier = PEOPLE.replace("S.PEOPLE", "S.BRANCH_MERGED_LATE")
    desk.declare(base(desk) + earlier + PEOPLE + later)
    assert desk.pending() == ["create table DB.S.BRANCH_MERGED_LATE"]


def test_19_there_is_a_way_back(desk: Desk) -> None:
    """schemachange #19 #160."""
    from hushflake.deploy.history import definition_of, read_history

    desk.deploy(base(desk) + PEOPLE)
    desk.execute("INSERT INTO DB.S.PEOPLE VALUES ('1', 'Ada')")
    view = "- {kind: view, name: S.V, query: SELECT NAME FROM DB.S.PEOPLE}\n"
    desk.deploy(base(desk) + PEOPLE.replace("(64)", "(128)") + view)
    first = read_history(desk.planner, desk.session, 10)[-1]
    planner, wanted = desk.planner, definition_of(first)
    back = planner.plan(desk.session, wanted)
    assert [(op.action, op.severity) for op in back.plan.operations] == [
        ("migrate_column", "loss"),
        ("drop", "safe"),
    ]
    deployer = Deployer(planner, desk.session)
    report = deployer.carry_out(back, lambda s: planner.plan(s, wanted), lambda _: None, "rollback")
    assert report.run.complete
    assert desk.query("SELECT * FROM DB.S.PEOPLE") == [{"ID": "1", "NAME": "Ada"}]
    assert planner.plan(desk.session, wanted).plan.operations == ()


def test_20_a_person_is_asked_once_and_not_by_each_worker(desk: Desk) -> None:
    """schemachange #119; titan #183."""
    interactive = {**desk.session.arguments, "authenticator": "externalbrowser"}
    signed_in = Session(interactive, _connection=desk.session._open())
    workers = [signed_in.fork() for _ in range(8)]
    assert all(worker._open() is signed_in._open() for worker in workers)
    for worker in workers:
        worker.close()
    assert desk.values("SELECT 1") == [1]
    by_key = desk.session.fork()
    assert by_key._connection is None
