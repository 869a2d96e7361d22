"""A part of a plan: what it takes away for a moment it also puts back."""

from desk import Desk, lines

from hushflake.deploy.deployment import Deployer


def apply_part(desk: Desk, *targets: str) -> list[str]:
    """Apply what is meant by `targets`; return what is pending afterwards."""
    planner = desk.planner
    planned = planner.plan(desk.session).select(targets, ())
    report = Deployer(planner, desk.session, jobs=4).carry_out(
        planned, lambda session: planner.plan(session).select(targets, ()), lambda _: None
    )
    assert report.run.complete, report.run
    return desk.pending()


def orders(key: str, note: str = "string(9)") -> str:
    return lines(
        "- {kind: schema, name: S}",
        "- kind: table",
        "  name: S.P",
        f"  columns: [{{name: ID, type: {key}}}, {{name: NOTE, type: {note}}}]",
        "  primary_key: [ID]",
        f"- {{kind: table, name: S.C, columns: [{{name: PID, type: {key}}}]}}",
        "- {kind: foreign_key, table: S.C, columns: [PID], to: S.P}",
    )


def test_a_foreign_key_that_stands_in_the_way_is_put_back(desk: Desk) -> None:
    desk.deploy(orders("'number(9,0)'"))
    desk.declare(orders("'number(12,2)'"))
    assert apply_part(desk, "table P") == []  # the key needs both of its tables
    assert len(desk.query("SHOW IMPORTED KEYS IN DATABASE DB".replace("DB", desk.name))) == 1


def test_a_foreign_key_that_does_not_stand_in_the_way_is_left_alone(desk: Desk) -> None:
    desk.deploy(orders("int"))
    desk.declare(orders("int", "string(4)"))
    assert desk.pending() == ["migrate_column table DB.S.P column NOTE"]


def test_grants_that_go_with_a_replaced_object_are_given_again(desk: Desk) -> None:
    role = f"{desk.name}_READER"
    stream = lines(
        "- {kind: schema, name: S}",
        "- {kind: table, name: S.T, columns: [{name: A, type: int}], change_tracking: true}",
        "- {kind: stream, name: S.CHANGED, on: {table: S.T}}",
        f"- {{kind: role, name: {role}}}",
        f"- {{kind: grant, to: {role}, privileges: [SELECT], on: {{stream: S.CHANGED}}}}",
    )
    desk.deploy(stream)
    desk.declare(stream.replace("{table: S.T}}", "{table: S.T}, append_only: true}"))
    assert len(desk.pending()) == 2
    assert apply_part(desk, "stream CHANGED") == []
    desk.execute(f"DROP ROLE {role}")


def test_a_policy_goes_after_its_last_use(desk: Desk) -> None:
    """Snowflake refuses to drop one that is on a column."""
    policy = lines(
        "- {kind: schema, name: S}",
        "- {kind: masking_policy, name: S.HIDE, arguments: [{name: V, type: string}], "
        "returns: string, body: \"'***'\"}",
    )
    table = "- {kind: table, name: S.T, columns: [{name: A, type: string(9)}]%s}\n"
    masked = table.replace("%s", ", masking: [{column: A, policy: S.HIDE}]")
    desk.deploy(policy + masked)
    desk.declare("- {kind: schema, name: S}\n" + table.replace("%s", ""))
    unset, drop = desk.plan().plan.operations
    assert (unset.action, drop.action) == ("unset_masking", "drop")
    assert drop.depends_on == (unset.id,)
    desk.deploy("- {kind: schema, name: S}\n" + table.replace("%s", ""))
