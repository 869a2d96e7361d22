"""What is to be done with one pair of a row and a page: every case on one screen.

| link    | page   | row  | what                                                                 |
|---------|--------|------|----------------------------------------------------------------------|
| none    | live   | none | a new row, once the page has what the row requires                   |
| none    | live   | there| the two are tied together: blanks filled in, differences recorded    |
| none    | none   | there| a new page                                                           |
| live    | live   | there| the merge                                                            |
| live    | same   | gone | the page goes to the trash; a tombstone                              |
| live    | edited | gone | the edit beats the deletion: the row comes back; recorded            |
| live    | trash  | same | the row is deleted; a tombstone keeps it                             |
| live    | trash  | edited| the edit beats the deletion: the page comes back; recorded          |
| live    | unseen | any  | nothing: a page that is not shared with us is not deleted            |
| deleted | live   | none | the page was restored: the row comes back                            |
| deleted | trash  | there| the row was put back: the page comes back                            |
| deleted | unseen | there| the row was put back, its page is gone for good: a new page          |

What leads out of each state, and that something always does: docs/decisions/0060.
"""

from dataclasses import replace
from typing import Literal

from .mapping import EntityMap
from .merge import Merge, inwards, outwards
from .types import Conflict, Decision, Link, Lookup, Page, PageWrite, Row, RowWrite, Values


def decide(
    of: EntityMap,
    lookup: Lookup,
    sync_id: str,
    link: Link | None,
    page: Page | None,
    row: Row | None,
) -> Decision:
    """Return what is to be done with one pair.

    Args:
        sync_id: The key of the row as text, also of a row that is yet to be made.
        link: How the pair was left; None: it is new.
        page: None: there is none; with a link: it was not looked at, so it is as it was left.
        row: None: there is none.
    """
    if link is None:
        return _new(of, lookup, sync_id, page, row)
    if page is None:
        page = Page(
            link.page_id,
            link.page,
            link.edited,
            sight="trash" if link.state == "deleted" else "live",
        )
    if page.sight == "unseen":
        if link.state != "deleted":
            return Decision(sync_id, link=replace(link, state="unseen"))
        return Decision(sync_id, link=link) if row is None else _new_page(of, lookup, row)
    if row is None:
        return _without_row(of, lookup, link, page)
    if page.sight == "trash":
        return _with_trash(of, lookup, link, page, row)
    return _merged(of, lookup, link, page, row)


def _new(
    of: EntityMap, lookup: Lookup, sync_id: str, page: Page | None, row: Row | None
) -> Decision:
    if page is None or page.sight != "live":
        return _new_page(of, lookup, row) if row is not None else Decision(sync_id)
    if row is None:
        return _new_row(of, lookup, sync_id, page)
    merged = Merge(of, lookup, sync_id, page.id, None).run(page.values, row.values)
    return Decision(
        sync_id,
        Link(sync_id, page.id, merged.row, merged.page, "live", page.edited, merged.open),
        _update(page, merged.to_page, set_sync_id=page.sync_id != sync_id),
        _row_update(of, merged.to_row, row, page.id),
        tuple(merged.conflicts),
    )


def _new_page(of: EntityMap, lookup: Lookup, row: Row) -> Decision:
    made = outwards(of, lookup, row.sync_id, row.values)
    return Decision(
        row.sync_id,
        Link(row.sync_id, "", made.row, made.page, open=made.open),
        PageWrite("create", "", made.to_page, set_sync_id=True),
        RowWrite("update", {}, row) if of.keeps_page_id else None,
        tuple(made.conflicts),
    )


def _new_row(of: EntityMap, lookup: Lookup, sync_id: str, page: Page) -> Decision:
    values = dict(page.values)
    to_page = {}
    for column, part in zip(of.key, of.key_parts(sync_id) or (), strict=False):
        item = of.by_column.get(column.name)
        if item is not None and values.get(column.name) != part:
            crossed = item.outward(part, lookup)
            if isinstance(crossed, str):
                values[column.name] = to_page[column.name] = crossed
    made, lacks = inwards(of, lookup, sync_id, page.id, values, {})
    if lacks:
        return Decision(sync_id, waits=lacks)
    return Decision(
        sync_id,
        Link(sync_id, page.id, made.row, made.page, "live", page.edited, made.open),
        _update(page, to_page, set_sync_id=page.sync_id != sync_id),
        RowWrite("insert", made.to_row, page_id=page.id),
        tuple(made.conflicts),
    )


