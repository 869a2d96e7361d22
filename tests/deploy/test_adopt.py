"""A database that exists becomes a project: definitions, an empty plan, and nothing changed."""

import shutil
from pathlib import Path

import pytest
import yaml
from desk import STACK, Desk
from workplace import Workplace

from hushflake.deploy.adoptable import Chosen
from hushflake.deploy.adopting import Adoption, adopt, as_found, write
from hushflake.deploy.deployment import Deployer
from hushflake.schema.importer import import_sql

# As dbt-snowflake writes them: transient tables by CTAS, views with a list of columns, dynamic
# tables; and what people add.
DBT = """
CREATE SCHEMA IF NOT EXISTS {db}.ANALYTICS;
CREATE OR REPLACE TRANSIENT TABLE {db}.ANALYTICS.RAW_ORDERS
    (ID NUMBER(38,0), CUSTOMER VARCHAR(16777216), AMOUNT NUMBER(12,2));
CREATE OR REPLACE VIEW {db}.ANALYTICS.STG_ORDERS AS (
    with source as (select * from {db}.ANALYTICS.RAW_ORDERS),
    renamed as (select id as order_id, customer as customer_name, amount from source)
    select * from renamed
);
CREATE OR REPLACE TRANSIENT TABLE {db}.ANALYTICS.ORDERS AS
    (select order_id, customer_name, amount * 1.2 as gross from {db}.ANALYTICS.STG_ORDERS);
CREATE OR REPLACE VIEW {db}.ANALYTICS.BIG_ORDERS (
    "ORDER_ID" COMMENT $$Number of the order$$, "GROSS"
) COMMENT = 'Above 100' AS (select order_id, gross from {db}.ANALYTICS.ORDERS where gross > 100);
CREATE ROLE IF NOT EXISTS REPORTER_{db};
GRANT USAGE ON DATABASE {db} TO ROLE REPORTER_{db};
GRANT USAGE ON SCHEMA {db}.ANALYTICS TO ROLE REPORTER_{db};
GRANT SELECT ON ALL VIEWS IN SCHEMA {db}.ANALYTICS TO ROLE REPORTER_{db} WITH GRANT OPTION;
"""
SCRIPT = """
USE DATABASE {db};
CREATE SCHEMA RAW COMMENT = 'As it came';
USE SCHEMA RAW;
CREATE SEQUENCE IDS START 5;
CREATE FILE FORMAT CSV TYPE = CSV SKIP_HEADER = 1;
CREATE STAGE FILES DIRECTORY = (ENABLE = TRUE) COMMENT = 'Files';
CREATE TABLE EVENTS (
    ID NUMBER(38,0) NOT NULL, AT TIMESTAMP_NTZ(9), "Mixed" VARCHAR(10) DEFAULT 'x', PRIMARY KEY (ID)
) CLUSTER BY (ID);
CREATE TABLE KINDS (
    KIND VARCHAR(10) PRIMARY KEY, EVENT NUMBER(38,0) REFERENCES EVENTS (ID)
) CHANGE_TRACKING = TRUE;
CREATE STREAM NEW_KINDS ON TABLE KINDS APPEND_ONLY = TRUE;
CREATE TASK SWEEP SCHEDULE = '60 MINUTES' AS DELETE FROM {db}.RAW.EVENTS WHERE ID < 0;
CREATE FUNCTION DOUBLED(A NUMBER) RETURNS NUMBER AS 'a * 2';
CREATE MASKING POLICY HIDDEN AS (V VARCHAR) RETURNS VARCHAR -> '*';
CREATE TAG AREA ALLOWED_VALUES 'a', 'b';
"""


def emptied(desk: Desk) -> None:
    """A project of that name without a definition, and an account without a record of it."""
    for name in ("objects", "entities", "evaluation"):
        shutil.rmtree(desk.folder / name, ignore_errors=True)
    desk.declare("[]\n")
    (desk.folder / "stacks" / "local.yaml").write_text(STACK.format(name=desk.name))


def adopted(desk: Desk, chosen: Chosen | None = None) -> Adoption:
    """Adopt, write and record; the plan must be empty."""
    found = adopt(desk.planner, desk.session, chosen or Chosen(), lambda _: True)
    write(found, desk.planner.project)
    planner = desk.planner
    deployer = Deployer(planner, desk.session)
    planned = as_found(planner, desk.session)
    deployer.carry_out(planned, lambda session: as_found(planner, session), lambda _: None, "adopt")
    assert desk.pending() == []
    assert not desk.plan().plan.held
    return found


