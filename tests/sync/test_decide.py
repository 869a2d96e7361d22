"""Every case of one pair, on values: no network, no clock."""

from dataclasses import replace

import pytest
from sync_maps import entity_map, field

from hushflake.schema.notion import Brake
from hushflake.sync.brake import brake
from hushflake.sync.decide import decide
from hushflake.sync.pairing import identify
from hushflake.sync.types import Decision, Link, Lookup, Page, PageWrite, Row, Values

MAP = entity_map(
    [
        field("NAME", kind="title", required=True),
        field("NOTES"),
        field("OWNED_HERE", owner="snowflake"),
        field("OWNED_THERE", owner="notion"),
        field("TOTAL", "NUMBER(10, 2)", "formula"),
        field("SHORT", "VARCHAR(3)"),
        field("TEAM", "VARCHAR(64)", "relation", entity="TEAMS"),
    ]
)
NONE = Lookup()
BASE: Values = {"NAME": "Chair", "NOTES": "old"}


def link(**more: object) -> Link:
    return replace(Link("k", "page", dict(BASE), dict(BASE)), **more)  # type: ignore[arg-type]


def page(sight: str = "live", sync_id: str | None = "k", **values: object) -> Page:
    return Page("page", {**BASE, **values}, "m", "c", sync_id, sight)  # type: ignore[arg-type, dict-item]


def row(**values: object) -> Row:
    return Row("k", {**BASE, **values}, {"EXTRA": "7"})  # type: ignore[dict-item]


def made(
    before: Link | None, there: Page | None, here: Row | None, lookup: Lookup = NONE
) -> Decision:
    return decide(MAP, lookup, "k", before, there, here)


def test_nothing_changed_means_nothing_to_do() -> None:
    found = made(link(), page(), row())
    assert not found.writes
    assert not found.conflicts


def test_each_sides_edit_goes_to_the_other() -> None:
    found = made(link(), page(NOTES="there"), row(NAME="Table"))
    assert found.row is not None
    assert found.row.values == {"NOTES": "there"}
    assert found.page is not None
    assert found.page.values == {"NAME": "Table"}
    assert not found.conflicts
    assert found.link is not None
    assert found.link.row["NAME"] == found.link.page["NAME"] == "Table"


def test_the_same_edit_on_both_sides_is_no_conflict() -> None:
    found = made(link(), page(NOTES="same"), row(NOTES="same"))
    assert not found.writes
    assert not found.conflicts
    assert found.link is not None
    assert found.link.row["NOTES"] == "same"


@pytest.mark.parametrize("winner", ["notion", "snowflake"])
def test_two_edits_of_one_field_are_recorded_and_one_stands(winner: str) -> None:
    of = replace(MAP, winner=winner)
    found = decide(of, NONE, "k", link(), page(NOTES="there"), row(NOTES="here"))
    (conflict,) = found.conflicts
    assert (conflict.notion, conflict.snowflake, conflict.base) == ("there", "here", "old")
    assert (conflict.winner, conflict.rule) == (winner, "both changed")
    stands = "there" if winner == "notion" else "here"
    assert found.link is not None
    assert found.link.row["NOTES"] == found.link.page["NOTES"] == stands


def test_an_edit_of_who_does_not_own_the_field_is_put_back_and_recorded() -> None:
    found = made(link(), page(OWNED_HERE="x"), row(OWNED_THERE="y"))
    assert found.page is not None
    assert found.page.values == {"OWNED_HERE": None}
    assert found.row is not None
    assert found.row.values == {"OWNED_THERE": None}
    assert {(c.column, c.rule, c.winner) for c in found.conflicts} == {
        ("OWNED_HERE", "owner", "snowflake"),
        ("OWNED_THERE", "owner", "notion"),
    }


def test_a_computed_value_comes_in_and_never_goes_out() -> None:
    found = made(link(), page(TOTAL="3"), row())
    assert found.row is not None
    assert found.row.values == {"TOTAL": "3"}
    found = made(link(), page(), row(TOTAL="9"))
    assert found.page is None
    assert found.row is not None
    assert found.row.values == {"TOTAL": None}
    assert found.conflicts[0].rule == "owner"


def test_what_does_not_fit_stays_on_its_side_and_is_told_once() -> None:
    found = made(link(), page(SHORT="long"), row())
    assert not found.writes
    (conflict,) = found.conflicts
    assert conflict.rule.startswith("refused")
    assert found.link is not None
    again = decide(MAP, NONE, "k", found.link, page(SHORT="long"), row())
    assert not again.conflicts
    assert again.link == found.link
    # The next edit that fits goes through, from either side.
    assert decide(MAP, NONE, "k", found.link, page(SHORT="ok"), row()).row is not None
    assert decide(MAP, NONE, "k", found.link, page(SHORT="long"), row(SHORT="b")).page is not None


def test_an_emptied_required_field_stays_in_the_row() -> None:
    found = made(link(), page(NAME=None), row())
    assert found.row is None
    assert "required" in found.conflicts[0].rule


def test_a_relation_waits_and_comes_when_it_can() -> None:
    found = made(link(), page(TEAM=("p1",)), row())
    assert not found.writes
    assert not found.conflicts
    assert found.link is not None
    assert found.link.open == {"TEAM": "notion"}
    lookup = Lookup(keys={"p1": "t1"}, pages={"TEAMS": {"t1": "p1"}})
    later = decide(MAP, lookup, "k", found.link, page(TEAM=("p1",)), row())
    assert later.row is not None
    assert later.row.values == {"TEAM": "t1"}
    assert later.link is not None
    assert later.link.open == {}


