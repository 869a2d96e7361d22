"""Recent changes: rows that were written, and rows that were deleted."""

from datetime import UTC, datetime, timedelta

from hushflake.knowledge.base import Base
from hushflake.knowledge.reading import Gone, changes_since


def test_deleted_rows_are_reported_as_far_back_as_changes_are_kept(empty_base: Base) -> None:
    table = empty_base.entity("EMPLOYEES").table
    insert = f"INSERT INTO {table} (EMPLOYEE_ID, FULL_NAME, UPDATED_AT) SELECT ?, ?, SYSDATE()"
    for key, name in (("EMP-1", "Ann"), ("EMP-2", "Bea"), ("EMP-3", "Cid")):
        empty_base.session.execute(insert, (key, name))
    rows = empty_base.session.query("SELECT CURRENT_TIMESTAMP() AS T")
    moment = rows[0]["T"]
    empty_base.session.execute(f"UPDATE {table} SET FULL_NAME = 'Eve' WHERE EMPLOYEE_ID = 'EMP-1'")
    empty_base.session.execute(f"DELETE FROM {table} WHERE EMPLOYEE_ID <> 'EMP-1'")
    empty_base.session.execute(insert, ("EMP-4", "came and went"))
    empty_base.session.execute(f"DELETE FROM {table} WHERE EMPLOYEE_ID = 'EMP-4'")
    found = changes_since(empty_base, moment, ["EMPLOYEES"])
    assert found.deleted == (
        Gone("EMPLOYEES", "EMP-2", "Bea"),
        Gone("EMPLOYEES", "EMP-3", "Cid"),
    )
    assert found.unknown == ()
    assert len(changes_since(empty_base, moment, ["EMPLOYEES"], limit=1).deleted) == 1
    later = changes_since(empty_base, datetime.now(UTC), ["EMPLOYEES"])
    assert (later.deleted, later.unknown) == ((), ())
    # Before the table was made nothing is known; it is said, not hidden.
    early = changes_since(empty_base, moment - timedelta(days=400), ["EMPLOYEES", "CUSTOMERS"])
    assert (early.deleted, sorted(early.unknown)) == ((), ["CUSTOMERS", "EMPLOYEES"])
    empty_base.session.execute(f"DELETE FROM {table}")


def test_rows_of_writers_that_do_not_know_the_time_are_seen(empty_base: Base) -> None:
    table = empty_base.entity("CUSTOMERS").table
    session = empty_base.session
    session.execute(f"ALTER TABLE {table} ALTER COLUMN UPDATED_AT DROP NOT NULL")
    insert = f"INSERT INTO {table} (CUSTOMER_ID, NAME, UPDATED_AT) SELECT ?, ?, "
    session.execute(f"{insert} NULL", ("C-1", "before"))
    moment = session.query("SELECT CURRENT_TIMESTAMP() AS T")[0]["T"]
    session.execute(f"{insert} NULL", ("C-2", "without a time"))
    session.execute(f"{insert} SYSDATE()", ("C-3", "with one"))
    found = changes_since(empty_base, moment, ["CUSTOMERS"])
    assert [(row.key, row.updated_at is None) for row in found.rows] == [
        ("C-3", False),
        ("C-2", True),
    ]
    assert [row.key for row in changes_since(empty_base, moment, ["CUSTOMERS"], limit=1).rows] == [
        "C-3"
    ]
    session.execute(f"DELETE FROM {table}")
    session.execute(f"ALTER TABLE {table} ALTER COLUMN UPDATED_AT SET NOT NULL")
