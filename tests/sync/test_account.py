"""What an account of the sync must do, held by the one over SQL and by the one in memory alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sync_memory import Account, MemoryStore, Steps
from sync_memory_place import MemoryPlace
from sync_place import Place

from hushflake.sync import ports
from hushflake.sync.mapping import EntityMap
from hushflake.sync.types import Conflict, Decision, Link, PageWrite, RowWrite

ROW = {"NAME": "n", "NOTES": "x", "AMOUNT": "12.5", "TAGS": ("a", "b"), "ACTIVE": True}


@contextmanager
def over_sql(place: Place) -> Iterator[tuple[ports.Account, EntityMap]]:
    with place.sync("ITEMS") as sync:
        yield sync.store, sync.maps[0]


def check_rows(store: ports.Account, of: EntityMap) -> None:
    table = store.rows(of)
    table.write([("k", RowWrite("insert", ROW, kept={"SECRET_COST": "7.00"}, page_id="p"))])
    row = table.read(["k", "other"])["k"]
    assert {name: row.values[name] for name in ROW} == ROW
    assert row.spelled["NOTION_PAGE_ID"] == "p"
    assert float(row.spelled["SECRET_COST"] or 0) == 7
    # There already: nothing happens.
    table.write([("k", RowWrite("insert", {"NAME": "second"}))])
    assert table.read()["k"].values["NAME"] == "n"
    # As it was seen, and not any more.
    table.write([("k", RowWrite("update", {"NOTES": "y"}, row, page_id="q"))])
    now = table.read(["k"])["k"]
    assert (now.values["NOTES"], now.spelled["NOTION_PAGE_ID"]) == ("y", "q")
    table.write([("k", RowWrite("update", {"NOTES": "z"}, row))])
    assert table.read(["k"])["k"].values["NOTES"] == "y"
    # A deletion compares what no property holds too.
    table.write([("k", RowWrite("delete", {}, row))])
    assert "k" in table.read(["k"])
    table.write([("k", RowWrite("delete", {}, now))])
    assert not table.read(["k"])


def check_state(store: ports.Account, of: EntityMap) -> None:
    version = store.glance([of]).version
    link = Link("k", "p", {"NAME": "n"}, {"NAME": "m"}, "live", "e", {"TEAM_ID": "notion"},
                {"SECRET_COST": "7.00"}, "v2")  # fmt: skip
    conflict = Conflict("k", "p", "NAME", None, "there", "here", "notion", "both changed")
    update = PageWrite("update", "p", {"NAME": "first", "NOTES": None})
    with store.transaction():
        store.put_links(of, [link])
        store.finish(of.entity, {})
    store.begin(of.entity, [Decision("k", link, update, None, (conflict,))])
    store.begin(of.entity, [Decision("k", link, PageWrite("trash", "p"))])
    store.keep(of.entity, ["k", "l"])
    store.keep(of.entity, ["k"])
    glance = store.glance([of])
    assert (glance.version, glance.pending) == (version + 1, True)
    assert store.links(of.entity, ["k", "none"]) == {"k": link}
    assert store.known(of.entity) == [ports.Known.of(link, of.body_column)]
    assert store.changes(of.entity) == {"k", "l"}
    (operation,) = store.operations(of.entity)
    assert (operation.action, operation.wanted) == ("trash", {})
    store.begin(of.entity, [Decision("k", link, update)])
    (operation,) = store.operations(of.entity)
    assert dict(operation.wanted) == {"NAME": "first", "NOTES": None}
    store.end(of.entity, ["k", "l"])
    assert not store.operations(of.entity)
    assert store.changes(of.entity) == {"k", "l"}
    store.settle(of.entity, ["k", "l"])
    assert not store.glance([of]).pending
    assert store.pages([of.entity]) == {of.entity: {"k": "p"}}


def check_cursor(store: ports.Account, of: EntityMap) -> None:
    store.put_cursor(of.entity, ports.Cursor("d", "w", {"Name": "x"}), full=True)
    store.put_cursor(of.entity, ports.Cursor("d", "w2", {"Name": "x"}), full=False)
    cursor = store.cursor(of.entity)
    assert cursor is not None
    assert (cursor.watermark, dict(cursor.properties)) == ("w2", {"Name": "x"})
    assert cursor.full_at > 0
    version = store.glance([of]).version
    store.renew_stream(of)
    cursor = store.cursor(of.entity)
    assert cursor is not None
    assert cursor.full_at == 0
    assert store.glance([of]).version == version + 1


def check_stream(store: ports.Account, of: EntityMap) -> None:
    assert of.entity not in store.glance([of]).changed
    store.rows(of).write([("s", RowWrite("insert", {"NAME": "n"}))])
    assert of.entity in store.glance([of]).changed
    assert store.streamed(of) == {"s"}
    store.drain(of)
    assert of.entity not in store.glance([of]).changed
    assert "s" in store.changes(of.entity)
    (row,) = store.rows(of).read(["s"]).values()
    store.rows(of).write([("gone", RowWrite("insert", {"NAME": "n"}))])
    (gone,) = store.rows(of).read(["gone"]).values()
    store.rows(of).write(
        [("s", RowWrite("delete", {}, row)), ("gone", RowWrite("delete", {}, gone))]
    )
    # What came and went since the stream was moved, it does not report.
    assert store.streamed(of) == {"s"}


def check_transaction(store: ports.Account, of: EntityMap) -> None:
    def fails() -> None:
        with store.transaction():
            store.rows(of).write([("t", RowWrite("insert", {"NAME": "n"}))])
            store.finish(of.entity, {})
            raise ZeroDivisionError

    version = store.glance([of]).version
    with pytest.raises(ZeroDivisionError):
        fails()
    assert "t" not in store.rows(of).read(["t"])
    assert store.glance([of]).version == version


def check_history(store: ports.Account, of: EntityMap) -> None:
    for _ in range(5):
        store.finish(of.entity, {})
    before = store.glance([of])
    assert before.history >= 5
    with store.transaction():
        store.trim()
    after = store.glance([of])
    assert after.history == 1
    assert after.version > before.version
    store.finish(of.entity, {})
    assert store.glance([of]).version == after.version + 1


CHECKS: list[Any] = [
    check_rows,
    check_state,
    check_cursor,
    check_stream,
    check_transaction,
    check_history,
]


@pytest.mark.parametrize("check", CHECKS)
def test_an_account_in_memory(tmp_path: Path, check: Any) -> None:
    place = MemoryPlace(tmp_path / "place")
    of = next(of for of in place.maps if of.entity == "ITEMS")
    check(MemoryStore(Account(), Steps()), of)


def test_an_account_over_sql(here: Place) -> None:
    with over_sql(here) as (store, of):
        for check in CHECKS:
            check(store, of)
