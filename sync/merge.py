"""The three-way merge of one pair, field by field, on the values that both sides last agreed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .mapping import EntityMap
from .types import Conflict, FieldMap, Link, Lookup, Refused, Value, Values

Side = Literal["notion", "snowflake"]


@dataclass
class Merged:
    """What a merge came to.

    Attributes:
        row, page: The bases afterwards.
        to_row, to_page: What is to be written.
        open: Columns that wait for something -> the side whose value waits.
    """

    row: dict[str, Value] = field(default_factory=dict)
    page: dict[str, Value] = field(default_factory=dict)
    to_row: dict[str, Value] = field(default_factory=dict)
    to_page: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)


class Merge:
    """One merge; `run` gives the outcome.

    Args:
        base: The pair as it was left; None: it was never seen as one.
    """

    def __init__(
        self, of: EntityMap, lookup: Lookup, sync_id: str, page_id: str, base: Link | None
    ) -> None:
        self._of = of
        self._lookup = lookup
        self._sync_id = sync_id
        self._page_id = page_id
        self._base = base
        self._out = Merged()

    def run(self, page: Values, row: Values) -> Merged:
        """Merge what the page and the row say."""
        for item in self._of.fields:
            self._field(item, page.get(item.column), row.get(item.column))
        return self._out

    def _field(self, item: FieldMap, page: Value, row: Value) -> None:
        direction, rule = self._direction(item, page, row)
        if direction is None:
            self._settle(item, row, page)
        elif direction == "notion":
            self._inward(item, page, row, rule)
        else:
            self._outward(item, page, row, rule)

    def _direction(self, item: FieldMap, page: Value, row: Value) -> tuple[Side | None, str]:
        """Whose value goes to the other side, and the rule that overrules an edit, if one does."""
        if item.inward(page, self._lookup) == row:
            return None, ""
        if self._base is None:
            return self._first(item, page, row)
        # A value that waits is an edit that has not come through: one of the other side's beside
        # it is a conflict, however long ago each was made.
        waits = self._base.open.get(item.column)
        page_changed = page != self._base.page.get(item.column) or waits == "notion"
        row_changed = row != self._base.row.get(item.column) or waits == "snowflake"
        if not page_changed and not row_changed and waits is not None:
            came = item.inward(page, self._lookup)
            page_changed = page is not None and not isinstance(came, Refused)
            row_changed = not page_changed
        if not page_changed and not row_changed:
            return None, ""
        return self._winner(item, page_changed, row_changed)

    def _first(self, item: FieldMap, page: Value, row: Value) -> tuple[Side | None, str]:
        """Of a pair that is new: what is blank is filled in, else the winner's value stands."""
        if page in (None, False) and row is not None and item.master != "notion":
            return "snowflake", ""
        if row is None and item.master != "snowflake":
            return "notion", ""
        return self._winner(item, True, True)

    def _winner(
        self, item: FieldMap, page_changed: bool, row_changed: bool
    ) -> tuple[Side | None, str]:
        master = item.master
        if page_changed and row_changed:
            winner = master if master != "both" else self._of.winner
            return ("snowflake" if winner == "snowflake" else "notion"), "both changed"
        side: Side = "notion" if page_changed else "snowflake"
        if master in ("both", side):
            return side, ""
        return ("snowflake" if master == "snowflake" else "notion"), "owner"

    def _inward(self, item: FieldMap, page: Value, row: Value, rule: str) -> None:
        value = item.inward(page, self._lookup)
        if isinstance(value, Refused):
            self._refuse(item, value, page, row, "snowflake", rule)
            return
        if rule:
            self._conflict(item, page, row, "notion", rule)
        self._out.to_row[item.column] = value
        self._settle(item, value, page)

    def _outward(self, item: FieldMap, page: Value, row: Value, rule: str) -> None:
        value = item.outward(row, self._lookup)
        if isinstance(value, Refused):
            self._refuse(item, value, page, row, "notion", rule)
            return
        if value != page:
            if rule:
                self._conflict(item, page, row, "snowflake", rule)
            self._out.to_page[item.column] = value
        self._settle(item, row, value)

    def _refuse(
        self, item: FieldMap, why: Refused, page: Value, row: Value, stands: Side, rule: str
    ) -> None:
        """Leave both sides as they are, and say so: each keeps its value until one changes."""
        if why.waits:
            self._out.open[item.column] = "notion" if stands == "snowflake" else "snowflake"
            if rule:
                self._conflict(item, page, row, stands, rule)
        else:
            self._conflict(item, page, row, stands, f"refused: {why.reason}")
        self._settle(item, row, page)

    def _conflict(self, item: FieldMap, page: Value, row: Value, winner: Side, rule: str) -> None:
        base = self._base.row.get(item.column) if self._base else None
        self._out.conflicts.append(
            Conflict(self._sync_id, self._page_id, item.column, base, page, row, winner, rule)
        )

    def _settle(self, item: FieldMap, row: Value, page: Value) -> None:
        self._out.row[item.column] = row
        self._out.page[item.column] = page


def outwards(of: EntityMap, lookup: Lookup, sync_id: str, row: Values) -> Merged:
    """Return what a new page of a row holds, and what it cannot hold."""
    out = Merged(row=dict(row), page={})
    for item in of.fields:
        value = row.get(item.column)
        if not item.converter.writable:
            out.page[item.column] = None
            continue
        crossed = item.outward(value, lookup)
        if isinstance(crossed, Refused):
            out.page[item.column] = None
            if crossed.waits:
                out.open[item.column] = "snowflake"
            else:
                rule = f"refused: {crossed.reason}"
                out.conflicts.append(
                    Conflict(sync_id, "", item.column, None, None, value, "notion", rule)
                )
            continue
        out.page[item.column] = crossed
        if crossed is not None:
            out.to_page[item.column] = crossed
    return out


def inwards(
    of: EntityMap,
    lookup: Lookup,
    sync_id: str,
    page_id: str,
    page: Values,
    before: Mapping[str, Value],
) -> tuple[Merged, str]:
    """Return what a new row of a page holds, and what the page still lacks ("" for nothing).

    Args:
        before: What the row held when it was there before; stands where the page cannot.
    """
    out = Merged(page=dict(page))
    lacks = ""
    for item in of.fields:
        value = page.get(item.column)
        crossed: Value | Refused = item.inward(value, lookup)
        if isinstance(crossed, Refused):
            stands = before.get(item.column)
            if item.required and stands is None and not item.is_key:
                lacks = lacks or f"{item.property_name or 'the content'}: {crossed.reason}"
            if crossed.waits:
                out.open[item.column] = "notion"
            elif value is not None:
                rule = f"refused: {crossed.reason}"
                out.conflicts.append(
                    Conflict(
                        sync_id, page_id, item.column, stands, value, stands, "snowflake", rule
                    )
                )
            crossed = stands
        out.row[item.column] = crossed
        if crossed is not None:
            out.to_row[item.column] = crossed
    return out, lacks
