"""Objects that were there before a project declared them, and stacks side by side."""

from pathlib import Path

import pytest
from desk import Desk, ids, lines

from hushflake.deploy.deployment import Deployer, Report
from hushflake.deploy.errors import MistakeError, RefusedError
from hushflake.deploy.planning import Planner, approve_saved
from hushflake.schema.compile import load_stack
from hushflake.schema.plan import Plan
from hushflake.schema.project import Project

BASE = lines("- {kind: database, name: %s}", "- {kind: schema, name: S}")


def declared(desk: Desk, *more: str) -> str:
    return BASE % desk.name + lines(*more)


def held(desk: Desk, *take_over: str) -> list[str]:
    planner = desk.planner
    planner.take_over = take_over
    plan = planner.plan(desk.session).plan
    return [op.id.replace(f"{desk.name}.", "DB.") for op in plan.held]


def apply(desk: Desk, *take_over: str) -> Report:
    planner = desk.planner
    planner.take_over = take_over
    deployer = Deployer(planner, desk.session, jobs=2)
    return deployer.carry_out(planner.plan(desk.session), planner.plan, lambda _: None)


def test_a_role_that_was_there_keeps_its_grants_until_it_is_taken_over(desk: Desk) -> None:
    role, other = f"R_{desk.name}", f"OTHER_{desk.name}"
    desk.execute(
        f"CREATE ROLE {role}",
        f"CREATE DATABASE {other}",
        f"GRANT USAGE ON DATABASE {other} TO ROLE {role}",
        f"GRANT CREATE SCHEMA ON DATABASE {other} TO ROLE {role}",
    )
    desk.declare(
        declared(
            desk,
            f"- {{kind: role, name: {role}}}",
            f"- {{kind: grant, to: {role}, privileges: [USAGE], on: {{schema: S}}}}",
        )
    )
    gone = f"drop grant ROLE {role} ON DATABASE {other}"
    assert held(desk) == [gone]
    report = apply(desk)
    assert gone not in ids(report)
    assert any("ON SCHEMA" in name for name in ids(report)), "what adds is done"
    # It stays held, deployment after deployment, and is no drift.
    assert (held(desk), desk.pending()) == ([gone], [])
    planned = desk.planner.plan(desk.session)
    assert planned.take_over_options() == [f"--take-over 'role {role}'"]
    report = apply(desk, f"role {role}")
    assert ids(report) == [gone]
    assert (held(desk), desk.pending()) == ([], [])
    # From now on the grants of the role are managed: one made by hand is drift.
    desk.execute(f"GRANT USAGE ON DATABASE {other} TO ROLE {role}")
    assert (held(desk), desk.pending()) == ([], [f"{gone} [drift]"])
    desk.execute(f"DROP DATABASE {other}", f"DROP ROLE {role}")


def test_what_an_object_had_is_kept_and_what_it_lacks_is_added(desk: Desk) -> None:
    desk.declare(declared(desk))
    apply(desk)
    desk.execute(
        "CREATE TABLE DB.S.T (ID VARCHAR(10) NOT NULL, OLD NUMBER(38,0)) COMMENT = 'Theirs'",
        "CREATE TABLE DB.S.BARE (ID VARCHAR(10) NOT NULL)",
        "CREATE VIEW DB.S.V AS SELECT 1 AS N",
    )
    table = "columns: [{name: ID, type: string(10), nullable: false}, {name: NEW, type: string}]"
    desk.declare(
        declared(
            desk,
            f"- {{kind: table, name: S.T, comment: Ours, {table}}}",
            f"- {{kind: table, name: S.BARE, comment: Ours, change_tracking: true, {table}}}",
            "- {kind: view, name: S.V, query: SELECT 2 AS N}",
        )
    )
    expected = ["alter table DB.S.T", "drop_column table DB.S.T column OLD", "replace view DB.S.V"]
    assert sorted(held(desk)) == expected
    report = apply(desk)
    done = [name.replace(f"{desk.name}.", "DB.") for name in ids(report)]
    assert "add_column table DB.S.T column NEW" in done
    assert "alter table DB.S.BARE" in done, "a comment where there was none takes nothing"
    assert desk.values("SELECT N FROM DB.S.V") == [1]
    assert sorted(held(desk)) == expected
    assert held(desk, "S.V") == expected[:2]
    apply(desk, "S.V")
    assert desk.values("SELECT N FROM DB.S.V") == [2]
    assert held(desk) == expected[:2]
    severities = {op.action: op.severity for op in desk.planner.plan(desk.session).plan.held}
    assert severities == {"alter": "takeover", "drop_column": "loss"}


def test_a_task_that_was_suspended_is_not_started_by_declaring_it(desk: Desk) -> None:
    desk.declare(declared(desk))
    apply(desk)
    desk.execute("CREATE TASK DB.S.K SCHEDULE = '5 MINUTES' AS SELECT 1")
    task = "- {kind: task, name: S.K, schedule: 5 MINUTES, definition: SELECT 1}"
    desk.declare(declared(desk, task))
    assert (held(desk), desk.pending()) == (["resume task DB.S.K"], [])
    apply(desk, "K")
    assert (held(desk), desk.pending()) == ([], [])
    assert [row["state"] for row in desk.query("SHOW TASKS IN SCHEMA DB.S")] == ["started"]


