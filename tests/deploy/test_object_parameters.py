"""Parameters that only SHOW PARAMETERS reports: what was set or unset by hand is drift."""

from desk import Desk, lines


def test_parameters_of_databases_schemas_and_warehouses(desk: Desk) -> None:
    warehouse = f"{desk.name}_WH"
    desk.deploy(
        lines(
            f"- {{kind: database, name: {desk.name}, max_data_extension_days: 20}}",
            "- {kind: schema, name: S, max_data_extension_days: 3, default_ddl_collation: utf8}",
            "- {kind: schema, name: PLAIN}",
            f"- {{kind: warehouse, name: {warehouse}, statement_timeout: 60}}",
        )
    )
    assert desk.pending() == []
    desk.execute(
        f"ALTER DATABASE {desk.name} SET MAX_DATA_EXTENSION_TIME_IN_DAYS = 21",
        # What the database says does not count as the schema's own.
        f"ALTER SCHEMA {desk.name}.S UNSET MAX_DATA_EXTENSION_TIME_IN_DAYS",
        f"ALTER SCHEMA {desk.name}.PLAIN SET MAX_DATA_EXTENSION_TIME_IN_DAYS = 5",
        f"ALTER WAREHOUSE {warehouse} SET STATEMENT_TIMEOUT_IN_SECONDS = 61",
    )
    found = desk.plan().plan.operations
    assert {(op.name, op.reason, op.cause) for op in found} == {
        (desk.name, "MAX_DATA_EXTENSION_TIME_IN_DAYS 21 -> 20", "drift"),
        (f"{desk.name}.S", "MAX_DATA_EXTENSION_TIME_IN_DAYS None -> 3", "drift"),
        (warehouse, "STATEMENT_TIMEOUT_IN_SECONDS 61 -> 60", "drift"),
    }
    desk.apply()
    assert desk.pending() == []
    desk.execute(f"DROP WAREHOUSE {warehouse}")
