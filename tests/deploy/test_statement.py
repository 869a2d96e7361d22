"""Statements as text: created, found, replaced and dropped; what was there before stays."""

from desk import Desk, ids, lines

from hushflake.deploy.deployment import Deployer

BASE = lines(
    "- {kind: schema, name: S}", "- {kind: table, name: S.T, columns: [{name: ID, type: int}]}"
)
COPY = lines(
    "- kind: statement",
    "  name: COPY",
    "  create: CREATE TABLE DB.S.COPIED CLONE DB.S.T",
    "  drop: DROP TABLE IF EXISTS DB.S.COPIED",
    "  check: SHOW TABLES LIKE 'COPIED' IN SCHEMA DB.S",
    "  depends_on: [table S.T]",
)


def tables(desk: Desk) -> list[object]:
    return sorted(str(row["name"]) for row in desk.query("SHOW TABLES IN SCHEMA DB.S"))


def test_a_statement_is_made_found_replaced_and_dropped(desk: Desk) -> None:
    desk.deploy(BASE + COPY)
    assert tables(desk) == ["COPIED", "T"]
    desk.execute("DROP TABLE DB.S.COPIED")
    assert desk.pending() == ["create statement DB.COPY [drift]"]
    desk.deploy(BASE + COPY.replace("CREATE TABLE", "CREATE TRANSIENT TABLE"))
    (row,) = desk.query("SHOW TABLES LIKE 'COPIED' IN SCHEMA DB.S")
    assert row["kind"] == "TRANSIENT"
    desk.deploy(BASE)
    assert tables(desk) == ["T"]


def test_a_statement_without_a_check_runs_once(desk: Desk) -> None:
    once = lines(
        "- kind: statement",
        "  name: ONCE",
        "  create: ALTER SCHEMA DB.S SET DATA_RETENTION_TIME_IN_DAYS = 2",
        "  depends_on: [schema S]",
    )
    report = desk.deploy(BASE + once)
    assert f"create statement {desk.name}.ONCE" in ids(report)


def test_what_a_check_finds_is_taken_as_it_is_and_never_dropped(desk: Desk) -> None:
    desk.deploy(BASE)
    desk.execute("CREATE TABLE DB.S.COPIED (THEIRS INT)")
    desk.declare(BASE + COPY)
    assert desk.pending() == []
    desk.apply()
    desk.declare(BASE)
    assert desk.pending() == [], "another made it"
    nothing = desk.planner.destroy_plan(desk.session)
    assert not [op for op in nothing.plan.operations if op.kind == "statement"]


def test_destroying_drops_what_a_statement_made(desk: Desk) -> None:
    desk.deploy(BASE + COPY)
    planner = desk.planner
    nothing = planner.destroy_plan(desk.session)
    assert f"drop statement {desk.name}.COPY" in [op.id for op in nothing.plan.operations]
    deployer = Deployer(planner, desk.session)
    report = deployer.carry_out(nothing, planner.destroy_plan, lambda _: None, "destroy")
    assert {outcome.status for outcome in report.run.outcomes.values()} == {"done"}
