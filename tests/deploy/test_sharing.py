"""Objects of Terraform in the same account: referred to, granted on, and left alone."""

from desk import Desk

OBJECTS = """
- {kind: schema, name: DB.S}
- {kind: role, name: OWN_DB_READER}
- {kind: table, name: DB.S.T, columns: [{name: ID, type: int}]}
- {kind: task, name: DB.S.K, warehouse: TF_DB_WH, schedule: 60 MINUTES, definition: SELECT 1}
- {kind: grant, to: TF_DB_ANALYST, privileges: [SELECT], on: {table: DB.S.T}}
- {kind: grant, to: TF_DB_ANALYST, role: OWN_DB_READER}
"""
# As the provider of Terraform writes them.
TERRAFORM = (
    'CREATE ROLE "TF_{name}_ANALYST" COMMENT = $$made by Terraform$$',
    "CREATE WAREHOUSE TF_{name}_WH WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60",
    'GRANT USAGE ON WAREHOUSE "TF_{name}_WH" TO ROLE "TF_{name}_ANALYST"',
    'GRANT ROLE "TF_{name}_ANALYST" TO ROLE "SYSADMIN"',
)
CLEARED = (
    'DROP ROLE IF EXISTS "TF_{name}_ANALYST"',
    'DROP WAREHOUSE IF EXISTS "TF_{name}_WH"',
    'DROP ROLE IF EXISTS "OWN_{name}_READER"',
)


def test_each_looks_after_its_own(desk: Desk) -> None:
    name = desk.name
    desk.declare(OBJECTS.replace("_DB_", f"_{name}_"))
    marker = desk.folder / "hushflake.yaml"
    external = f"external: [role TF_{name}_ANALYST, warehouse TF_{name}_WH]\n"
    marker.write_text(marker.read_text() + external)
    for sql in TERRAFORM:
        desk.session.execute(sql.format(name=name))
    assert desk.apply().run.complete
    assert desk.pending() == []
    # Terraform changes what is its own, and grants more to its role.
    desk.session.execute(f'ALTER WAREHOUSE "TF_{name}_WH" SET AUTO_SUSPEND = 120')
    desk.session.execute(f'CREATE ROLE "TF_{name}_MORE"')
    desk.session.execute(f'GRANT ROLE "TF_{name}_MORE" TO ROLE "TF_{name}_ANALYST"')
    desk.session.execute(f'GRANT MONITOR ON WAREHOUSE "TF_{name}_WH" TO ROLE "TF_{name}_ANALYST"')
    assert desk.pending() == []
    # What leaves the project takes along what the project gave, and nothing of Terraform's.
    desk.declare("- {kind: schema, name: DB.S}\n")
    marker.write_text(marker.read_text() + external)
    sql = " ".join(desk.sql())
    assert f"REVOKE ROLE OWN_{name}_READER FROM ROLE TF_{name}_ANALYST" in sql or (
        f"DROP ROLE IF EXISTS OWN_{name}_READER" in sql
    )
    assert f"DROP ROLE IF EXISTS TF_{name}" not in sql
    assert f"TF_{name}_WH" not in sql
    assert f"TF_{name}_MORE" not in sql
    for statement in (*CLEARED, 'DROP ROLE IF EXISTS "TF_{name}_MORE"'):
        desk.session.execute(statement.format(name=name))