def test_a_saved_plan_holds_what_was_confirmed(desk: Desk) -> None:
    desk.declare(declared(desk))
    apply(desk)
    desk.execute("CREATE VIEW DB.S.V AS SELECT 1 AS N")
    desk.declare(declared(desk, "- {kind: view, name: S.V, query: SELECT 2 AS N}"))
    planner = desk.planner
    planner.take_over = ("V",)
    document = planner.plan(desk.session).to_plain()
    saved = Plan.from_plain(document)
    sql = {op["id"]: tuple(op["sql"]) for op in document["operations"]}
    later = desk.planner
    later.taken = frozenset(op.id for op in saved.operations)
    assert approve_saved(saved, sql, later.plan(desk.session)).plan.operations == saved.operations
    unconfirmed = Plan.from_plain(desk.planner.plan(desk.session).to_plain())
    assert [op.severity for op in unconfirmed.held] == ["takeover"]
    assert not unconfirmed.operations


def test_a_word_that_names_nothing_is_a_mistake(desk: Desk) -> None:
    desk.declare(declared(desk))
    with pytest.raises(MistakeError, match="--take-over NOTHING: no such object"):
        held(desk, "NOTHING")


def second(desk: Desk, folder: Path, *, settings: str = "", database: str = "") -> Planner:
    """Another stack of the same project in the same account."""
    text = f"connection: local\ndatabase: {database or desk.name + '_DEV'}\naccount_admin: true\n"
    (folder / "stacks" / "dev.yaml").write_text(text + settings)
    project = Project(desk.name.lower(), folder, folder / ".hushflake")
    return Planner(project, load_stack(project, "dev"))


def deploy(planner: Planner, desk: Desk) -> Report:
    deployer = Deployer(planner, desk.session, jobs=2)
    return deployer.carry_out(planner.plan(desk.session), planner.plan, lambda _: None)


def test_two_stacks_side_by_side(desk: Desk) -> None:
    role, warehouse = f"R_{desk.name}", f"W_{desk.name}"
    objects = lines(
        "- {kind: schema, name: S}",
        f"- {{kind: role, name: {role}}}",
        f"- {{kind: warehouse, name: {warehouse}, size: XSMALL}}",
        f"- {{kind: grant, to: {role}, privileges: [USAGE], on: {{schema: S}}}}",
        f"- {{kind: grant, to: {role}, privileges: [USAGE], on: {{warehouse: {warehouse}}}}}",
    )
    desk.deploy(objects)
    # The names of the account are the same: nothing is done before that is settled.
    with pytest.raises(RefusedError, match=r"another stack of this project made role .*prefix"):
        second(desk, desk.folder).plan(desk.session)
    prefixed = "account_prefix: DEV_\n"
    same = second(desk, desk.folder, settings=prefixed, database=desk.name)
    with pytest.raises(RefusedError, match="give each stack a `database` of its own"):
        same.plan(desk.session)
    dev = second(desk, desk.folder, settings="account_prefix: DEV_\n")
    assert deploy(dev, desk).run.complete
    for planner in (dev, desk.planner):
        assert not planner.plan(desk.session).plan.operations
    # Destroying one leaves the other alone.
    dropped = dev.destroy_plan(desk.session)
    names = {op.name for op in dropped.plan.operations if op.kind in ("role", "warehouse")}
    assert names == {f"DEV_{role}", f"DEV_{warehouse}"}
    report = Deployer(dev, desk.session, jobs=2).carry_out(
        dropped, dev.destroy_plan, lambda _: None, "destroy"
    )
    assert report.run.complete
    assert desk.pending() == []


def test_what_two_stacks_share_is_neither_dropped_nor_changed_from_one(desk: Desk) -> None:
    role, warehouse = f"R_{desk.name}", f"W_{desk.name}"
    objects = lines(
        "- {kind: schema, name: S}",
        f"- {{kind: role, name: {role}}}",
        f"- {{kind: warehouse, name: {warehouse}, size: XSMALL}}",
        f"- {{kind: grant, to: {role}, privileges: [USAGE], on: {{schema: S}}}}",
    )
    desk.declare(objects)
    marker = desk.folder / "hushflake.yaml"
    shared = f"shared: [role {role}, warehouse {warehouse}]\n"
    marker.write_text(marker.read_text() + shared)
    assert apply(desk).run.complete
    larger = f"overrides: {{{warehouse}: {{size: LARGE}}}}\n"
    dev = second(desk, desk.folder, settings="account_prefix: DEV_\n" + larger)
    planned = dev.plan(desk.session)
    assert [op.id for op in planned.plan.held] == [f"alter warehouse {warehouse}"]
    assert not [op.id for op in planned.plan.operations if op.action in ("drop", "revoke")]
    assert deploy(dev, desk).run.complete
    # The grants of each are no drift to the other.
    for planner in (desk.planner, dev):
        assert not planner.plan(desk.session).plan.operations
        assert not planner.drift(desk.session).plan.operations
    # The first stack made the role, and the second uses it: destroying the first keeps it.
    plan = desk.planner.destroy_plan(desk.session).plan
    kinds = {op.kind for op in plan.operations}
    assert "role" not in kinds
    assert "warehouse" not in kinds
    assert f"role {role} stays: stack dev uses it" in plan.notes
