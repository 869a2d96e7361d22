"""Owners that a stack declares: made, compared, kept over a replacement, and left to be dropped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, lines

from hushflake.deploy.deployment import Deployer
from hushflake.deploy.needs import needs_of
from hushflake.deploy.preflight import check
from hushflake.deploy.readiness import bootstrap_script
from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle
from hushflake.schema.errors import DefinitionError

TABLE = "- {kind: table, name: S.T, columns: [{name: ID, type: string(10)}], change_tracking: true}"
OBJECTS = lines(
    "- {kind: schema, name: S}",
    "- {kind: role, name: RUNNER}",
    "- {kind: role, name: SELLER}",
    "- {kind: warehouse, name: RUN_WH, size: XSMALL}",
    TABLE,
    "- {kind: table, name: S.LOG, columns: [{name: ID, type: string(10)}]}",
    "- {kind: stream, name: S.NEW, on: {table: S.T}}",
    "- {kind: view, name: S.V, query: SELECT ID FROM S.T}",
    "- {kind: task, name: S.COPIES, warehouse: RUN_WH, when: SYSTEM$STREAM_HAS_DATA('DB.S.NEW'), "
    "definition: INSERT INTO DB.S.LOG (ID) SELECT ID FROM DB.S.NEW}",
    "- {kind: task, name: S.NEXT, warehouse: RUN_WH, after: [S.COPIES], "
    "definition: INSERT INTO DB.S.LOG (ID) SELECT CURRENT_ROLE()}",
    "- {kind: task, name: S.LAST, warehouse: RUN_WH, finalize: S.COPIES, definition: SELECT 1}",
)
OWNERS = "owners: {deployer: BUILDER, task: RUNNER, view S.V: SELLER}\n"
JOURNAL = "journal_schema: OWN_JOURNAL.J\ndeploy_warehouse: OWN_JOURNAL_WH\n"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lifecycle.Endpoint]:
    folder = tmp_path_factory.mktemp("account")
    yield lifecycle.ensure_running(folder, "local")
    lifecycle.stop(folder, "local")


def declare(desk: Desk, objects: str = OBJECTS, owners: str = OWNERS) -> None:
    desk.declare(objects)
    stack = desk.folder / "stacks" / "local.yaml"
    plain = stack.read_text().replace("account_admin: true", "account_admin: false")
    stack.write_text(plain + owners + JOURNAL)


def apply(desk: Desk) -> None:
    report = desk.apply()
    failed = {k: o.message for k, o in report.run.outcomes.items() if o.status != "done"}
    assert not failed, failed
    assert desk.pending() == [], desk.sql()


def owner(desk: Desk, plural: str, name: str) -> object:
    return desk.query(f"SHOW {plural} LIKE '{name}' IN DATABASE OWN")[0]["owner"]


def test_a_role_with_the_least_privileges_deploys_for_the_owners(
    account: lifecycle.Endpoint, tmp_path: Path
) -> None:
    with Session({**account.connect_arguments(), "role": "ACCOUNTADMIN"}) as admin:
        desk = Desk("OWN", tmp_path, admin)
        declare(desk)
        script = bootstrap_script(desk.planner.desired(), "BUILDER")
        assert "GRANT EXECUTE TASK ON ACCOUNT TO ROLE RUNNER;" in script
        assert "EXECUTE TASK ON ACCOUNT TO ROLE BUILDER" not in script
        for statement in filter(str.strip, script.split(";\n")):
            admin.execute(statement)
        admin.execute("GRANT ROLE BUILDER TO USER LOCAL_USER")
    with Session({**account.connect_arguments(), "role": "BUILDER"}) as session:
        desk = Desk("OWN", tmp_path, session)
        planned = desk.plan()
        check(session, needs_of(planned.plan, planned.desired.resources, planned.actual.resources))
        assert "GRANT OWNERSHIP ON TASK DB.S.NEXT TO ROLE RUNNER COPY CURRENT GRANTS" in desk.sql()
        apply(desk)
        assert owner(desk, "TASKS", "COPIES") == owner(desk, "TASKS", "LAST") == "RUNNER"
        assert (owner(desk, "VIEWS", "V"), owner(desk, "TABLES", "T")) == ("SELLER", "BUILDER")

        # It runs with the rights of its owner, and these are enough.
        desk.execute("INSERT INTO DB.S.T VALUES ('1')", "EXECUTE TASK DB.S.COPIES")
        assert set(desk.values("SELECT ID FROM DB.S.LOG")) == {"1", "RUNNER"}

        # What is replaced goes to its owner again.
        other = "SELECT ID FROM S.T WHERE ID IS NOT NULL"
        declare(desk, OBJECTS.replace("SELECT ID FROM S.T", other))
        assert [op.action for op in desk.plan().plan.operations] == ["replace", "set_owner"]
        apply(desk)
        assert owner(desk, "VIEWS", "V") == "SELLER"

        # Another owner is drift, and the graph is whole afterwards.
        desk.execute(
            "ALTER TASK DB.S.COPIES SUSPEND",
            "GRANT OWNERSHIP ON TASK DB.S.NEXT TO ROLE BUILDER COPY CURRENT GRANTS",
        )
        assert "set_owner task DB.S.NEXT [drift]" in desk.pending()
        apply(desk)
        row = desk.query("SHOW TASKS LIKE 'NEXT' IN DATABASE OWN")[0]
        assert (row["owner"], row["state"]) == ("RUNNER", "started")
        assert "COPIES" in str(row["predecessors"])

        # Declared for an object that was there, and given up again: left as it is.
        declare(desk, owners=OWNERS.replace("view S.V", "default: SELLER, view S.V"))
        assert "set_owner table DB.S.T" in desk.pending()
        apply(desk)
        declare(desk, owners=OWNERS)
        assert desk.pending() == []

        planner = desk.planner
        gone = planner.destroy_plan(session)
        report = Deployer(planner, session, jobs=2).carry_out(
            gone, planner.destroy_plan, lambda _: None, "destroy"
        )
        assert report.run.complete, report.run.outcomes
        assert not session.query("SHOW DATABASES LIKE 'OWN'")
        # The administrator made it, not a deployment.
        assert session.query("SHOW ROLES LIKE 'RUNNER'")


@pytest.mark.parametrize(
    ("owners", "message"),
    [
        ("owners: {task: RUNER}\n", "owners: role RUNER is not declared"),
        ("owners: {grant: RUNNER}\n", "owners: 'grant' owns nothing"),
        ("owners: {view S.W: RUNNER}\n", "owners: view D.S.W is not declared"),
        ("owners: {tsk: RUNNER}\n", "owners: 'tsk' owns nothing"),
    ],
)
def test_mistakes_name_the_word(tmp_path: Path, owners: str, message: str) -> None:
    desk = Desk("D", tmp_path, None)  # type: ignore[arg-type]  # nothing is asked
    declare(desk, owners=owners)
    with pytest.raises(DefinitionError) as raised:
        desk.planner.desired()
    assert message in str(raised.value)
