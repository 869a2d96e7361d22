"""The rules of a sync, cycle by cycle, with an account and a wire to Notion in memory."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fake_notion import Fault
from sync_memory import MemoryCache
from sync_memory_place import MemoryPlace

from hushflake.sync.errors import BusyError
from hushflake.sync.ports import Known
from hushflake.sync.report import CycleReport


@pytest.fixture
def shared(tmp_path: Path) -> MemoryPlace:
    return MemoryPlace(tmp_path / "place")


def add(place: MemoryPlace, key: str, **values: Any) -> None:
    place.put(key, **values)


def change(place: MemoryPlace, key: str, column: str, value: Any) -> None:
    place.put(key, **{column: value})


def page_of(place: MemoryPlace, key: str) -> str:
    space = place.workspace
    found = [page for page in space.pages if space.values(page)["sync_id"] == key]
    assert len(found) == 1, found
    return found[0]


def conflicts(place: MemoryPlace, key: str) -> list[tuple[Any, ...]]:
    return sorted(
        (c.column, c.notion, c.snowflake, c.winner, c.rule)
        for c in place.account.conflicts.values()
        if c.sync_id == key
    )


def counts(report: CycleReport, entity: str = "ITEMS") -> dict[str, int]:
    assert not report.failed, report.plain()
    return next(dict(item.counts) for item in report.entities if item.entity == entity)


def test_a_page_without_a_name_waits_until_it_has_one(shared: MemoryPlace) -> None:
    page = shared.workspace.add_page(shared.sources["ITEMS"], Notes="first")
    report = shared.cycle()
    assert not counts(report)
    assert "Name" in str(report.entities[1].waiting)
    shared.workspace.advance(30)
    shared.workspace.edit(page, Name="Named")
    assert counts(shared.cycle())["rows created"] == 1


def test_edits_of_one_minute_are_not_missed(shared: MemoryPlace) -> None:
    add(shared, "minute", NAME="a")
    shared.cycle()
    page = page_of(shared, "minute")
    for number in range(3):
        # All of them within the minute in which the page was written and read.
        shared.workspace.edit(page, Notes=f"n{number}")
        shared.cycle()
        assert shared.rows("ITEMS")["minute"]["NOTES"] == f"n{number}"
        shared.workspace.write(page, f"text {number}")
        shared.cycle()
        assert shared.rows("ITEMS")["minute"]["CONTENT"] == f"text {number}"


def test_different_fields_merge_and_one_field_is_recorded(shared: MemoryPlace) -> None:
    add(shared, "merge", NAME="n", NOTES="old", STAGE="s")
    shared.cycle()
    page = page_of(shared, "merge")
    shared.workspace.edit(page, Notes="there")
    change(shared, "merge", "NAME", "here")
    shared.cycle()
    assert shared.rows("ITEMS")["merge"]["NOTES"] == "there"
    assert shared.workspace.values(page)["Name"] == "here"
    assert not conflicts(shared, "merge")
    shared.workspace.edit(page, Stage="p")
    change(shared, "merge", "STAGE", "r")
    shared.cycle()
    assert conflicts(shared, "merge") == [("STAGE", "p", "r", "notion", "both changed")]
    assert shared.rows("ITEMS")["merge"]["STAGE"] == "p"
    assert shared.cycle().idle


def test_trash_and_restore_keep_what_no_property_holds(shared: MemoryPlace) -> None:
    add(shared, "trash", NAME="gone", SECRET_COST=42)
    shared.cycle()
    page = page_of(shared, "trash")
    shared.workspace.trash(page)
    assert counts(shared.cycle()) == {"rows deleted": 1}
    assert "trash" not in shared.rows("ITEMS")
    assert shared.cycle().idle
    shared.workspace.trash(page, back=True)
    assert counts(shared.cycle()) == {"rows created": 1}
    row = shared.rows("ITEMS")["trash"]
    assert (row["NAME"], int(row["SECRET_COST"])) == ("gone", 42)
    shared.delete("trash")
    assert counts(shared.cycle()) == {"pages deleted": 1}
    assert shared.workspace.pages[page].in_trash
    add(shared, "trash", NAME="back")
    assert counts(shared.cycle())["pages restored"] == 1
    assert shared.workspace.values(page)["Name"] == "back"
    assert shared.cycle().idle


def test_trash_is_seen_even_if_it_does_not_move_the_time(shared: MemoryPlace) -> None:
    add(shared, "quiet", NAME="q")
    shared.cycle()
    shared.workspace.advance(3600)
    shared.workspace.trash_moves_time = False
    try:
        shared.workspace.trash(page_of(shared, "quiet"))
        assert counts(shared.cycle()) == {"rows deleted": 1}
    finally:
        shared.workspace.trash_moves_time = True


def test_what_is_not_shared_any_more_keeps_its_row(shared: MemoryPlace) -> None:
    add(shared, "unshared", NAME="u")
    shared.cycle()
    page = page_of(shared, "unshared")
    shared.workspace.pages[page].shared = False
    report = shared.cycle(full=True)
    assert not counts(report)
    assert "cannot be seen" in report.entities[1].notes[0]
    assert "unshared" in shared.rows("ITEMS")
    change(shared, "unshared", "NOTES", "meanwhile")
    assert not counts(shared.cycle())
    shared.workspace.pages[page].shared = True
    counts(shared.cycle(full=True))
    assert shared.workspace.values(page)["Notes"] == "meanwhile"
    assert shared.cycle().idle


def test_the_brake_holds_deletions_until_they_are_meant(shared: MemoryPlace) -> None:
    for number in range(4):
        add(shared, f"mass{number}", NAME="m")
    add(shared, "beside", NAME="b")
    shared.cycle()
    shared.delete(*(f"mass{number}" for number in range(4)))
    change(shared, "beside", "NOTES", "edited")
    report = shared.cycle()
    assert len(report.entities[1].held) == 4
    assert counts(report) == {"pages updated": 1}
    again = shared.cycle()
    assert len(again.entities[1].held) == 4
    assert counts(shared.cycle(allow_deletes=True)) == {"pages deleted": 4}
    assert shared.cycle().idle


def test_a_duplicated_page_is_a_row_of_its_own(shared: MemoryPlace) -> None:
    add(shared, "twin", NAME="t", NOTES="both")
    shared.cycle()
    copy = shared.workspace.duplicate(page_of(shared, "twin"))
    assert counts(shared.cycle()) == {"pages updated": 1, "rows created": 1}
    key = copy.replace("-", "")
    assert shared.workspace.values(copy)["sync_id"] == key
    assert shared.rows("ITEMS")[key]["NOTES"] == "both"


def test_long_text_and_many_relations(shared: MemoryPlace) -> None:
    text = "\U0001f600" * 2500 + "x" * 3000
    add(shared, "long", NAME="l", NOTES=text)
    shared.cycle()
    page = page_of(shared, "long")
    assert shared.workspace.values(page)["Notes"] == text
    shared.workspace.edit(page, Notes=text + "!")
    shared.cycle()
    assert shared.rows("ITEMS")["long"]["NOTES"] == text + "!"
    change(shared, "long", "NOTES", "y" * 200_001)
    shared.cycle()
    (conflict,) = conflicts(shared, "long")
    assert conflict[4].startswith("refused")
    assert shared.workspace.values(page)["Notes"] == text + "!"
    assert shared.cycle().idle


def test_what_a_row_cannot_hold_stays_in_notion_and_is_recorded(shared: MemoryPlace) -> None:
    add(shared, "narrow", NAME="short")
    shared.cycle()
    page = page_of(shared, "narrow")
    shared.workspace.edit(page, Name="n" * 41, Notes="fits")
    shared.cycle()
    row = shared.rows("ITEMS")["narrow"]
    assert (row["NAME"], row["NOTES"]) == ("short", "fits")
    assert shared.workspace.values(page)["Name"] == "n" * 41
    assert "41 characters" in conflicts(shared, "narrow")[0][4]
    assert shared.cycle().idle


def test_paging_that_shifts_during_a_scan_misses_nothing(shared: MemoryPlace) -> None:
    source = shared.sources["ITEMS"]
    pages = [shared.workspace.add_page(source, Name=f"p{number}") for number in range(230)]
    shifts = iter(range(200))

    def edit_meanwhile() -> None:
        number = next(shifts, None)
        if number is not None and number < 6:
            shared.workspace.advance(61)
            # It moves to the end: what stands behind the cursor moves one place forward.
            shared.workspace.edit(pages[number], Notes=f"moved {number}")

    shared.notion.between = edit_meanwhile
    try:
        report = shared.cycle()
        while not report.idle:
            report = shared.cycle()
    finally:
        shared.notion.between = lambda: None
    rows = shared.rows("ITEMS")
    assert {page.replace("-", "") for page in pages} <= set(rows)
    assert rows[pages[3].replace("-", "")]["NOTES"] == "moved 3"
    shared.workspace.advance(600)
    for page in pages:
        shared.workspace.trash(page)
    assert len(shared.cycle().entities[1].held) == 230
    assert counts(shared.cycle(allow_deletes=True)) == {"rows deleted": 230}


def test_a_query_that_notion_ends_early_goes_on(shared: MemoryPlace) -> None:
    shared.workspace.query_limit = 5
    try:
        for number in range(12):
            shared.workspace.advance(61)
            shared.workspace.add_page(shared.sources["ITEMS"], Name=f"limit{number}")
        assert counts(shared.cycle())["rows created"] == 12
    finally:
        shared.workspace.query_limit = 10_000


def test_pages_of_one_minute_beyond_the_reach_of_a_query_come_with_later_cycles(
    shared: MemoryPlace,
) -> None:
    """An import makes thousands of pages in one minute; a query shows its first ones alone."""
    shared.workspace.advance(600)
    shared.cycle()
    shared.workspace.query_limit = 5
    try:
        for number in range(12):
            shared.workspace.add_page(shared.sources["ITEMS"], Name=f"import{number}")
        shared.workspace.advance(61)
        seen, notes = 0, []
        for _ in range(4):
            report = shared.cycle()
            seen += counts(report).get("rows created", 0)
            notes += next(item.notes for item in report.entities if item.entity == "ITEMS")
            shared.workspace.advance(61)
        assert seen == 12
        assert "one answer of Notion reaches" in notes[0]
    finally:
        shared.workspace.query_limit = 10_000
    shared.workspace.advance(600)
    shared.cycle()
    assert shared.cycle().idle


@pytest.mark.parametrize(
    "fault",
    [
        "after",
        *(429, 503, 500, 529, "before"),
    ],
)
def test_a_storm_is_sat_out_within_five_minutes(shared: MemoryPlace, fault: int | str) -> None:
    key = f"storm{fault}"
    add(shared, key, NAME="s")
    broken = Fault(cut=fault) if isinstance(fault, str) else Fault(status=fault, retry_after=11)
    seen: dict[str, int] = {}

    def misbehave(operation: str, _number: int) -> Fault | None:
        seen[operation] = seen.get(operation, 0) + 1
        return broken if seen[operation] in (1, 2) else None

    shared.notion.misbehave = misbehave
    try:
        with shared.sync(patience={"rate": 3.0}) as sync:
            clock = sync.source.api.patience.clock
            began = clock.monotonic()
            report = sync.cycle()
            # Only a create is not sent twice blindly: the next cycle looks what came of it.
            rounds = 0
            while report.failed:
                report = sync.cycle()
                rounds += 1
            assert rounds <= 2
            assert clock.monotonic() - began < 300
    finally:
        shared.notion.misbehave = lambda _operation, _number: None
    page_of(shared, key)  # exactly one
    assert shared.cycle().idle


def test_retry_after_is_obeyed_to_the_second(shared: MemoryPlace) -> None:
    faults = iter([Fault(status=429, retry_after=97)])
    shared.notion.misbehave = lambda _operation, _number: next(faults, None)
    try:
        report = shared.cycle()
    finally:
        shared.notion.misbehave = lambda _operation, _number: None
    assert report.waited == 97
    assert not report.failed


def test_requests_keep_the_rate_and_the_budget(shared: MemoryPlace) -> None:
    for number in range(12):
        add(shared, f"paced{number}", NAME="p")
    with shared.sync("ITEMS", patience={"rate": 3.0, "budget": 12}) as sync:
        clock = sync.source.api.patience.clock
        report = sync.cycle()
        assert report.requests == 12
        assert clock.monotonic() >= 11 / 3 - 0.01
        assert "12 requests" in report.entities[0].failures[0]
        assert 0 < report.entities[0].counts["pages created"] < 12
        for _ in range(9):
            if not report.failed:
                break
            shared.workspace.advance(300)
            report = sync.cycle()
        assert not report.failed
    for number in range(12):
        page_of(shared, f"paced{number}")
    assert shared.cycle().idle


def test_a_property_may_be_renamed_but_not_dropped_or_retyped(shared: MemoryPlace) -> None:
    source = shared.sources["ITEMS"]
    add(shared, "renamed", NAME="r")
    shared.cycle()
    shared.workspace.rename_property(source, "Notes", "Remarks")
    change(shared, "renamed", "NOTES", "still here")
    report = shared.cycle()
    assert "'Notes' is called 'Remarks'" in report.entities[1].notes[0]
    assert shared.workspace.values(page_of(shared, "renamed"))["Remarks"] == "still here"
    shared.workspace.rename_property(source, "Remarks", "Notes")
    item = shared.workspace.sources[source].by_name()["Stage"]
    kept = shared.workspace.sources[source].properties.pop(item["id"])
    report = shared.cycle()
    assert "no property 'Stage'" in report.entities[1].failures[0]
    assert not report.entities[0].failures
    shared.workspace.sources[source].properties[item["id"]] = kept
    assert not shared.cycle().failed


def test_edits_that_do_not_move_the_time_are_found_by_the_full_comparison(
    shared: MemoryPlace,
) -> None:
    add(shared, "silent", NAME="s")
    shared.cycle()
    page = shared.workspace.pages[page_of(shared, "silent")]
    shared.workspace.advance(7200)
    edited = page.edited
    shared.workspace.edit(page.id, Notes="by another program")
    page.edited = edited
    shared.workspace.add_page(shared.sources["ITEMS"], Name="later")
    shared.cycle()
    shared.cycle(full=True)
    assert shared.rows("ITEMS")["silent"]["NOTES"] == "by another program"


def test_a_row_that_changes_while_it_is_synced_is_not_overwritten(shared: MemoryPlace) -> None:
    add(shared, "race", NAME="r", NOTES="old")
    shared.cycle()
    page = page_of(shared, "race")
    shared.workspace.edit(page, Notes="there")
    with shared.sync("ITEMS") as sync:
        take = sync.take_lock

        def edit_then_take() -> None:
            # After the row was read for this cycle, before it is written.
            if sync._held:
                change(shared, "race", "STAGE", "meanwhile")
            take()

        sync.take_lock = edit_then_take  # type: ignore[method-assign]
        sync.cycle()
    row = shared.rows("ITEMS")["race"]
    assert row["STAGE"] == "meanwhile"
    for _ in range(3):
        shared.cycle()
    row = shared.rows("ITEMS")["race"]
    assert (row["STAGE"], row["NOTES"]) == ("meanwhile", "there")
    assert shared.workspace.values(page)["Stage"] == "meanwhile"
    assert not conflicts(shared, "race")


def test_a_page_that_changes_while_it_is_synced_is_not_overwritten(shared: MemoryPlace) -> None:
    add(shared, "window", NAME="w", NOTES="old")
    shared.cycle()
    page = page_of(shared, "window")
    change(shared, "window", "NOTES", "here")
    edits = iter(["there"])

    def misbehave(operation: str, _number: int) -> None:
        # The scan is over; the page is about to be read once more.
        text = next(edits, None) if operation == "page" else None
        if text is not None:
            shared.workspace.edit(page, Notes=text)

    shared.notion.misbehave = misbehave
    try:
        shared.cycle()
    finally:
        shared.notion.misbehave = lambda _operation, _number: None
    assert conflicts(shared, "window") == [("NOTES", "there", "here", "notion", "both changed")]
    shared.cycle()
    assert shared.rows("ITEMS")["window"]["NOTES"] == "there"
    assert shared.cycle().idle


def test_another_machine_knows_at_once_that_it_is_behind(shared: MemoryPlace) -> None:
    shared.cycle(cache="other")
    assert not shared.cycle(cache="other").used_warehouse
    add(shared, "elsewhere", NAME="e")
    shared.cycle()
    # What the other one remembers is old: it reads the state again, and finds nothing to do.
    report = shared.cycle(cache="other")
    assert report.idle
    assert report.used_warehouse
    assert not shared.cycle(cache="other").used_warehouse


def remembers_rightly(place: MemoryPlace) -> bool:
    """Whether no memory that counts as valid differs from the account; and one is valid."""
    valid = False
    for of in place.maps:
        state = MemoryCache(place.files("sync")).load(of.entity)
        assert state is not None
        there = {k[1]: v for k, v in place.account.links.items() if k[0] == of.entity}
        known = {link.page_id: Known.of(link, of.body_column) for link in there.values()}
        if state.version == place.account.version:
            valid = True
            assert state.links == known, of.entity
    return valid


@pytest.mark.parametrize("query", [1, 2, 3, 4])
@pytest.mark.parametrize("work", ["TEAMS", "ITEMS"])
def test_what_another_machine_writes_meanwhile_is_not_remembered_as_it_was(
    shared: MemoryPlace, query: int, work: str
) -> None:
    """A cycle of all entities on another machine, behind each query of ours."""
    names = {"TEAMS": ("t", {"TEAM_ID": "t"}), "ITEMS": ("i", {})}
    for entity, (key, values) in names.items():
        shared.account.put_row(entity, key, {f"{entity[:-1]}_ID": key, "NAME": key, **values})
    shared.cycle()
    shared.cycle(cache="other")
    key = names[work][0]
    shared.account.put_row(work, key, {**shared.rows(work)[key], "NAME": "new"})
    queries = 0

    def between() -> None:
        nonlocal queries
        queries += 1
        if queries == query:
            for other, _ in names.values():
                shared.workspace.edit(page_of(shared, other), Name="edited")
            with suppress(BusyError):
                shared.cycle(cache="other", holder="other")

    shared.notion.between = between
    shared.cycle()
    shared.notion.between = lambda: None
    remembers_rightly(shared)
    shared.cycle()
    assert remembers_rightly(shared)
    assert shared.cycle().idle


def test_the_notes_of_cycles_are_cut(shared: MemoryPlace) -> None:
    for number in range(8):
        add(shared, "k", NAME=f"n{number}")
        with shared.sync() as sync:
            sync.history = 6
            assert sync.cycle().entities[1].counts
        assert shared.account.cycles < 12
    assert shared.account.trims > 1
    assert shared.cycle().idle
    assert not shared.cycle().used_warehouse


def test_without_the_right_to_list_users_only_fields_of_people_wait(shared: MemoryPlace) -> None:
    ann = shared.workspace.add_user("ann@example.org")
    add(shared, "mine", NAME="n", OWNER="ann@example.org")
    shared.notion.misbehave = lambda name, _: Fault(status=403) if name == "users" else None
    report = shared.cycle()
    assert counts(report) == {"pages created": 1}
    assert "may not list users" in report.entities[1].notes[0]
    page = page_of(shared, "mine")
    assert shared.workspace.values(page)["Owner"] == []
    bob = shared.workspace.add_user("bob@example.org")
    shared.workspace.edit(page, Owner=[bob], Notes="goes")
    shared.cycle()
    row = shared.rows("ITEMS")["mine"]
    assert (row["OWNER"], row["NOTES"]) == ("ann@example.org", "goes")
    shared.notion.misbehave = lambda _operation, _number: None
    shared.cycle(full=True)
    # Both sides had said who: Notion's word stands, the other one is recorded.
    assert shared.rows("ITEMS")["mine"]["OWNER"] == "bob@example.org"
    assert [c[:3] for c in conflicts(shared, "mine")] == [
        ("OWNER", (bob,), "ann@example.org"),
    ]
    assert ann not in shared.workspace.values(page)["Owner"]
    assert shared.cycle().idle
