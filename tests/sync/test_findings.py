"""Histories in which an edit once went missing, or the sync never came to rest; in memory."""

from collections.abc import Callable

import httpx
import pytest
from sync_history import World
from sync_memory import refusal

from hushflake.sync.report import CycleReport


class Story(World):
    """A world whose events are written down; `it` is the one page, `key` its row's."""

    def __init__(self) -> None:
        super().__init__(0)
        self.one = self.processes[0]

    def row(self, key: str, **cells: str | None) -> None:
        there = self.rows().get(key, {"ITEM_ID": key})
        self.account.put_row("ITEMS", key, {**there, **cells})
        self.judge.born.add(key)

    def gone(self, key: str) -> None:
        self.account.put_row("ITEMS", key, None)

    def page(self, **values: str) -> str:
        page = self.space.add_page(self.source, **values)
        self.judge.born.add(page.replace("-", ""))
        return page

    def tied(self, key: str) -> str:
        return next(p for p, shown in self.pages().items() if shown["sync_id"] == key)

    def run(self, **options: bool) -> CycleReport:
        self.account.holder = ""
        self.space.advance(300)
        report = self.one.cycle(**options)
        assert report is not None
        return report

    def killed(self, at: str, nth: int = 1, *, after: bool = True) -> None:
        """Run a cycle and kill it at a step, by its name."""
        seen = 0
        step = self.one.step

        def counting(name: str, work: Callable[[], object]) -> object:
            nonlocal seen
            seen += name == at
            if seen == nth and name == at and self.one.kill is None:
                self.one.kill, self.one.after = 0, after
            return step(name, work)

        self.one.step = counting  # type: ignore[method-assign]
        try:
            assert self.one.cycle() is None, "it was not killed"
        finally:
            self.one.step = step  # type: ignore[method-assign]
        self.account.holder = ""

    def while_at(self, at: str, act: Callable[[], object], nth: int = 1) -> CycleReport:
        """Run a cycle in which people do something right before a step."""
        seen = 0
        step = self.one.step

        def waiting(name: str, work: Callable[[], object]) -> object:
            nonlocal seen
            seen += name == at
            if seen == nth and name == at:
                seen += 1
                act()
            return step(name, work)

        self.one.step = waiting  # type: ignore[method-assign]
        try:
            report = self.one.cycle()
        finally:
            self.one.step = step  # type: ignore[method-assign]
        assert report is not None
        return report

    def failing(self, fault: Callable[[str], Exception | None]) -> CycleReport:
        assert self.one.client is not None
        self.one.client.fault = fault
        try:
            return self.run()
        finally:
            self.one.client.fault = lambda _name: None

    def told(self) -> list[tuple[str, object, object]]:
        return sorted((c.column, c.notion, c.snowflake) for c in self.account.conflicts.values())


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_copy_of_a_page_whose_row_was_begun_becomes_a_row(story: Story) -> None:
    page = story.page(Name="first")
    story.killed("http update_page")
    copy = story.space.duplicate(page)
    story.judge.born.add(copy.replace("-", ""))
    story.space.trash(page)
    story.run()
    story.space.edit(copy, Notes="later")
    story.converge()
    assert [row["NOTES"] for row in story.rows().values()] == ["later"]


def test_a_new_page_that_is_trashed_before_its_turn_leaves_nothing_behind(story: Story) -> None:
    page = story.page(Name="gone")
    story.while_at("http page", lambda: story.space.trash(page))
    story.converge()
    assert not story.rows()


def test_content_and_trash_there_and_content_here_come_to_rest(story: Story) -> None:
    story.row("k", NAME="n", CONTENT="old")
    story.run()
    page = story.tied("k")
    story.space.write(page, "there")
    story.space.trash(page)
    story.row("k", CONTENT="here", NOTES="more")
    story.converge()
    assert story.tied("k") == page
    assert story.rows()["k"]["NOTES"] == "more"
    assert ("CONTENT", "there", "here") in story.told()


