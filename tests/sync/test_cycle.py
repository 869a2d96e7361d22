"""Whole cycles: the real connector against a local stack, the real client against a fake Notion.

The tests of this module share one place; each works on rows and pages of its own and leaves both
sides in step.
"""

import json
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from fake_notion import Fault
from sync_place import Place
from sync_world import wipe

from hushflake.sync.account.rows import Rows
from hushflake.sync.account.tables import SCHEMA
from hushflake.sync.conflicts import recorded, resolve
from hushflake.sync.errors import BusyError, NotSetUpError, SyncMistakeError
from hushflake.sync.report import CycleReport
from hushflake.sync.types import Lookup


def add(place: Place, key: str, **values: Any) -> None:
    names = ["ITEM_ID", *values]
    place.sql(
        f"INSERT INTO CORE.ITEMS ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        key,
        *values.values(),
    )


def change(place: Place, key: str, column: str, value: Any) -> None:
    place.sql(f"UPDATE CORE.ITEMS SET {column} = ? WHERE ITEM_ID = ?", value, key)


def page_of(place: Place, key: str) -> str:
    found = [
        page.id
        for page in place.workspace.pages.values()
        if place.workspace.values(page.id)["sync_id"] == key
    ]
    assert len(found) == 1, found
    return found[0]


def conflicts(place: Place, key: str) -> list[tuple[Any, ...]]:
    rows = place.sql(
        f"SELECT FIELD, NOTION_VALUE, SNOWFLAKE_VALUE, WINNER, RULE FROM {SCHEMA}.CONFLICTS "
        "WHERE SYNC_ID = ? ORDER BY FIELD",
        key,
    )
    return [tuple(row.values()) for row in rows]


def counts(report: CycleReport, entity: str = "ITEMS") -> dict[str, int]:
    assert not report.failed, report.plain()
    return next(dict(item.counts) for item in report.entities if item.entity == entity)


def test_rows_become_pages_and_the_second_run_writes_nothing(shared: Place) -> None:
    ann = shared.workspace.add_user("ann@example.org")
    shared.sql(
        "INSERT INTO CORE.TEAMS (TEAM_ID, NAME, LEAD_ID) "
        "VALUES ('t1', 'Blue', 't2'), ('t2', 'Red', NULL)"
    )
    shared.sql(
        "INSERT INTO CORE.ITEMS (ITEM_ID, NAME, AMOUNT, STAGE, TAGS, ACTIVE, DUE, SEEN, TEAM_ID, "
        "CONTENT, SECRET_COST, OWNER) SELECT 'i1', 'Chair', 12.50, 'new', "
        "ARRAY_CONSTRUCT('b', 'a'), TRUE, '2026-05-01', '2026-05-01 08:30:00', 't1', "
        "'Hello  \nyou', 3, 'Ann@example.org'"
    )
    report = shared.cycle()
    # t1 leads to t2, whose page is made after that of t1: it follows in the same cycle.
    assert counts(report, "TEAMS") == {"pages created": 2, "pages updated": 1}
    assert counts(report) == {"pages created": 1}
    shown = shared.workspace.values(page_of(shared, "i1"))
    assert shown["Team"] == [page_of(shared, "t1")]
    assert shown["Owner"] == [ann]
    assert (shown["Name"], shown["Amount"], shown["Tags"]) == ("Chair", 12.5, ["a", "b"])
    assert (shown["Active"], shown["Due"]) == (True, "2026-05-01")
    assert shown["Seen"] == "2026-05-01T08:30:00.000Z"
    assert shared.workspace.values(page_of(shared, "t1"))["Lead"] == [page_of(shared, "t2")]
    # Notion spells content its own way; the row keeps its own.
    assert shared.workspace.pages[page_of(shared, "i1")].markdown == "Hello\nyou"
    row = shared.rows("ITEMS")["i1"]
    assert row["CONTENT"] == "Hello  \nyou"
    assert row["NOTION_PAGE_ID"] == page_of(shared, "i1")
    shared.notion.log.clear()
    before = shared.rows("ITEMS"), shared.rows("TEAMS")
    for _ in range(10):
        shared.statements.clear()
        again = shared.cycle()
        assert again.idle
        assert not again.used_warehouse
        # What an idle cycle asks of the account is metadata alone: no warehouse resumes for it.
        assert all(
            sql.startswith(("SHOW ", "SELECT SYSTEM$STREAM_HAS_DATA(")) and " FROM " not in sql
            for sql in shared.statements
        ), shared.statements
    assert not shared.notion.writes()
    assert before == (shared.rows("ITEMS"), shared.rows("TEAMS"))
    # Two entities, each: its properties, the trash, the pages. Bodies only while minutes are open.
    assert again.requests <= 6 + len(shared.workspace.pages)


