"""The example of the documentation, on a local stack: planned, applied, changed, and taken away."""

import re
from pathlib import Path

from desk import Desk

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
EXAMPLE = next(
    text
    for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "acl:" in text
)
READING = "".join(
    f"- {{kind: grant, to: {role}, privileges: [{privileges}], on: {on}}}\n"
    for role in ("SALES", "LEGAL")
    for privileges, on in (
        ("USAGE", '{database: "${database}"}'),
        ("USAGE", "{schema: KB}"),
        ("USAGE", "{warehouse: ETL_WH}"),
        ("SELECT", "{table: KB.MINUTES}"),
        ("SELECT", "{table: KB.CONTRACTS}"),
    )
)
ROWS = [
    """INSERT INTO DB.KB.MINUTES (MINUTES_ID, READERS)
    SELECT COLUMN1, PARSE_JSON(COLUMN2)::ARRAY FROM VALUES
      ('both', '["SALES", "LEGAL"]'), ('sales', '["SALES"]'), ('none', NULL)""",
    """INSERT INTO DB.KB.CONTRACTS (CONTRACT_ID, REGION, STAGE, PRICE) VALUES
      ('eu', 'EU', 1, 'ten'), ('eu3', 'EU', 3, 'six'), ('asia', 'ASIA', 3, 'two')""",
]


def seen(desk: Desk, role: str) -> tuple[list[object], list[object]]:
    with desk.session.fork() as session:
        session.use_role(role)
        session.use_warehouse("ETL_WH")
        own = Desk(desk.name, desk.folder, session)
        return (
            own.values("SELECT MINUTES_ID FROM DB.KB.MINUTES ORDER BY 1"),
            own.values("SELECT CONTRACT_ID || ' ' || PRICE FROM DB.KB.CONTRACTS ORDER BY 1"),
        )


def test_the_example_is_applied_changed_and_taken_away(desk: Desk) -> None:
    desk.deploy(EXAMPLE + READING)
    desk.execute(*ROWS)
    assert seen(desk, "SALES") == (["both", "sales"], ["eu ***", "eu3 ***"])
    assert seen(desk, "LEGAL") == (["both"], ["eu3 six"])
    every = desk.values("SELECT COUNT(*) FROM DB.KB.MINUTES")
    assert every == [3]

    # Another field decides: another policy takes the place of the first one, in one statement.
    changed = EXAMPLE.replace("LEGAL: {region: EU, stage: [3]}", "LEGAL: {region: ASIA}")
    assert changed != EXAMPLE
    desk.declare(changed + READING)
    assert desk.pending() == [
        "create row_access_policy DB.KB.CONTRACTS_ACL_REGION",
        "set_row_access table DB.KB.CONTRACTS",
        "drop row_access_policy DB.KB.CONTRACTS_ACL_REGION_STAGE",
    ]
    exchanged = (
        "ALTER TABLE DB.KB.CONTRACTS DROP ROW ACCESS POLICY DB.KB.CONTRACTS_ACL_REGION_STAGE, "
        "ADD ROW ACCESS POLICY DB.KB.CONTRACTS_ACL_REGION ON (REGION)"
    )
    assert exchanged in [sql.rstrip(";") for sql in desk.sql()]
    desk.deploy(changed + READING)
    assert seen(desk, "LEGAL")[1] == ["asia two"]

    # Without the entities, nothing of them is left.
    desk.deploy(EXAMPLE[: EXAMPLE.index("- entity: MINUTES")])
    for what in ("ROW ACCESS POLICIES", "MASKING POLICIES", "TABLES"):
        assert desk.query(f"SHOW {what} IN SCHEMA DB.KB") == []