def _merged(of: EntityMap, lookup: Lookup, link: Link, page: Page, row: Row) -> Decision:
    merged = Merge(of, lookup, link.sync_id, page.id, link).run(page.values, row.values)
    after = Link(link.sync_id, page.id, merged.row, merged.page, "live", page.edited, merged.open)
    wrong_id = page.sync_id is not None and page.sync_id != link.sync_id
    return Decision(
        link.sync_id,
        after,
        _update(page, merged.to_page, set_sync_id=wrong_id),
        _row_update(of, merged.to_row, row, page.id),
        tuple(merged.conflicts),
    )


def _without_row(of: EntityMap, lookup: Lookup, link: Link, page: Page) -> Decision:
    if page.sight == "trash":
        return Decision(link.sync_id, replace(link, state="deleted", open={}))
    if link.state != "deleted" and not _edited(of, link.page, page.values, "snowflake"):
        after = replace(link, state="deleted", edited=page.edited, open={})
        write = PageWrite("trash", page.id, expected=page.values)
        return Decision(link.sync_id, after, write, None, _overruled(of, link, page.values, None))
    # Restored in Notion, or edited there while the row went: the row comes back.
    made, lacks = inwards(of, lookup, link.sync_id, page.id, page.values, link.row)
    if lacks:
        return Decision(link.sync_id, waits=lacks)
    conflicts = list(made.conflicts)
    if link.state != "deleted":
        conflicts.append(_beaten(link, "edited", "deleted", "notion"))
    kept = {name: text for name, text in link.kept.items() if name not in of.by_column}
    return Decision(
        link.sync_id,
        Link(link.sync_id, page.id, made.row, made.page, "live", page.edited, made.open),
        None,
        RowWrite("insert", made.to_row, kept=kept, page_id=page.id),
        tuple(conflicts),
    )


def _with_trash(of: EntityMap, lookup: Lookup, link: Link, page: Page, row: Row) -> Decision:
    put_back = link.state == "deleted"
    if not put_back and not _edited(of, link.row, row.values, "notion"):
        after = replace(link, state="deleted", edited=page.edited, open={}, kept=row.spelled)
        write = RowWrite("delete", {}, row)
        overruled = _overruled(of, link, None, row.values)
        return Decision(link.sync_id, after, None, write, overruled)
    merged = Merge(of, lookup, link.sync_id, page.id, link).run(page.values, row.values)
    conflicts = list(merged.conflicts)
    if not put_back:
        conflicts.append(_beaten(link, "deleted", "edited", "snowflake"))
    return Decision(
        link.sync_id,
        Link(link.sync_id, page.id, merged.row, merged.page, "live", page.edited, merged.open),
        PageWrite("restore", page.id, merged.to_page, page.values),
        _row_update(of, merged.to_row, row, page.id),
        tuple(conflicts),
    )


def _row_update(of: EntityMap, values: Values, row: Row, page_id: str) -> RowWrite | None:
    knows = not of.keeps_page_id or row.spelled.get(of.page_column) == page_id
    if not values and knows:
        return None
    return RowWrite("update", values, row, page_id=page_id)


def _update(page: Page, values: Values, *, set_sync_id: bool) -> PageWrite | None:
    if not values and not set_sync_id:
        return None
    return PageWrite("update", page.id, values, page.values, set_sync_id)


def _edited(of: EntityMap, base: Values, now: Values, master: str) -> bool:
    """Whether one side was edited in a field where its edits count; what is computed is none."""
    return any(
        base.get(item.column) != now.get(item.column)
        for item in of.fields
        if item.master != master and item.converter.writable
    )


def _overruled(
    of: EntityMap, link: Link, page: Values | None, row: Values | None
) -> tuple[Conflict, ...]:
    """Edits that do not count, and go with what is deleted: they are not lost silently."""
    now, base = (page, link.page) if page is not None else (row or {}, link.row)
    found = []
    for item in of.fields:
        value = now.get(item.column)
        if value == base.get(item.column) or (page is not None and not item.converter.writable):
            continue
        there, here = (value, None) if page is not None else (None, value)
        winner: Literal["notion", "snowflake"] = "snowflake" if page is not None else "notion"
        was = link.row.get(item.column)
        found.append(
            Conflict(link.sync_id, link.page_id, item.column, was, there, here, winner, "owner")
        )
    return tuple(found)


def _beaten(link: Link, notion: str, snowflake: str, winner: str) -> Conflict:
    return Conflict(
        link.sync_id,
        link.page_id,
        "*",
        None,
        notion,
        snowflake,
        "notion" if winner == "notion" else "snowflake",
        "edit beats delete",
    )
