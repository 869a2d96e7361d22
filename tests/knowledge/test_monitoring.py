"""The shipped monitoring views tell what happened on a loaded stack."""

from hushflake.knowledge.base import Base
from hushflake.knowledge.search import Search
from hushflake.schema.chunks import cut_task, with_chunks


def rows(base: Base, view: str) -> list[dict[str, object]]:
    found = base.session.query(f"SELECT * FROM {base.stack.database}.MONITORING.{view}")
    return [dict(row) for row in found]


def test_coverage_falls_with_a_row_that_waits(base: Base) -> None:
    before = {row["ENTITY"]: row for row in rows(base, "EMBEDDING_COVERAGE")}
    assert set(before) == {entity.name for entity in with_chunks(base.entities.values())}
    assert {float(str(row["COVERAGE_PERCENT"])) for row in before.values()} == {100.0}
    table = base.entities["EMPLOYEES"].table
    base.session.execute(f"UPDATE {table} SET CONTENT_HASH = NULL WHERE EMPLOYEE_ID = 'EMP-003'")
    (after,) = (r for r in rows(base, "EMBEDDING_COVERAGE") if r["ENTITY"] == "EMPLOYEES")
    assert after["MISSING_ROWS"] == 1
    assert after["WAITING_SINCE"] is not None
    assert float(str(after["COVERAGE_PERCENT"])) < 100


def test_a_search_is_counted_with_its_latency(base: Base) -> None:
    def searches() -> int:
        return sum(int(str(row["SEARCHES"])) for row in rows(base, "SEARCH_LATENCY"))

    base.session.execute("USE WAREHOUSE ANALYTICS_WH")
    before = searches()
    Search(base).ask("who watches the competition in student housing")
    assert searches() == before + 2  # it finds, then reads
    (used,) = (r for r in rows(base, "WAREHOUSE_USE") if r["WAREHOUSE_NAME"] == "ANALYTICS_WH")
    assert int(str(used["QUERIES"])) >= 2


def test_every_entity_has_a_task_that_succeeded(base: Base) -> None:
    done = {row["TASK_NAME"] for row in rows(base, "TASK_HISTORY") if row["STATE"] == "SUCCEEDED"}
    every = list(with_chunks(base.entities.values()))
    cut = {cut_task(entity.parent).last.text for entity in every if entity.parent is not None}
    assert done == cut | {f"{entity.name}_EMBED_TASK" for entity in every}
    assert len(cut) == 2