def test_a_new_page_becomes_a_row_with_a_key_of_its_own(shared: Place) -> None:
    page = shared.workspace.add_page(
        shared.sources["ITEMS"], Name="Lamp", Amount=5, Tags=["x"], markdown="Light"
    )
    key = page.replace("-", "")
    assert counts(shared.cycle()) == {"pages updated": 1, "rows created": 1}
    row = shared.rows("ITEMS")[key]
    assert (row["NAME"], float(row["AMOUNT"]), row["CONTENT"]) == ("Lamp", 5.0, "Light")
    assert json.loads(row["TAGS"]) == ["x"]
    assert shared.workspace.values(page)["sync_id"] == key
    assert shared.cycle().idle


@pytest.mark.slow
def test_a_page_without_a_name_waits_until_it_has_one(shared: Place) -> None:
    page = shared.workspace.add_page(shared.sources["ITEMS"], Notes="first")
    report = shared.cycle()
    assert not counts(report)
    assert "Name" in str(report.entities[1].waiting)
    shared.workspace.advance(30)
    shared.workspace.edit(page, Name="Named")
    assert counts(shared.cycle())["rows created"] == 1


@pytest.mark.slow
def test_edits_of_one_minute_are_not_missed(shared: Place) -> None:
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


def test_different_fields_merge_and_one_field_is_recorded(shared: Place) -> None:
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
    assert conflicts(shared, "merge") == [("STAGE", '"p"', '"r"', "notion", "both changed")]
    assert shared.rows("ITEMS")["merge"]["STAGE"] == "p"
    assert shared.cycle().idle


@pytest.mark.slow
def test_trash_and_restore_keep_what_no_property_holds(shared: Place) -> None:
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
    shared.sql("DELETE FROM CORE.ITEMS WHERE ITEM_ID = 'trash'")
    assert counts(shared.cycle()) == {"pages deleted": 1}
    assert shared.workspace.pages[page].in_trash
    add(shared, "trash", NAME="back")
    assert counts(shared.cycle())["pages restored"] == 1
    assert shared.workspace.values(page)["Name"] == "back"
    assert shared.cycle().idle


@pytest.mark.slow
def test_trash_is_seen_even_if_it_does_not_move_the_time(shared: Place) -> None:
    add(shared, "quiet", NAME="q")
    shared.cycle()
    shared.workspace.advance(3600)
    shared.workspace.trash_moves_time = False
    try:
        shared.workspace.trash(page_of(shared, "quiet"))
        assert counts(shared.cycle()) == {"rows deleted": 1}
    finally:
        shared.workspace.trash_moves_time = True


def test_what_is_not_shared_any_more_keeps_its_row(shared: Place) -> None:
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


def test_the_brake_holds_deletions_until_they_are_meant(shared: Place) -> None:
    for number in range(4):
        add(shared, f"mass{number}", NAME="m")
    add(shared, "beside", NAME="b")
    shared.cycle()
    shared.sql("DELETE FROM CORE.ITEMS WHERE ITEM_ID LIKE 'mass%'")
    change(shared, "beside", "NOTES", "edited")
    report = shared.cycle()
    assert len(report.entities[1].held) == 4
    assert counts(report) == {"pages updated": 1}
    again = shared.cycle()
    assert len(again.entities[1].held) == 4
    assert counts(shared.cycle(allow_deletes=True)) == {"pages deleted": 4}
    assert shared.cycle().idle


