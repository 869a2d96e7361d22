"""Conflicts decided in Notion, over HTTP: shown on the page, settled by a choice made there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_notion import Fault
from sync_place import ITEMS, Place, place

from hushflake.sync.account.tables import SCHEMA
from hushflake.sync.conflicts import recorded, resolve
from hushflake.sync.opening import lookup_for
from hushflake.sync.report import CycleReport

SHOWN, CHOICE = "Sync conflict", "Sync decision"


@pytest.fixture(scope="module")
def here(applied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(applied, tmp_path_factory.mktemp("desk") / "here") as made:
        file = made.folder / "entities" / "items.yaml"
        file.write_text(ITEMS + "  conflicts: {}\n", encoding="utf-8")
        made.prepare()
        made.workspace.editor = made.workspace.add_user("ann@example.org")
        yield made


def in_conflict(here: Place, key: str, notion: Any = "12", snowflake: Any = 13) -> str:
    """A row and a page of which both sides changed the amount; returns the page."""
    here.sql("INSERT INTO CORE.ITEMS (ITEM_ID, NAME, AMOUNT) VALUES (?, ?, 1)", key, key)
    counts(here.cycle())
    (page,) = [p.id for p in here.workspace.pages.values()
               if here.workspace.values(p.id)["sync_id"] == key]  # fmt: skip
    here.workspace.advance(600)
    here.workspace.edit(page, Amount=float(notion))
    here.sql("UPDATE CORE.ITEMS SET AMOUNT = ? WHERE ITEM_ID = ?", snowflake, key)
    counts(here.cycle())
    return page


def counts(report: CycleReport) -> dict[str, int]:
    assert not report.failed, report.plain()
    return dict(next(item.counts for item in report.entities if item.entity == "ITEMS"))


def shown(here: Place, page: str) -> str:
    return str(here.workspace.values(page)[SHOWN])


def choose(here: Place, page: str, what: str) -> None:
    here.workspace.advance(60)
    here.workspace.edit(page, **{CHOICE: what})


def open_ones(here: Place, key: str) -> list[tuple[Any, ...]]:
    return [(c.field, c.notion, c.snowflake) for c in recorded(here.store()) if c.key == key]


def how(here: Place, key: str) -> list[tuple[Any, ...]]:
    rows = here.sql(
        f"SELECT STATUS, RESOLUTION, RESOLVED_BY, RESOLVED_AT IS NOT NULL AS AT FROM {SCHEMA}."
        "CONFLICTS WHERE SYNC_ID = ? ORDER BY DETECTED_AT",
        key,
    )
    return [tuple(row.values()) for row in rows]


def test_a_choice_settles_what_the_page_shows(here: Place) -> None:
    page = in_conflict(here, "a")
    (conflict,) = [c for c in recorded(here.store()) if c.key == "a"]
    assert shown(here, page) == (
        f"{conflict.id} amount: Notion “12”, Snowflake “13”; Notion's stands"
    )
    assert here.cycle().idle
    choose(here, page, "keep snowflake")
    assert counts(here.cycle()) == {"conflicts settled": 1}
    assert (shown(here, page), here.workspace.values(page)[CHOICE]) == ("", None)
    assert how(here, "a") == [("resolved", "snowflake", "ann@example.org, in Notion", True)]
    # In effect with the next cycle, and then there is nothing left to do.
    assert counts(here.cycle()) == {"pages updated": 1}
    assert here.workspace.values(page)["Amount"] == 13
    assert here.rows("ITEMS")["a"]["AMOUNT"] == 13
    assert here.cycle().idle
    assert not here.cycle().used_warehouse


def test_keeping_what_stands_writes_no_value(here: Place) -> None:
    page = in_conflict(here, "b")
    choose(here, page, "keep notion")
    assert counts(here.cycle()) == {"conflicts settled": 1}
    assert how(here, "b") == [("resolved", "notion", "ann@example.org, in Notion", True)]
    assert counts(here.cycle()) == {}
    assert here.workspace.values(page)["Amount"] == here.rows("ITEMS")["b"]["AMOUNT"] == 12


def test_a_conflict_that_came_after_what_was_shown_is_not_settled(here: Place) -> None:
    page = in_conflict(here, "c")
    before = shown(here, page)
    # Both sides change again, and somebody decides on what the page showed until then.
    here.workspace.edit(page, Amount=22.0, **{CHOICE: "keep snowflake"})
    here.sql("UPDATE CORE.ITEMS SET AMOUNT = 23 WHERE ITEM_ID = 'c'")
    report = here.cycle()
    assert counts(report) == {"rows updated": 1}
    # The second one was never shown; the first one's field was edited since.
    assert len(open_ones(here, "c")) == 2
    assert any("was edited after this conflict" in note for note in report.entities[1].notes)
    assert here.rows("ITEMS")["c"]["AMOUNT"] == 22
    after = shown(here, page)
    assert before in after
    assert "→ amount of ITEMS c was edited after this conflict" in after
    assert "Notion “22”, Snowflake “23”" in after
    assert here.workspace.values(page)[CHOICE] is None
    # Now it is shown, and the newest one can be settled.
    choose(here, page, "keep snowflake")
    assert counts(here.cycle()) == {"conflicts settled": 1}
    assert counts(here.cycle()) == {"pages updated": 1}
    assert here.workspace.values(page)["Amount"] == here.rows("ITEMS")["c"]["AMOUNT"] == 23


def test_a_text_that_was_altered_settles_nothing(here: Place) -> None:
    page = in_conflict(here, "d")
    before = shown(here, page)
    for text in ("", "what somebody wrote", before.replace("13", "31")):
        here.workspace.advance(60)
        here.workspace.edit(page, **{CHOICE: "keep snowflake", SHOWN: text})
        assert counts(here.cycle()) == {}
        assert len(open_ones(here, "d")) == 1
        assert (shown(here, page), here.workspace.values(page)[CHOICE]) == (before, None)


def test_a_line_of_another_page_settles_nothing_of_it(here: Place) -> None:
    mine, other = in_conflict(here, "e"), in_conflict(here, "f")
    here.workspace.advance(60)
    both = f"{shown(here, mine)}\n{shown(here, other)}"
    here.workspace.edit(mine, **{CHOICE: "keep notion", SHOWN: both})
    assert counts(here.cycle()) == {"conflicts settled": 1}
    assert (open_ones(here, "e"), len(open_ones(here, "f"))) == ([], 1)


def test_an_option_that_is_none_of_ours_is_left_alone(here: Place) -> None:
    page = in_conflict(here, "g")
    choose(here, page, "later")
    assert counts(here.cycle()) == {}
    assert here.workspace.values(page)[CHOICE] == "later"


def test_what_is_resolved_elsewhere_is_not_shown_any_more(here: Place) -> None:
    page = in_conflict(here, "h")
    (conflict,) = [c for c in recorded(here.store()) if c.key == "h"]
    with here.sync() as sync:
        resolve(here.store(), sync.maps, [conflict.id], "notion",
                lookup_for(sync.maps, here.store(), dict))  # fmt: skip
    counts(here.cycle())
    assert shown(here, page) == ""
    assert how(here, "h")[0][2]  # the user of the session


def test_a_fault_of_notion_leaves_the_choice_for_the_next_cycle(here: Place) -> None:
    page = in_conflict(here, "i")
    choose(here, page, "keep snowflake")

    def refuse(name: str, _number: int) -> Fault | None:
        return Fault(status=400) if name == "update_page" else None

    asked: list[str] = []

    def unreachable(name: str, _number: int) -> Fault | None:
        asked.append(name)
        return Fault(status=401) if asked.count("query") > 4 else None

    here.notion.misbehave = unreachable
    try:
        report = here.cycle()
    finally:
        here.notion.misbehave = lambda _name, _number: None
    assert any("conflicts were not settled" in text for text in report.entities[1].failures)
    assert len(open_ones(here, "i")) == 1
    assert counts(here.cycle()) == {"conflicts settled": 1}
    # The answer to the text was lost: what is settled stays so, and the page is put right.
    page = in_conflict(here, "j")
    choose(here, page, "keep snowflake")
    here.notion.misbehave = refuse
    try:
        report = here.cycle()
    finally:
        here.notion.misbehave = lambda _name, _number: None
    assert report.failed
    assert report.entities[1].counts["conflicts settled"] == 1
    assert here.workspace.values(page)[CHOICE] == "keep snowflake"
    counts(here.cycle())
    assert (shown(here, page), here.workspace.values(page)[CHOICE]) == ("", None)
    assert here.rows("ITEMS")["j"]["AMOUNT"] == here.workspace.values(page)["Amount"] == 13