def run(desk: Desk, script: str) -> None:
    desk.execute(f"CREATE DATABASE {desk.name}")
    for statement in script.format(db=desk.name).split(";\n"):
        if statement.strip():
            desk.execute(statement)


def test_a_database_made_by_dbt_is_adopted_and_stays_as_it_is(desk: Desk) -> None:
    run(desk, DBT)
    emptied(desk)
    found = adopted(desk)
    assert not found.left
    names = {str(key).replace(desk.name, "DB") for key in found.definitions}
    assert {
        "table DB.ANALYTICS.ORDERS",
        "view DB.ANALYTICS.BIG_ORDERS",
        "role REPORTER_DB",
        "grant ROLE REPORTER_DB ON VIEW DB.ANALYTICS.STG_ORDERS",
    } <= names
    assert not [name for name in names if "JOURNAL" in name]
    # They were found: to declare them no more, or to destroy, drops nothing.
    destroyed = desk.planner.destroy_plan(desk.session).plan.operations
    assert not [op for op in destroyed if op.kind not in ("database", "schema")]
    shutil.rmtree(desk.folder / "objects" / "adopted")
    assert desk.pending() == []
    desk.execute(f"DROP ROLE REPORTER_{desk.name}")


def test_a_script_is_adopted_and_says_the_same_as_its_import(desk: Desk) -> None:
    run(desk, SCRIPT)
    emptied(desk)
    found = adopted(desk)
    assert not found.left
    imported = yaml.safe_load(import_sql(SCRIPT.format(db=desk.name), desk.name).yaml)
    declared = {(d["kind"], d["name"]) for d in imported if "name" in d}
    made = [d for definitions in found.definitions.values() for d in definitions]
    assert declared <= {(d["kind"], d["name"]) for d in made if "name" in d}
    # A change of one of them is a change like any other.
    path = desk.folder / "objects" / "adopted" / "raw.yaml"
    path.write_text(path.read_text().replace("comment: Files", "comment: Theirs"))
    assert desk.pending() == ["alter stage DB.RAW.FILES"]


def test_a_part_is_adopted_and_the_rest_later(desk: Desk) -> None:
    run(desk, SCRIPT)
    emptied(desk)
    first = adopted(desk, Chosen(("RAW",), "EV%"))
    assert {key.kind for key in first.definitions} == {"schema", "table"}
    rest = adopted(desk)
    assert not set(first.definitions) & set(rest.definitions)
    assert any(key.name.endswith(".KINDS") for key in rest.definitions)


def test_what_cannot_be_expressed_is_left_with_its_reason(desk: Desk) -> None:
    run(desk, SCRIPT)
    # A definition takes no dollars in a body.
    desk.execute("CREATE FUNCTION DB.RAW.ODD() RETURNS VARCHAR AS '''a$$b'''")
    emptied(desk)
    found = adopted(desk)
    (reason,) = found.left.values()
    assert "holds $$" in reason
    assert not any(key.name.endswith(".ODD()") for key in found.definitions)


@pytest.mark.slow
def test_the_shipped_project_is_adopted_whole(foundation: Workplace) -> None:
    foundation.run("apply", "--yes")
    assert foundation.run("sql", "DELETE FROM HUSHFLAKE.JOURNAL.DEPLOYMENTS").code == 0
    for name in ("objects", "entities", "evaluation"):
        shutil.rmtree(foundation.folder / name)
    for path in (foundation.folder / "stacks").iterdir():
        path.unlink()
    foundation.write(
        {
            "hushflake.yaml": "project: found\n",
            "stacks/local.yaml": STACK.format(name="HUSHFLAKE_LOCAL"),
        }
    )
    found = foundation.run("adopt", "--yes")
    assert "not expressed" not in found.out
    assert "The plan is empty." in found.out
    entities = sorted(path.stem for path in (foundation.folder / "entities").iterdir())
    assert len(entities) == 8
    customers = yaml.safe_load((foundation.folder / "entities" / "customers.yaml").read_text())[0]
    assert customers["embedding"]["model"] == "e5-base-v2"
    assert customers["search"]["warehouse"] == "ETL_WH"
    assert foundation.operations() == []


def test_the_command_refuses_the_shipped_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Workplace(tmp_path, capsys).hushflake("adopt", code=2)
    assert "schema init" in found.err