def test_a_duplicated_page_is_a_row_of_its_own(shared: Place) -> None:
    add(shared, "twin", NAME="t", NOTES="both")
    shared.cycle()
    copy = shared.workspace.duplicate(page_of(shared, "twin"))
    assert counts(shared.cycle()) == {"pages updated": 1, "rows created": 1}
    key = copy.replace("-", "")
    assert shared.workspace.values(copy)["sync_id"] == key
    assert shared.rows("ITEMS")[key]["NOTES"] == "both"


@pytest.mark.slow
def test_long_text_and_many_relations(shared: Place) -> None:
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


@pytest.mark.slow
def test_a_text_that_mentions_many_pages_comes_whole(shared: Place) -> None:
    add(shared, "mentions", NAME="m")
    shared.cycle()
    space, page = shared.workspace, page_of(shared, "mentions")
    # Not among the synced ones: they are there to be mentioned.
    source = space.add_source(Name="title", sync_id="rich_text")
    others = [space.add_page(source, Name=f"n{number}") for number in range(30)]
    space.mention(page, "Notes", others)
    shared.cycle()
    whole = "".join(f"n{number};" for number in range(30))
    assert shared.rows("ITEMS")["mentions"]["NOTES"] == whole
    assert shared.cycle().idle


@pytest.mark.slow
def test_what_did_not_fit_is_sent_once_more(shared: Place) -> None:
    """The row holds the value all along: that somebody joined the workspace changes no side."""
    address = "late@example.com"
    add(shared, "joins", NAME="j", OWNER=address)
    shared.cycle()
    page = page_of(shared, "joins")
    store = shared.store()
    with shared.sync() as sync:
        maps = sync.maps

    def lookup() -> Lookup:
        with closing(shared.api()) as api:
            people = api.users()
        return Lookup(addresses=people, users={mail: user for user, mail in people.items()})

    (waiting,) = [c for c in recorded(store) if c.key == "joins"]
    with pytest.raises(SyncMistakeError, match="still cannot hold owner: nobody in the workspace"):
        resolve(store, maps, [waiting.id], "snowflake", lookup())
    user = shared.workspace.add_user(address)
    with shared.sync(holder="other") as other, pytest.MonkeyPatch.context() as patch:
        other.take_lock()
        patch.setattr("hushflake.sync.conflicts._WAIT_SECONDS", 0.0)
        with pytest.raises(BusyError, match="is at work"):
            resolve(store, maps, [waiting.id], "snowflake", lookup())
    assert waiting.id in {c.id for c in recorded(store)}
    resolve(store, maps, [waiting.id], "snowflake", lookup())
    # The cycle asks anew who there is: the process that runs it began before the invitation.
    assert counts(shared.cycle())["pages updated"] == 1
    assert shared.workspace.values(page)["Owner"] == [user]
    assert shared.rows("ITEMS")["joins"]["OWNER"] == address
    assert not [c for c in recorded(store) if c.key == "joins"]
    assert shared.cycle().idle


def test_a_sync_that_lost_its_lock_writes_no_row(shared: Place) -> None:
    """A machine that slept wakes up with pages written; another sync may be at work by then."""
    add(shared, "asleep", NAME="a")
    table = f"{SCHEMA}.LOCK"

    def misbehave(operation: str, _number: int) -> Fault | None:
        if operation == "create_page":
            shared.sql(f"UPDATE {table} SET HOLDER = 'another', FENCE = FENCE + 1")
        return None

    shared.notion.misbehave = misbehave
    fresh = pytest.MonkeyPatch()
    fresh.setattr("hushflake.deploy.lock._FRESH_SECONDS", 0.0)
    try:
        with pytest.raises(BusyError, match="lost its lock"):
            shared.cycle()
    finally:
        shared.notion.misbehave = lambda _operation, _number: None
        fresh.undo()
    assert not shared.sql(f"SELECT 1 AS N FROM {SCHEMA}.LINKS WHERE SYNC_ID = 'asleep'")
    shared.sql(f"UPDATE {table} SET HOLDER = NULL, EXPIRES_AT = NULL")
    shared.cycle()
    assert page_of(shared, "asleep")
    assert shared.cycle().idle


