"""The content of pages: what text holds goes both ways, what it does not is left where it is."""

import re
from pathlib import Path

import pytest
from sync_blocks import BLOCKS, KEPT, ROUND
from sync_history import World

from hushflake.sync.bodies import carried
from hushflake.sync.errors import UnreadableError
from hushflake.sync.notion.edits import edits

ROOT = Path(__file__).parent.parent.parent


def text_of(name: str) -> str:
    return f"Above\n{BLOCKS[name][1]}\nBelow"


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ("a\nb\nc", "a\nB\nc", 1),
        ("a\nb\nc", "a\nc", 1),
        ("a\nb\nc", "a\nb\nnew\nc", 1),
        ("a", "a\nb", 1),
        ("a", "b\na", 1),
        ("x\nsame\ny\nsame\nz", "x\nsame\ny\nSAME\nz", 1),
        ("same\nsame\nsame", "same\nmine\nsame", 2),
        ("a\nb\nc\nd\ne", "A\nb\nC\nd\nE", 3),
        ("a\n\nb", "a\n\nB", 1),
        ("ab\nb", "ab\nc", 1),
    ],
)
def test_an_edit_is_search_and_replace(before: str, after: str, count: int) -> None:
    found = edits(before, after)
    assert found is not None
    assert len(found) == count
    text = before
    for old, new in found:
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert text == after


def test_what_is_new_or_emptied_goes_as_a_whole() -> None:
    assert edits("", "text") is None
    assert edits("text", "") is None


@pytest.mark.parametrize(
    ("base", "now", "there", "result"),
    [
        ("a  \nb", "a  \nB", "a\nb", "a\nB"),
        ("1*2\nb", "1*2\nc", "1\\*2\nb", "1\\*2\nc"),
        ("a\n\nb", "a\n\nc", "a\nb", "a\nc"),
        ("a\nb", "a\nb\nc", "a\nb", "a\nb\nc"),
        ("a\nb", "b", "a\nb", "b"),
        # The other side says something else: the whole text, as it was written.
        ("a\nb", "a\nc", "x\ny\nz", "a\nc"),
        (None, "a", None, "a"),
    ],
)
def test_an_edit_is_carried_into_the_other_spelling(
    base: str | None, now: str | None, there: str | None, result: str | None
) -> None:
    assert carried(base, now, there) == result


@pytest.mark.parametrize("name", [name for name, (what, _) in BLOCKS.items() if what == KEPT])
def test_what_text_cannot_make_is_neither_made_nor_moved(name: str) -> None:
    text = text_of(name)
    assert edits(text, text.replace("Below", "Changed"))
    changed = text.replace("url=", "url2=").replace("<meeting-notes>", "<meeting-notes a>")
    for other in ("Above\nBelow", changed, f"{text}\n{BLOCKS[name][1]}"):
        with pytest.raises(UnreadableError):
            edits(text, other)
    with pytest.raises(UnreadableError):
        edits("", text)


def test_a_corpus_of_every_block_is_what_it_was_after_ten_cycles_with_edits_on_both_sides() -> None:
    world = World(0)
    pages = {
        name: world.space.add_page(world.source, markdown=text_of(name), Name=name)
        for name in BLOCKS
    }
    assert len(pages) >= 40
    world.cycle()
    ids = {name: world.space.block_ids(page) for name, page in pages.items()}
    for number in range(10):
        world.space.advance(400)
        for page in pages.values():
            key = page.replace("-", "")
            row = world.rows()[key]
            text = str(row["CONTENT"])
            # A row's owner edits below the block, an editor above it.
            row_text = re.sub(r"(?m)^Below.*$", f"Below {number} here", text)
            world.account.put_row("ITEMS", key, {**row, "CONTENT": row_text})
        world.cycle()
        world.space.advance(400)
        for page in pages.values():
            shown = world.space.pages[page].markdown
            world.space.write(page, re.sub(r"(?m)^Above.*$", f"Above {number} there", shown))
        world.cycle()
    world.space.advance(400)
    for name, page in pages.items():
        text = f"Above 9 there\n{BLOCKS[name][1]}\nBelow 9 here"
        assert world.space.pages[page].markdown == text
        assert world.rows()[page.replace("-", "")]["CONTENT"] == text
        now = world.space.block_ids(page)
        for line in BLOCKS[name][1].split("\n"):
            assert now[line] == ids[name][line], (name, line)
    assert not world.account.conflicts


def test_an_edit_beside_what_was_spelled_otherwise_touches_that_line_alone() -> None:
    world = World(0)
    page = world.space.add_page(world.source, markdown="one\ntwo\nthree", Name="n")
    world.cycle()
    key = page.replace("-", "")
    row = world.rows()[key]
    world.account.put_row("ITEMS", key, {**row, "CONTENT": "one  \ntwo\nthree "})
    world.cycle()
    before = world.space.block_ids(page)
    world.account.put_row("ITEMS", key, {**world.rows()[key], "CONTENT": "one  \nTWO\nthree "})
    world.space.advance(400)
    world.cycle()
    after = world.space.block_ids(page)
    assert world.space.pages[page].markdown == "one\nTWO\nthree"
    assert (after["one"], after["three"]) == (before["one"], before["three"])
    assert world.rows()[key]["CONTENT"] == "one  \nTWO\nthree "


def test_content_that_cannot_be_had_whole_leaves_both_sides() -> None:
    world = World(0)
    page = world.space.add_page(world.source, markdown="long", Name="n")
    world.cycle()
    key = page.replace("-", "")
    world.space.pages[page].truncated = True
    world.space.write(page, "lo")
    world.space.advance(400)
    world.cycle()
    assert world.rows()[key]["CONTENT"] == "long"
    world.account.put_row("ITEMS", key, {**world.rows()[key], "CONTENT": "mine", "NOTES": "goes"})
    world.space.advance(400)
    world.cycle()
    assert world.space.pages[page].markdown == "lo"
    assert world.pages()[page]["Notes"] == "goes"
    assert [c.column for c in world.account.conflicts.values()] == ["CONTENT"]


def test_the_documentation_says_of_every_block_what_becomes_of_it() -> None:
    text = (ROOT / "docs" / "sync.md").read_text("utf-8")
    section = text.partition("### Blocks")[2].partition("\n#")[0]
    rows = re.findall(r"^\| ([^|]+) \| (round trip|kept as it is) \|", section, re.MULTILINE)
    named = {name.strip(): what for names, what in rows for name in names.split(";")}
    assert named == {name: what for name, (what, _) in BLOCKS.items()}
    assert set(named.values()) == {ROUND, KEPT}