@pytest.mark.parametrize("nth", [1, 2])
def test_a_page_taken_back_after_a_kill_has_its_row_again(story: Story, nth: int) -> None:
    """Killed after the chunk's commit: what this machine remembers is old by then."""
    story.row("k", NAME="n")
    story.run()
    page = story.tied("k")
    if nth == 1:
        story.gone("k")
    else:
        story.space.trash(page)
    story.killed("sql commit")
    story.space.trash(page)
    story.space.trash(page, back=True)
    story.converge()
    assert story.rows()["k"]["NAME"] == "n"


def test_a_copy_of_a_page_whose_creation_is_not_noted_does_not_wait(story: Story) -> None:
    story.row("k", NAME="n")
    story.killed("http create_page")
    copy = story.space.duplicate(story.tied("k"))
    story.judge.born.add(copy.replace("-", ""))
    story.run()
    assert sorted(story.rows()) == sorted(["k", copy.replace("-", "")])
    story.converge()


def test_a_page_that_is_trashed_before_its_creation_is_noted_takes_its_row_along(
    story: Story,
) -> None:
    story.row("k", NAME="n")
    story.killed("http create_page")
    story.space.trash(story.tied("k"))
    story.converge()
    assert not story.rows()
    assert not story.pages()


@pytest.mark.parametrize("status", [401, 403, 418])
def test_a_refused_token_settles_nothing(story: Story, status: int) -> None:
    for number in range(6):
        story.row(f"k{number}", NAME="n")
    story.run()
    for number in range(6):
        story.row(f"k{number}", NOTES=f"edit {number}")
    writes = 0

    def fault(name: str) -> Exception | None:
        nonlocal writes
        writes += name == "update_page"
        return refusal(status, "unauthorized") if writes > 2 else None

    report = story.failing(fault)
    assert report.failed
    assert not report.entities[0].complete
    assert not story.account.conflicts
    story.converge()
    assert {shown["Notes"] for shown in story.pages().values()} == {
        f"edit {number}" for number in range(6)
    }


