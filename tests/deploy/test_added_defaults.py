"""Defaults of columns that are added to a table that is there."""

import pytest
from desk import Desk, lines

from hushflake.deploy.errors import StatementError

SCHEMA = "- {kind: schema, name: S}"


def table(*columns: str) -> str:
    listed = ", ".join(("{name: ID, type: string(10)}", *columns))
    return lines(SCHEMA, f"- {{kind: table, name: S.T, columns: [{listed}]}}")


def test_an_existing_table_gets_columns_with_any_default(desk: Desk) -> None:
    desk.deploy(table())
    desk.execute("INSERT INTO DB.S.T VALUES ('1')")
    report = desk.deploy(
        table(
            "{name: N, type: int, nullable: false, default: '7'}",
            "{name: AT, type: timestamp_ltz, nullable: false, default: CURRENT_TIMESTAMP()}",
            "{name: D, type: date, default: \"'2024-01-01'\"}",
        )
    )
    assert report.run.complete
    rows = desk.query("SELECT N, AT IS NULL AS WITHOUT, D FROM DB.S.T")
    assert [(row["N"], row["WITHOUT"], str(row["D"])) for row in rows] == [(7, False, "2024-01-01")]
    notes = desk.plan().plan.notes
    assert any("S.T.AT has the default NULL, not CURRENT_TIMESTAMP()" in note for note in notes)
    # Writers that do not know the column go on.
    desk.execute("INSERT INTO DB.S.T (ID) VALUES ('2')")
    # A table that is created with them has them.
    desk.execute("DROP TABLE DB.S.T")


def test_a_default_changes_to_an_expression_nowhere(desk: Desk) -> None:
    desk.deploy(table("{name: N, type: string, default: \"'a'\"}"))
    desk.deploy(table("{name: N, type: string, default: UPPER('b')}"))
    assert any("has the default 'a', not UPPER('b')" in n for n in desk.plan().plan.notes)
    desk.deploy(table("{name: N, type: string, default: \"'c'\"}"))
    desk.execute("INSERT INTO DB.S.T (ID) VALUES ('1')")
    assert desk.values("SELECT N FROM DB.S.T") == ["c"]


def test_a_default_that_alter_table_set_goes_with_its_column(desk: Desk) -> None:
    desk.deploy(table())
    desk.deploy(table("{name: N, type: int, default: '7'}"))
    desk.execute("INSERT INTO DB.S.T (ID) VALUES ('1')")
    desk.declare(table("{name: N, type: int}"))
    report = desk.apply()
    (outcome,) = report.run.outcomes.values()
    assert outcome.status == "failed"
    assert "cannot be dropped" in (outcome.message or "")
    assert 'write default: "NULL"' in desk.plan().plan.operations[0].reason
    desk.deploy(table("{name: N, type: int, default: 'NULL'}"))
    desk.execute("INSERT INTO DB.S.T (ID) VALUES ('2')")
    assert desk.values("SELECT N FROM DB.S.T ORDER BY ID") == [7, None]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ADD COLUMN A TIMESTAMP_NTZ DEFAULT CURRENT_TIMESTAMP()", "Invalid column default"),
        ("ADD COLUMN A VARCHAR DEFAULT 12345::VARCHAR", "Invalid column default expression"),
        ("ADD COLUMN A DATE DEFAULT '20230101'", "expecting DATE but got VARCHAR"),
        ("ALTER COLUMN L DROP DEFAULT", "cannot be dropped"),
    ],
)
def test_the_local_stack_refuses_what_snowflake_does(
    desk: Desk, statement: str, message: str
) -> None:
    desk.deploy(table())
    desk.execute("ALTER TABLE DB.S.T ADD COLUMN L NUMBER(38, 0) DEFAULT 3")
    with pytest.raises(StatementError, match=message):
        desk.execute(f"ALTER TABLE DB.S.T {statement}")