def test_an_edit_after_a_conflict_is_not_replaced_unasked(shared: Place) -> None:
    add(shared, "newer", NAME="old", NOTES="n", AMOUNT=1)
    shared.cycle()
    shared.workspace.edit(page_of(shared, "newer"), Name="page", Notes="page")
    change(shared, "newer", "NAME", "row")
    change(shared, "newer", "NOTES", "row")
    shared.cycle()
    store = shared.store()
    with shared.sync() as sync:
        maps = sync.maps
    by_field = {c.field: c for c in recorded(store) if c.key == "newer"}
    change(shared, "newer", "NAME", "edited since")
    with pytest.raises(SyncMistakeError, match="name of ITEMS newer was edited after"):
        resolve(store, maps, [by_field["NAME"].id], "snowflake", Lookup())
    assert shared.rows("ITEMS")["newer"]["NAME"] == "edited since"
    resolve(store, maps, [by_field["NOTES"].id], "snowflake", Lookup())
    resolve(store, maps, [by_field["NAME"].id], "snowflake", Lookup(), over_newer=True)
    row = shared.rows("ITEMS")["newer"]
    assert (row["NAME"], row["NOTES"]) == ("row", "row")
    assert not [c for c in recorded(store) if c.key == "newer"]
    shared.cycle()


def test_only_one_conflict_is_meant_and_only_a_row_at_rest_is_written(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("c1", "c2"):
        add(shared, key, NAME="old")
    shared.cycle()
    for key in ("c1", "c2"):
        shared.workspace.edit(page_of(shared, key), Name=f"page {key}")
        change(shared, key, "NAME", f"row {key}")
    shared.cycle()
    store = shared.store()
    with shared.sync() as sync:
        maps = sync.maps
    first, second = [c for c in recorded(store) if c.key in ("c1", "c2")]
    with pytest.raises(SyncMistakeError, match="no open conflict ''"):
        resolve(store, maps, [""], "snowflake", Lookup())
    monkeypatch.setattr(
        "hushflake.sync.conflicts.recorded",
        lambda *_, **__: [replace(c, id=f"0{c.id}") for c in (first, second)],
    )
    with pytest.raises(SyncMistakeError, match="2 open conflicts begin with"):
        resolve(store, maps, ["0"], "snowflake", Lookup())
    monkeypatch.undo()

    write = Rows.write

    def late(self: Rows, writes: Any) -> None:
        change(shared, first.key, "NOTES", "written in between")
        write(self, writes)

    monkeypatch.setattr(Rows, "write", late)
    with pytest.raises(SyncMistakeError, match="written by somebody else"):
        resolve(store, maps, [first.id], "snowflake", Lookup())
    monkeypatch.undo()
    assert {c.id for c in recorded(store)} >= {first.id, second.id}
    (done,) = resolve(store, maps, [first.id[:12]], "snowflake", Lookup())
    assert done.key == first.key
    assert shared.rows("ITEMS")[first.key]["NAME"] == f"row {first.key}"
    assert first.id not in {c.id for c in recorded(store)}
    shared.cycle()


@pytest.mark.slow
def test_what_a_row_cannot_hold_stays_in_notion_and_is_recorded(shared: Place) -> None:
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


@pytest.mark.slow
def test_paging_that_shifts_during_a_scan_misses_nothing(shared: Place) -> None:
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


@pytest.mark.slow
def test_a_query_that_notion_ends_early_goes_on(shared: Place) -> None:
    shared.workspace.query_limit = 5
    try:
        for number in range(12):
            shared.workspace.advance(61)
            shared.workspace.add_page(shared.sources["ITEMS"], Name=f"limit{number}")
        assert counts(shared.cycle())["rows created"] == 12
    finally:
        shared.workspace.query_limit = 10_000


@pytest.mark.slow
def test_pages_of_one_minute_beyond_the_reach_of_a_query_come_with_later_cycles(
    shared: Place,
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
        *(pytest.param(fault, marks=pytest.mark.slow) for fault in (429, 503, 500, 529, "before")),
    ],
)
def test_a_storm_is_sat_out_within_five_minutes(shared: Place, fault: int | str) -> None:
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