def test_a_data_source_that_is_forbidden_ends_the_cycle_and_is_told(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    story.row("k", NOTES="edit")
    report = story.failing(
        lambda name: refusal(403, "restricted_resource") if name == "data_source" else None
    )
    assert "403" in report.entities[0].failures[0]
    assert not story.account.conflicts
    story.converge()


def test_one_refused_field_does_not_refuse_its_neighbours(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    assert story.one.client is not None
    update = story.one.client.pages.update

    def picky(page: str, **body: object) -> object:
        if "bad" in str(body):
            raise refusal(400, "validation_error", "no such value")
        return update(page, **body)

    story.one.client.pages.update = picky
    story.row("k", NAME="good", NOTES="bad", CONTENT="text")
    report = story.run()
    assert [c.column for c in report.entities[0].conflicts] == ["NOTES"]
    shown = story.pages()[story.tied("k")]
    assert (shown["Name"], shown["Notes"], shown["body"]) == ("good", "", "text")
    assert story.run().idle
    # A new page too holds what is taken of its row.
    story.row("new", NAME="fine", NOTES="bad")
    create = story.one.client.pages.create

    def picky_create(**body: object) -> object:
        if "bad" in str(body):
            raise refusal(400, "validation_error", "no such value")
        return create(**body)

    story.one.client.pages.create = picky_create
    story.run()
    assert story.pages()[story.tied("new")]["Name"] == "fine"
    assert ("NOTES", None, "bad") in story.told()


def test_a_property_that_is_renamed_meanwhile_is_read_all_the_same(story: Story) -> None:
    page = story.page(Name="n", Notes="text")
    story.while_at("http query", lambda: story.space.rename_property(story.source, "Notes", "New"))
    story.space.rename_property(story.source, "New", "Notes")
    story.converge()
    assert story.rows()[page.replace("-", "")]["NOTES"] == "text"


SHAPES: list[object] = [
    None,
    [],
    "text",
    {},
    {"results": None},
    {"results": [{"object": "page"}], "has_more": False},
    {"results": [{"object": "page", "id": "x", "properties": {}}]},
    {"results": [], "has_more": True},
    {"results": [], "has_more": True, "next_cursor": "again"},
    {"markdown": None},
    {"properties": {"Name": {"type": "title"}}},
]


@pytest.mark.parametrize("operation", ["data_source", "query", "page", "update_page", "markdown"])
def test_an_answer_of_any_shape_ends_the_entitys_cycle_with_a_message(
    story: Story, operation: str
) -> None:
    for shape in SHAPES:
        story.row("k", NAME="n")
        story.page(Name="p")
        story.run()
        story.row("k", NOTES=f"edit {SHAPES.index(shape)}", CONTENT=f"c {SHAPES.index(shape)}")
        client = story.one.client
        assert client is not None
        answer = client._ask

        def wrong(
            name: str,
            work: Callable[[], object],
            answer: Callable[..., object] = answer,
            shape: object = shape,
        ) -> object:
            return shape if name == operation else answer(name, work)

        client._ask = wrong  # type: ignore[method-assign]
        report = story.run()
        client._ask = answer  # type: ignore[method-assign]
        assert report.failed or report.entities[0].complete, (operation, shape)
        story.converge()


def test_a_blank_page_keeps_no_warehouse_awake(story: Story) -> None:
    story.page(Name="n")
    story.run()
    blank = story.page()
    report = story.run()
    assert report.entities[0].waiting
    for _ in range(2):
        report = story.run()
        assert report.idle
        assert not report.used_warehouse
    story.space.edit(blank, Name="named")
    assert dict(story.run().entities[0].counts)["rows created"] == 1


def test_a_row_with_the_key_of_a_waiting_page_is_tied_to_it(story: Story) -> None:
    blank = story.page(sync_id="k")
    story.run()
    story.run()
    story.row("k", NAME="row")
    story.run()
    assert story.pages()[blank]["Name"] == "row"
    story.converge()


def test_a_row_edited_in_an_unmapped_column_is_not_deleted_unseen(story: Story) -> None:
    story.row("k", NAME="n", EXTRA="17")
    story.run()
    page = story.tied("k")
    story.space.trash(page)
    # Between the cycle's read of the row and its deletion.
    story.while_at("sql begin", lambda: None)
    story.space.trash(page, back=True)
    story.run()
    story.space.trash(page)
    story.while_at("sql confirm", lambda: story.row("k", EXTRA="18"))
    story.run()
    assert "k" not in story.rows()
    story.space.trash(page, back=True)
    story.judge.extra["k"] = {"18"}
    story.converge()
    assert story.rows()["k"]["EXTRA"] == "18"


def test_a_row_that_was_put_back_after_its_page_went_for_good_has_a_new_page(
    story: Story,
) -> None:
    story.row("k", NAME="n")
    story.run()
    page = story.tied("k")
    story.gone("k")
    story.run()
    story.space.pages[page].shared = False  # emptied out of the trash: nobody sees it any more
    story.row("k", NAME="again")
    story.run()
    story.space.pages.pop(page)
    story.converge()
    assert story.pages()[story.tied("k")]["Name"] == "again"


def test_a_row_put_back_while_its_page_was_on_its_way_to_the_trash_stays(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    story.gone("k")
    story.killed("http update_page")
    story.row("k", NAME="n")
    story.converge()
    assert "k" in story.rows()


def test_content_edited_right_before_its_page_goes_is_not_lost(story: Story) -> None:
    story.row("k", NAME="n", CONTENT="old")
    story.run()
    page = story.tied("k")
    for _ in range(5):
        story.run()
    story.gone("k")
    story.while_at("http page", lambda: story.space.write(page, "new"))
    story.converge()
    assert story.rows()["k"]["CONTENT"] == "new"


def test_a_stream_that_was_renewed_by_a_cycle_that_died_is_compared_in_full(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    story.stale()
    story.row("k", NOTES="unseen")
    story.account.move_stream("ITEMS")
    story.killed("sql renew_stream")
    story.converge()
    assert story.pages()[story.tied("k")]["Notes"] == "unseen"


def test_a_fault_of_the_network_leaves_the_edit(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    story.row("k", NOTES="edit")
    report = story.failing(lambda name: httpx.ReadError("cut") if name == "update_page" else None)
    assert report.failed
    story.converge()


def test_a_row_that_goes_while_its_page_comes_back_is_not_raised_from_the_dead(
    story: Story,
) -> None:
    story.row("k", NAME="n")
    story.run()
    story.gone("k")
    story.run()
    story.row("k", NAME="again")
    story.while_at("http update_page", lambda: story.gone("k"), nth=2)
    story.converge()
    assert "k" not in story.rows()


def test_content_that_an_editor_writes_into_a_page_just_made_is_an_edit(story: Story) -> None:
    story.row("k", NAME="n", CONTENT="ours")
    story.while_at("sql write_rows", lambda: story.space.write(story.tied("k"), "theirs"))
    story.converge()
    assert story.rows()["k"]["CONTENT"] == "theirs"


def test_a_page_thrown_away_again_after_it_came_back_stays_away(story: Story) -> None:
    story.row("k", NAME="n", CONTENT="c")
    story.run()
    story.gone("k")
    story.run()
    story.row("k", NAME="again", CONTENT=None)
    story.killed("http update_markdown")
    page = story.tied("k")
    story.space.trash(page)
    story.converge()
    assert not story.rows()
    assert page not in story.pages()


@pytest.mark.parametrize(
    ("name", "value"),
    [("last_edited_time", "soon"), ("created_time", None), ("id", None), ("properties", [])],
)
def test_a_page_with_a_strange_part_ends_the_entitys_cycle(
    story: Story, name: str, value: object
) -> None:
    story.row("k", NAME="n")
    story.run()
    story.row("k", NOTES="edit")
    api_page = story.space.api_page
    story.space.api_page = lambda page: {**api_page(page), name: value}  # type: ignore[method-assign]
    report = story.run()
    assert "another shape" in report.entities[0].failures[0]
    story.space.api_page = api_page  # type: ignore[method-assign]
    story.converge()


def test_a_page_whose_key_its_copy_has_taken_gets_another_one(story: Story) -> None:
    page = story.page(Name="n")
    story.killed("http update_page")
    copy = story.space.duplicate(page)
    story.judge.born.add(copy.replace("-", ""))
    story.space.trash(page)
    story.run()
    story.space.trash(page, back=True)
    story.converge()
    assert len(story.rows()) == 2


def test_a_page_whose_row_its_copy_has_taken_comes_back_as_a_row_of_its_own(story: Story) -> None:
    story.row("k", NAME="n")
    story.killed("http create_page")
    page = story.tied("k")
    copy = story.space.duplicate(page)
    story.space.trash(page)
    story.run()
    story.space.trash(page, back=True)
    story.judge.born.add(page.replace("-", ""))
    story.converge()
    assert story.tied("k") == copy
    assert sorted(story.rows()) == sorted(["k", page.replace("-", "")])


# "A row that is inserted and then deleted between two transactional points of time in a table is
# removed in the delta": no stream reports it ("Introduction to streams", docs.snowflake.com).


def test_a_new_row_that_goes_before_the_stream_is_moved_takes_its_page_along(story: Story) -> None:
    page = story.page(Name="n")
    story.while_at("sql drain", lambda: story.gone(page.replace("-", "")))
    story.converge()
    assert not story.pages()


def test_a_new_row_that_goes_after_a_kill_takes_its_page_along(story: Story) -> None:
    story.run()
    page = story.page(Name="n")
    story.killed("sql commit")
    story.gone(page.replace("-", ""))
    story.converge()
    assert not story.pages()


def test_a_row_that_was_put_back_and_goes_again_takes_its_page_along(story: Story) -> None:
    story.row("k", NAME="n")
    story.run()
    story.gone("k")
    story.while_at("sql rows", lambda: story.row("k", NAME="again"))
    story.gone("k")
    story.converge()
    assert not story.pages()
