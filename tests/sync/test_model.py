"""The engine against an oracle, on values alone: hundreds of lives of one pair."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from sync_maps import entity_map, field

from hushflake.sync.decide import decide
from hushflake.sync.types import Decision, Link, Lookup, Page, Row, Value

FIELDS = ("A", "B", "C", "D")
MAP = entity_map(
    [
        field("A", kind="title"),
        field("B"),
        field("C", owner="notion"),
        field("D", owner="snowflake"),
    ]
)


class Pair:
    """One row and one page, edited by people and by the engine."""

    def __init__(self) -> None:
        self.row: dict[str, Value] | None = {"A": "a0"}
        self.page: dict[str, Value] | None = None
        self.trashed = False
        self.link: Link | None = None
        self.told: set[Value] = set()
        self.excused: set[Value] = {None}
        self.written: set[Value] = set()

    def edit_row(self, name: str, value: str) -> None:
        if self.row is not None:
            self.excused.add(self.row.get(name))
            self.row[name] = value
            self.written.add(value)

    def edit_page(self, name: str, value: str) -> None:
        if self.page is not None and not self.trashed:
            self.excused.add(self.page.get(name))
            self.page[name] = value
            self.written.add(value)

    def delete_row(self) -> None:
        if self.row is not None and self.page is not None:
            self.excused |= set(self.row.values())
            self.row = None

    def trash(self) -> None:
        if self.page is not None:
            self.excused |= set(self.page.values())
            self.trashed = True

    def restore(self) -> None:
        self.trashed = False

    def decide(self) -> Decision:
        page = None
        if self.page is not None:
            sight = "trash" if self.trashed else "live"
            page = Page("p", dict(self.page), sync_id="k", sight=sight)  # type: ignore[arg-type]
        row = None if self.row is None else Row("k", dict(self.row))
        return decide(MAP, Lookup(), "k", self.link, page, row)

    def sync(self) -> bool:
        """Carry out what is decided; return whether there was something to write."""
        found = self.decide()
        self.told |= {v for c in found.conflicts for v in (c.notion, c.snowflake)}
        if found.page is not None:
            if found.page.action == "create":
                self.page = {}
            assert self.page is not None
            self.page.update(found.page.values)
            self.trashed = found.page.action == "trash"
        if found.row is not None:
            if found.row.action == "delete":
                self.row = None
            else:
                self.row = {**(self.row or {}), **found.row.values}
        if found.link is not None:
            self.link = replace(found.link, page_id="p")
        return found.writes

    def check(self) -> None:
        assert not self.sync(), "a second run writes"
        if self.row is None:
            assert self.page is None or self.trashed
        else:
            assert self.page is not None
            assert not self.trashed
            for name in FIELDS:
                assert self.row.get(name) == self.page.get(name)
        there = set((self.row or {}).values()) | set((self.page or {}).values())
        assert not self.written - there - self.excused - self.told


ACTION = st.one_of(
    st.tuples(st.just("edit_row"), st.sampled_from(FIELDS)),
    st.tuples(st.just("edit_page"), st.sampled_from(FIELDS)),
    st.tuples(st.sampled_from(["delete_row", "trash", "restore", "sync", "sync"])),
)


@given(st.lists(ACTION, max_size=30))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_a_pair_is_equal_in_the_end_and_no_edit_is_lost(actions: list[tuple[str, ...]]) -> None:
    pair = Pair()
    for number, (name, *arguments) in enumerate(actions):
        values = [*arguments, f"v{number}"] if arguments else []
        getattr(pair, name)(*values)
    pair.sync()
    pair.check()
