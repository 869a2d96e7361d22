"""Whole cycles: the real connector against a local stack, the real client against a fake Notion."""

from sync_place import Place


def test_rows_become_pages_and_the_second_run_writes_nothing(here: Place) -> None:
    here.sql("INSERT INTO CORE.TEAMS (TEAM_ID, NAME) VALUES ('t1', 'Blue'), ('t2', 'Red')")
    here.sql(
        "INSERT INTO CORE.ITEMS (ITEM_ID, NAME, AMOUNT, STAGE, TAGS, ACTIVE, DUE, TEAM_ID, "
        "CONTENT, SECRET_COST) SELECT 'i1', 'Chair', 12.50, 'new', ARRAY_CONSTRUCT('b', 'a'), "
        "TRUE, '2026-05-01', 't1', 'Hello\\n', 3"
    )
    report = here.cycle()
    assert not report.failed, report.plain()
    assert {e.entity: dict(e.counts) for e in report.entities} == {
        "TEAMS": {"pages created": 2},
        "ITEMS": {"pages created": 1},
    }
    (page,) = here.workspace.live(here.sources["ITEMS"])
    (blue,) = [p for p in here.workspace.live(here.sources["TEAMS"])
               if here.workspace.values(p.id)["Name"] == "Blue"]  # fmt: skip
    shown = here.workspace.values(page.id)
    assert shown["Name"] == "Chair"
    assert shown["Amount"] == 12.5
    assert shown["Tags"] == ["a", "b"]
    assert shown["Active"] is True
    assert shown["Due"] == "2026-05-01"
    assert shown["Team"] == [blue.id]
    assert shown["sync_id"] == "i1"
    assert page.markdown == "Hello"
    assert here.rows("ITEMS")["i1"]["NOTION_PAGE_ID"] == page.id
    here.notion.log.clear()
    here.statements.clear()
    again = here.cycle()
    assert again.idle
    assert not again.used_warehouse
    assert not here.notion.writes()
