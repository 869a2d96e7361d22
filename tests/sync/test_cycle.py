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
def test_a_stream_that_is_gone_means_a_full_comparison(shared: Place) -> None:
    add(shared, "stale", NAME="s")
    shared.cycle()
    shared.sql(f"DROP STREAM {SCHEMA}.ITEMS_STREAM")
    change(shared, "stale", "NOTES", "unreported")
    report = shared.cycle()
    assert report.entities[1].full
    assert counts(report) == {"pages updated": 1}
    assert shared.cycle().idle


def test_two_syncs_do_not_work_at_once(shared: Place) -> None:
    add(shared, "busy", NAME="b")
    with shared.sync() as one:
        one.take_lock()
        with pytest.raises(BusyError, match="another sync"):
            shared.cycle(holder="other", cache="other")
    assert counts(shared.cycle())["pages created"] == 1


def test_without_init_the_way_is_told(shared: Place) -> None:
    shared.sql(f"ALTER TABLE {SCHEMA}.CYCLES RENAME TO {SCHEMA}.AWAY")
    try:
        with pytest.raises(NotSetUpError, match="--init"):
            shared.cycle()
    finally:
        shared.sql(f"ALTER TABLE {SCHEMA}.AWAY RENAME TO {SCHEMA}.CYCLES")