def test_retry_after_is_obeyed_to_the_second(shared: Place) -> None:
    faults = iter([Fault(status=429, retry_after=97)])
    shared.notion.misbehave = lambda _operation, _number: next(faults, None)
    try:
        report = shared.cycle()
    finally:
        shared.notion.misbehave = lambda _operation, _number: None
    assert report.waited == 97
    assert not report.failed


@pytest.mark.slow
def test_requests_keep_the_rate_and_the_budget(shared: Place) -> None:
    wipe(shared)
    shared.cycle()  # what other tests left in TEAMS
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


def test_a_dry_run_writes_nothing_on_either_side(shared: Place) -> None:
    add(shared, "dry", NAME="d")
    page = shared.workspace.add_page(shared.sources["ITEMS"], Name="dry page")
    shared.notion.log.clear()
    shared.statements.clear()
    report = shared.cycle(dry_run=True)
    planned = report.entities[1].planned
    assert any(line.startswith("create page dry: ") for line in planned)
    assert any(line.startswith(f"insert row {page.replace('-', '')}: ") for line in planned)
    assert not shared.notion.writes()
    assert all(sql.startswith(("SHOW ", "SELECT ")) for sql in shared.statements)
    done = counts(shared.cycle())
    assert done["pages created"] == done["rows created"] == 1


@pytest.mark.slow
def test_a_property_may_be_renamed_but_not_dropped_or_retyped(shared: Place) -> None:
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


@pytest.mark.slow
def test_a_stream_that_is_gone_means_a_full_comparison(shared: Place) -> None:
    add(shared, "stale", NAME="s")
    shared.cycle()
    shared.sql(f"DROP STREAM {SCHEMA}.ITEMS_STREAM")
    change(shared, "stale", "NOTES", "unreported")
    report = shared.cycle()
    assert report.entities[1].full
    assert counts(report) == {"pages updated": 1}
    assert shared.cycle().idle


@pytest.mark.slow
def test_edits_that_do_not_move_the_time_are_found_by_the_full_comparison(shared: Place) -> None:
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


def test_a_row_that_changes_while_it_is_synced_is_not_overwritten(shared: Place) -> None:
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


@pytest.mark.slow
def test_a_page_that_changes_while_it_is_synced_is_not_overwritten(shared: Place) -> None:
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
    assert conflicts(shared, "window") == [("NOTES", '"there"', '"here"', "notion", "both changed")]
    shared.cycle()
    assert shared.rows("ITEMS")["window"]["NOTES"] == "there"
    assert shared.cycle().idle


def test_two_syncs_do_not_work_at_once(shared: Place) -> None:
    add(shared, "busy", NAME="b")
    with shared.sync() as one:
        one.take_lock()
        with pytest.raises(BusyError, match="another sync"):
            shared.cycle(holder="other", cache="other")
    assert counts(shared.cycle())["pages created"] == 1


@pytest.mark.slow
def test_another_machine_knows_at_once_that_it_is_behind(shared: Place) -> None:
    shared.cycle(cache="other")
    assert not shared.cycle(cache="other").used_warehouse
    add(shared, "elsewhere", NAME="e")
    shared.cycle()
    # What the other one remembers is old: it reads the state again, and finds nothing to do.
    report = shared.cycle(cache="other")
    assert report.idle
    assert report.used_warehouse
    assert not shared.cycle(cache="other").used_warehouse


def test_without_init_the_way_is_told(shared: Place) -> None:
    shared.sql(f"ALTER TABLE {SCHEMA}.CYCLES RENAME TO {SCHEMA}.AWAY")
    try:
        with pytest.raises(NotSetUpError, match="--init"):
            shared.cycle()
    finally:
        shared.sql(f"ALTER TABLE {SCHEMA}.AWAY RENAME TO {SCHEMA}.CYCLES")
