"""What a deployment needs is said before its first statement, and is enough when it is given."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, lines

from hushflake.deploy.deployment import Deployer
from hushflake.deploy.errors import RefusedError
from hushflake.deploy.needs import Need, Privilege, needs_of
from hushflake.deploy.planning import Planned
from hushflake.deploy.preflight import Held, check, read_held
from hushflake.deploy.readiness import bootstrap_script, checks
from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle

OBJECTS = lines(
    "- {kind: schema, name: S}",
    "- {kind: role, name: READER}",
    "- {kind: warehouse, name: ETL_WH, size: XSMALL}",
    "- {kind: table, name: S.T, columns: [{name: ID, type: string(10)}]}",
    "- {kind: view, name: S.V, query: SELECT ID FROM S.T}",
    "- {kind: masking_policy, name: S.M, arguments: [{name: V, type: string}], returns: string, "
    "body: V}",
    "- {kind: tag, name: S.G, masking_policies: [S.M]}",
    "- {kind: task, name: S.K, schedule: 5 MINUTES, definition: SELECT 1}",
    "- {kind: task, name: S.K2, warehouse: ETL_WH, schedule: 5 MINUTES, definition: SELECT 1}",
    "- {kind: grant, to: READER, privileges: [SELECT], on: {table: S.T}}",
    "- {kind: grant, to: READER, privileges: [SELECT], on: {future: tables, in: S}}",
    "- {kind: grant, to: SYSADMIN, role: READER}",
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lifecycle.Endpoint]:
    folder = tmp_path_factory.mktemp("account")
    yield lifecycle.ensure_running(folder, "local")
    lifecycle.stop(folder, "local")


def signed_in(account: lifecycle.Endpoint, role: str) -> Session:
    return Session({**account.connect_arguments(), "role": role})


def needs(planned: Planned) -> list[Need]:
    return needs_of(planned.plan, planned.desired.resources, planned.actual.resources)


def test_a_role_with_what_the_doctor_names_deploys_and_nothing_less(
    account: lifecycle.Endpoint, tmp_path: Path
) -> None:
    with signed_in(account, "ACCOUNTADMIN") as admin:
        admin.execute("CREATE ROLE DEPLOYER")
        admin.execute("GRANT ROLE DEPLOYER TO USER LOCAL_USER")
        with signed_in(account, "DEPLOYER") as session:
            desk = Desk("PRE", tmp_path, session)
            desk.declare(OBJECTS)
            planned = desk.plan()
            with pytest.raises(RefusedError) as refused:
                check(session, needs(planned))
            text = str(refused.value)
            assert "the role DEPLOYER lacks what this plan needs; nothing was done" in text
            for privilege in ("CREATE ROLE", "EXECUTE MANAGED TASK", "MANAGE GRANTS"):
                assert f"GRANT {privilege} ON ACCOUNT TO ROLE DEPLOYER;" in text
            assert not admin.query("SHOW DATABASES LIKE 'PRE'")

            found = list(
                checks(
                    desk.planner.stack,
                    needs(planned),
                    planned.desired,
                    "DEPLOYER",
                    session,
                    read_held(session),
                )
            )
            remedies = [item.remedy for item in found if item.state == "missing"]
            assert len(remedies) >= 6, found
            # One grant less than all is refused for exactly that; with all of them it deploys.
            for remedy in remedies[1:]:
                admin.execute(remedy.rstrip(";"))
            with pytest.raises(RefusedError) as refused:
                check(session, needs(planned))
            assert remedies[0] in str(refused.value)
            assert remedies[1] not in str(refused.value)
            admin.execute(remedies[0].rstrip(";"))
            check(session, needs(planned))
            planner = desk.planner
            deployer = Deployer(planner, session, jobs=2)
            report = deployer.carry_out(planned, planner.plan, lambda _: None)
            failed = {k: o.message for k, o in report.run.outcomes.items() if o.status != "done"}
            assert not failed
            assert desk.pending() == []


def test_an_object_of_another_role_is_asked_for(
    account: lifecycle.Endpoint, tmp_path: Path
) -> None:
    with signed_in(account, "ACCOUNTADMIN") as admin:
        for sql in (
            "CREATE ROLE SECOND",
            "GRANT ROLE SECOND TO USER LOCAL_USER",
            "CREATE DATABASE OWNED",
            "CREATE SCHEMA OWNED.S",
            "CREATE TABLE OWNED.S.T (ID VARCHAR(10))",
            "GRANT USAGE ON DATABASE OWNED TO ROLE SECOND",
            "GRANT USAGE ON SCHEMA OWNED.S TO ROLE SECOND",
            "GRANT SELECT ON TABLE OWNED.S.T TO ROLE SECOND",
        ):
            admin.execute(sql)
        with signed_in(account, "SECOND") as session:
            desk = Desk("OWNED", tmp_path, session)
            column = "{name: ID, type: string(10)}"
            desk.declare(
                lines(
                    "- {kind: schema, name: S}",
                    f"- {{kind: table, name: S.T, columns: [{column}, {{name: N, type: int}}]}}",
                    "- {kind: sequence, name: S.Q}",
                )
            )
            planned = desk.plan()
            with pytest.raises(RefusedError) as refused:
                check(session, needs(planned))
            text = str(refused.value)
            assert "OWNERSHIP ON TABLE OWNED.S.T: add_column table OWNED.S.T column N" in text
            assert "CREATE SEQUENCE ON SCHEMA OWNED.S or OWNERSHIP ON SCHEMA OWNED.S" in text
            with pytest.raises(RefusedError):
                check(session, needs(planned))
        # The owner needs nothing of this.
        desk = Desk("OWNED", tmp_path, admin)
        check(admin, needs(desk.plan()))


def test_a_role_from_the_bootstrap_script_deploys(
    account: lifecycle.Endpoint, tmp_path: Path
) -> None:
    with signed_in(account, "ACCOUNTADMIN") as admin:
        desk = Desk("BOOT", tmp_path, admin)
        desk.declare(OBJECTS.replace("READER", "READER2").replace("ETL_WH", "ETL2_WH"))
        script = bootstrap_script(desk.planner.desired(), "BOOTED")
        for statement in filter(str.strip, script.split(";\n")):
            admin.execute(statement)
        admin.execute("GRANT ROLE BOOTED TO USER LOCAL_USER")
    # The journal of the other deployments belongs to their role.
    stack = tmp_path / "stacks" / "local.yaml"
    own = "journal_schema: BOOT_JOURNAL.J\ndeploy_warehouse: BOOT_JOURNAL_WH\n"
    stack.write_text(stack.read_text() + own)
    with signed_in(account, "BOOTED") as session:
        desk = Desk("BOOT", tmp_path, session)
        planned = desk.plan()
        check(session, needs(planned))
        assert desk.apply().run.complete
        assert desk.pending() == []
        assert desk.values("SELECT CURRENT_ROLE()") == ["BOOTED"]


def test_what_cannot_be_read_is_not_said_to_be_missing() -> None:
    need = Need((Privilege("CREATE ROLE"),), ("create role R",))
    assert Held("X", {"X"}).missing([need]) == [need]
    assert Held("X", {"X"}, complete=False).missing([need]) == []
    assert Held("X", {"X", "ACCOUNTADMIN"}).missing([need]) == []
    own = Need((Privilege("OWNERSHIP", "table", "D.S.T"),), ("alter table D.S.T",))
    assert Held("ACCOUNTADMIN", {"ACCOUNTADMIN"}).missing([own]) == [own]


def test_the_doctor_offline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from hushflake.cli.main import main

    assert main(["doctor", "--offline", "--project", "foundation", "--stack", "dev"]) == 0
    shown = capsys.readouterr().out
    assert "GRANT EXECUTE MANAGED TASK ON ACCOUNT TO ROLE HUSHFLAKE_DEPLOYER;" in shown
    command = ["doctor", "--offline", "--project", "foundation", "--stack", "prod"]
    assert main([*command, "--role", "ops", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.doctor/1"
    assert (document["role"], document["missing"]) == ("OPS", 0)
    assert {"role ACCOUNTADMIN", "CREATE WAREHOUSE ON ACCOUNT"} <= {
        item["name"] for item in document["checks"]
    }
