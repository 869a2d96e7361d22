"""The second version of Notion's Markdown: no edit of every page, and one version a page."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fake_notion import Fault
from fake_notion.store import spelled, understood
from sync_memory_place import MemoryPlace

from hushflake.sync.report import EntityReport

TEXT = 'First\nSecond {color="red"}\nThird'
IN_V2 = 'First\n\n<p color="red">\nSecond\n</p>\n\nThird'


@pytest.fixture
def place(tmp_path: Path) -> MemoryPlace:
    """Five pages with content, in step in the first version; then the second one is wanted."""
    made = MemoryPlace(tmp_path / "place")
    for number in range(5):
        made.workspace.add_page(made.sources["ITEMS"], TEXT, Name=f"n{number}")
    for _ in range(4):
        made.workspace.advance(3600)
        made.cycle("ITEMS")
    assert {row["CONTENT"] for row in made.rows("ITEMS").values()} == {TEXT}
    made.maps = tuple(replace(of, spelling="v2") for of in made.maps)
    made.notion.log.clear()
    return made


def cycle(place: MemoryPlace, cache: str = "sync", **options: bool) -> EntityReport:
    place.workspace.advance(3600)
    (report,) = place.cycle("ITEMS", cache=cache, **options).entities
    assert not report.failures
    return report


def one(place: MemoryPlace) -> tuple[str, str]:
    """A page, and the key of its row."""
    page = next(iter(place.workspace.pages))
    return page, str(place.workspace.values(page)["sync_id"])


def spellings(place: MemoryPlace) -> list[str]:
    return sorted(link.spelling for link in place.account.links.values())


def test_the_stand_in_spells_both_versions() -> None:
    assert spelled(TEXT, "v2") == IN_V2
    assert understood(IN_V2, "v2") == TEXT
    assert understood("a\nb", "v2") == "a b"


@pytest.mark.parametrize("cache", ["sync", "a machine that remembers nothing"])
def test_the_second_version_is_no_edit_of_every_page(place: MemoryPlace, cache: str) -> None:
    rows = place.rows("ITEMS")
    report = cycle(place, cache, full=True)
    assert not report.counts
    assert not report.conflicts
    assert not place.notion.writes()
    assert place.rows("ITEMS") == rows
    # Nor does it cost more than a look: no content is read twice.
    assert place.notion.log.count("markdown") == (5 if cache != "sync" else 0)


def test_an_edit_in_notion_brings_its_row_the_new_version(place: MemoryPlace) -> None:
    page, key = one(place)
    place.workspace.write(page, TEXT + "\nFourth")
    assert cycle(place).counts == {"rows updated": 1}
    changed = [row["CONTENT"] for row in place.rows("ITEMS").values() if row["CONTENT"] != TEXT]
    assert changed == [IN_V2 + "\n\nFourth"] == [place.rows("ITEMS")[key]["CONTENT"]]
    assert spellings(place) == ["", "", "", "", "v2"]
    for cache in ("sync", "another machine"):
        assert not cycle(place, cache, full=True).counts
    assert not place.notion.writes()


def test_an_edit_of_a_row_is_carried_over_in_the_version_of_its_page(place: MemoryPlace) -> None:
    page, key = one(place)
    before = place.workspace.block_ids(page)
    place.put(key, CONTENT=TEXT.replace("Third", "3rd"))
    assert cycle(place).counts == {"pages updated": 1}
    assert place.workspace.pages[page].markdown == TEXT.replace("Third", "3rd")
    after = place.workspace.block_ids(page)
    kept = set(before.items()) & set(after.items())
    assert {line for line, _ in kept} == {"First", 'Second {color="red"}'}
    # Now the page in the second version, which its row has too.
    place.workspace.write(page, TEXT)
    cycle(place)
    assert place.rows("ITEMS")[key]["CONTENT"] == IN_V2
    place.put(key, CONTENT=IN_V2.replace("First", "1st"))
    assert cycle(place).counts == {"pages updated": 1}
    assert place.workspace.pages[page].markdown == TEXT.replace("First", "1st")
    assert not cycle(place, "another machine", full=True).counts


def test_edits_of_both_sides_are_one_conflict(place: MemoryPlace) -> None:
    page, key = one(place)
    place.workspace.write(page, TEXT + "\nTheirs")
    place.put(key, CONTENT=TEXT + "\nMine")
    report = cycle(place)
    assert [(c.column, c.rule, c.winner) for c in report.conflicts] == [
        ("CONTENT", "both changed", "notion")
    ]
    assert report.conflicts[0].snowflake == TEXT + "\nMine"
    assert place.rows("ITEMS")[key]["CONTENT"] == IN_V2 + "\n\nTheirs"
    assert not cycle(place, "another machine", full=True).counts


def test_what_is_new_is_in_the_second_version(place: MemoryPlace) -> None:
    page = place.workspace.add_page(place.sources["ITEMS"], TEXT, Name="new page")
    place.put("new", NAME="new row", CONTENT=IN_V2)
    assert cycle(place).counts["rows created"] == 1
    key = place.workspace.values(page)["sync_id"]
    assert place.rows("ITEMS")[key]["CONTENT"] == IN_V2
    made = [p for p in place.workspace.pages.values()
            if place.workspace.values(p.id)["sync_id"] == "new"]  # fmt: skip
    assert [p.markdown for p in made] == [TEXT]
    assert spellings(place) == [*[""] * 5, "v2", "v2"]
    assert not cycle(place, "another machine", full=True).counts


def test_a_page_that_was_thrown_away_comes_back_in_either(place: MemoryPlace) -> None:
    page, key = one(place)
    place.workspace.trash(page)
    assert cycle(place).counts == {"rows deleted": 1}
    place.workspace.trash(page, back=True)
    assert cycle(place).counts == {"rows created": 1}
    assert place.rows("ITEMS")[key]["CONTENT"] == IN_V2
    assert not cycle(place, "another machine", full=True).counts


@pytest.mark.parametrize("step", range(1, 14))
def test_a_crash_at_any_step_converges(place: MemoryPlace, step: int) -> None:
    (page, key), other = one(place), list(place.workspace.pages)[1]
    text = TEXT.replace("Third", "3rd")
    place.put(key, CONTENT=text)
    place.put("new", NAME="new row", CONTENT=IN_V2)
    place.workspace.write(other, TEXT + "\nFourth")
    place.notion.count = 0

    def die(_name: str, number: int) -> Fault | None:
        if number == step:
            raise KeyboardInterrupt
        return None

    place.notion.misbehave = die
    place.workspace.advance(3600)
    with suppress(KeyboardInterrupt):
        place.cycle("ITEMS")
    place.notion.misbehave = lambda _name, _number: None
    for _ in range(3):
        assert not cycle(place, "another machine").conflicts
    assert place.workspace.pages[page].markdown == text
    rows = place.rows("ITEMS")
    assert rows[key]["CONTENT"] == text
    assert rows[str(place.workspace.values(other)["sync_id"])]["CONTENT"] == IN_V2 + "\n\nFourth"
    assert len(place.workspace.pages) == len(rows) == 6
    assert not cycle(place, "another machine", full=True).counts