def test_a_new_row_becomes_a_page() -> None:
    found = made(None, None, row())
    assert found.page is not None
    assert found.page == PageWrite("create", "", BASE, None, set_sync_id=True)


def test_a_new_page_becomes_a_row_once_it_has_what_is_required() -> None:
    found = made(None, page(NAME=None, sync_id=None), None)
    assert found.waits
    assert not found.writes
    found = made(None, page(sync_id=None), None)
    assert found.row is not None
    assert found.row.action == "insert"
    assert found.page is not None
    assert found.page.set_sync_id


def test_a_pair_that_was_never_tied_fills_in_blanks_and_records_differences() -> None:
    found = made(None, page(NOTES=None, SHORT="a"), row(NOTES="here", SHORT="b", TEAM=None))
    assert found.page is not None
    assert found.page.values == {"NOTES": "here"}
    assert found.row is not None
    assert found.row.values == {"SHORT": "a"}
    assert [(c.column, c.rule) for c in found.conflicts] == [("SHORT", "both changed")]


def test_a_deleted_row_takes_its_page_to_the_trash() -> None:
    found = made(link(), None, None)
    assert found.page is not None
    assert found.page.action == "trash"
    assert found.deletes
    assert found.link is not None
    assert found.link.state == "deleted"


def test_a_trashed_page_takes_its_row_along_and_the_tombstone_keeps_it() -> None:
    found = made(link(), page("trash"), row())
    assert found.row is not None
    assert found.row.action == "delete"
    assert found.link is not None
    assert found.link.kept == {"EXTRA": "7"}
    back = decide(MAP, NONE, "k", found.link, page("live"), None)
    assert back.row is not None
    assert back.row.action == "insert"
    assert back.row.kept == {"EXTRA": "7"}


def test_an_edit_beats_a_deletion_both_ways() -> None:
    found = made(link(), page(NOTES="edited"), None)
    assert found.row is not None
    assert found.row.action == "insert"
    assert (found.conflicts[-1].column, found.conflicts[-1].winner) == ("*", "notion")
    found = made(link(), page("trash"), row(NOTES="edited"))
    assert found.page is not None
    assert found.page.action == "restore"
    assert found.page.values == {"NOTES": "edited"}
    assert (found.conflicts[-1].column, found.conflicts[-1].winner) == ("*", "snowflake")


def test_a_computed_change_does_not_beat_a_deletion() -> None:
    found = made(link(), page(TOTAL="3"), None)
    assert found.page is not None
    assert found.page.action == "trash"


def test_what_is_not_shared_any_more_is_not_deleted() -> None:
    found = made(link(), page("unseen"), row())
    assert not found.writes
    assert found.link is not None
    assert found.link.state == "unseen"
    back = decide(MAP, NONE, "k", found.link, page(), row(NOTES="meanwhile"))
    assert back.page is not None
    assert back.page.values == {"NOTES": "meanwhile"}


def test_both_gone_leaves_a_tombstone_that_does_nothing() -> None:
    found = made(link(), page("trash"), None)
    assert not found.writes
    assert found.link is not None
    assert decide(MAP, NONE, "k", found.link, None, None).writes is False


def test_a_row_that_is_put_back_brings_its_page_back() -> None:
    found = made(link(state="deleted"), None, row(NOTES="new"))
    assert found.page is not None
    assert found.page.action == "restore"
    assert not found.conflicts


def deletions(count: int) -> list[Decision]:
    return [Decision(str(n), page=PageWrite("trash", str(n))) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "linked", "held"),
    [(1, 1, 0), (1, 10, 0), (2, 10, 2), (2, 40, 0), (20, 400, 0), (21, 10_000, 21), (20, 300, 20)],
)
def test_the_brake_holds_all_or_nothing(count: int, linked: int, held: int) -> None:
    edit = Decision("e", page=PageWrite("update", "e"))
    found = brake([edit, *deletions(count)], linked, Brake(), allow=False)
    assert len(found.held) == held
    assert edit in found.go
    assert brake(deletions(count), linked, Brake(), allow=True).held == ()


def test_a_duplicated_page_gets_a_key_of_its_own() -> None:
    copy = Page("00000001-0000-4000-8000-000000000001", {}, "m", "c", "k")
    found, without = identify(MAP, [copy], {"k": "page"})
    assert list(found) == ["00000001000040008000000000000001"]
    assert not without
    twins = [replace(copy, id=f"0000000{n}-0000-4000-8000-000000000001") for n in (2, 1)]
    found, _ = identify(MAP, twins, {})
    assert found["k"].id.startswith("00000001")
    assert len(found) == 2
    # The first copy is gone to the trash, and a copy of it has its key.
    taken = {"k": "page", "00000001000040008000000000000001": "another"}
    found, _ = identify(MAP, [copy], taken)
    (key,) = found
    assert key not in taken
    assert list(identify(MAP, [replace(copy, sync_id=None)], taken)[0]) == [key]


def test_a_key_that_cannot_be_made_is_asked_for() -> None:
    of = entity_map([field("NAME", kind="title")], key_type="NUMBER(38, 0)")
    nameless = Page("00000001-0000-4000-8000-000000000001", {"NAME": "x"}, "m", "c", None)
    found, without = identify(of, [nameless], {})
    assert not found
    assert "sync_id" in without[0][1]
