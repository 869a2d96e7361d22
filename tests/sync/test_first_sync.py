"""A first sync of many pages: part by part, resumed, with the time that it takes yet; and reading
ahead, within the rate that all threads share."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fake_notion import FakeNotion, Fault, Workspace
from fake_notion.server import TOKEN
from sync_history import history
from sync_maps import entity_map, field
from sync_memory_place import MemoryPlace

from hushflake.cli.commands.sync_report import telling
from hushflake.config import Secret
from hushflake.schema.notion import Brake
from hushflake.sync.brake import brake
from hushflake.sync.clock import SystemClock
from hushflake.sync.errors import NotionError
from hushflake.sync.notion.adapter import NotionPages, NotionSource
from hushflake.sync.notion.ahead import Ahead
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.patience import Patience
from hushflake.sync.report import CycleReport, EntityReport
from hushflake.sync.types import Decision, PageWrite


@pytest.fixture
def memory(tmp_path: Path) -> MemoryPlace:
    return MemoryPlace(tmp_path / "place")


def written(place: MemoryPlace, pages: int) -> None:
    """Pages with content, edited hours ago."""
    for number in range(pages):
        place.workspace.add_page(place.sources["ITEMS"], f"# {number}", Name=f"n{number}")
    place.workspace.advance(7200)


def test_a_first_sync_ends_with_few_requests_a_cycle(memory: MemoryPlace) -> None:
    """Each cycle keeps what it did, and does not begin anew."""
    written(memory, 250)
    told: list[tuple[int, int]] = []
    rows, left = [], []
    with memory.sync("ITEMS", patience={"budget": 120}) as sync:
        sync.tell = lambda _entity, done, total: told.append((done, total))
        for _ in range(12):
            memory.workspace.advance(60)
            (report,) = sync.cycle().entities
            rows.append(len(memory.rows("ITEMS")))
            left.append(report.later)
            if not report.later:
                break
            assert not report.complete
            assert f"{report.later} new pages are left" in report.failures[0]
    assert rows[-1] == 250
    assert rows == sorted(set(rows))
    assert [250 - done for done in rows] == left
    # Progress counts what is there to do, not what one cycle may.
    assert told[0][1] == 250
    # Three requests a page, and what a cycle asks anyway.
    assert memory.notion.count < 250 * 3 + 12 * len(rows) + 50


def test_a_first_sync_that_died_goes_on(memory: MemoryPlace) -> None:
    written(memory, 350)
    dies = 600

    def die(_name: str, number: int) -> Fault | None:
        if number == dies:
            raise KeyboardInterrupt
        return None

    memory.notion.misbehave = die
    with memory.sync("ITEMS") as sync, suppress(KeyboardInterrupt):
        sync.cycle()
    done = len(memory.rows("ITEMS"))
    assert 100 <= done < 350
    assert not memory.cycle("ITEMS", cache="another machine").failed
    assert len(memory.rows("ITEMS")) == 350
    assert len(memory.workspace.pages) == 350
    # What was done is read once more, and not done again: at most a part was for nothing.
    assert memory.notion.count < 350 * 3 + done + 3 * 100 + 50


def test_a_fault_leaves_the_pages_that_were_not_looked_at(memory: MemoryPlace) -> None:
    written(memory, 150)
    memory.notion.misbehave = lambda name, number: (
        Fault(status=401) if name == "markdown" and number > 330 else None
    )
    (report,) = memory.cycle("ITEMS").entities
    assert report.counts["rows created"] == 100
    assert (report.later, report.complete, report.ends_cycle) == (50, False, True)
    memory.notion.misbehave = lambda _name, _number: None
    assert memory.cycle("ITEMS").entities[0].counts["rows created"] == 50


def test_rows_of_pages_that_are_looked_at_later_get_no_second_page(memory: MemoryPlace) -> None:
    """The key of a row stands on its page already; the row must wait for it."""
    written(memory, 120)
    for number, page in enumerate(list(memory.workspace.pages)):
        memory.workspace.edit(page, sync_id=f"k{number}")
        memory.put(f"k{number}", NAME=f"n{number}")
    memory.workspace.advance(7200)
    for _ in range(8):
        with memory.sync("ITEMS", patience={"budget": 100}) as sync:
            if sync.cycle().entities[0].complete:
                break
    assert len(memory.workspace.pages) == len(memory.rows("ITEMS")) == 120


def test_a_row_whose_page_is_looked_at_late_goes_with_the_same_cycle(memory: MemoryPlace) -> None:
    written(memory, 250)
    for _ in range(2):
        memory.cycle("ITEMS")
    memory.workspace.advance(7200)
    early, *others, late = list(memory.workspace.pages)
    memory.workspace.edit(early, Notes="there")
    memory.workspace.advance(7200)
    for page in (*others, late):
        memory.workspace.edit(page)  # edited, and as it was
    memory.workspace.advance(7200)
    key = str(memory.workspace.values(late)["sync_id"])
    memory.put(key, NOTES="here")
    # Every content has to be read again, and the page in question is not in the first part.
    (report,) = memory.cycle("ITEMS", cache="has read no content", full=True).entities
    assert dict(report.counts) == {"rows updated": 1, "pages updated": 1}
    assert memory.workspace.values(late)["Notes"] == "here"


def test_parts_of_a_cycle_do_not_pass_the_brake_one_by_one(memory: MemoryPlace) -> None:
    written(memory, 250)
    memory.cycle("ITEMS")
    memory.delete(*list(memory.rows("ITEMS"))[::5])
    (report,) = memory.cycle("ITEMS", cache="has read no content").entities
    assert len(report.held) == 50
    assert not [page for page in memory.workspace.pages.values() if page.in_trash]
    trash = Decision("k", page=PageWrite("trash", "p"))
    assert brake([trash], 100, Brake(), allow=False, others=20).held == (trash,)
    assert brake([trash], 100, Brake(), allow=False).go == (trash,)


def test_parts_of_one_page_keep_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random histories with faults, where every cycle has as many parts as pages to look at."""
    monkeypatch.setattr("hushflake.sync.observe.PART", 1)
    for seed in range(200_000, 200_060):
        history(seed)


def test_the_watch_says_how_long_a_first_sync_takes_yet(capsys: pytest.CaptureFixture[str]) -> None:
    report = EntityReport("ITEMS", later=9912)
    report.counts["rows created"] = 88
    assert report.left(60) == 113 * 60
    telling("text", 60)(CycleReport("local", [report], seconds=31))
    assert "ITEMS: 9,912 to go, about 1:53 h left" in capsys.readouterr().out
    assert EntityReport("ITEMS", later=9912).left(60) == 0


@pytest.fixture(scope="module")
def notion() -> Iterator[FakeNotion]:
    with FakeNotion(Workspace()) as server:
        yield server


OPENED: list[NotionApi] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def opened(notion: FakeNotion, *, width: int, rate: float = 1e6, pages: int = 24) -> NotionPages:
    notion.misbehave = lambda _name, _number: None
    space = notion.workspace
    source = space.add_source(Name="title", sync_id="rich_text")
    for number in range(pages):
        space.add_page(source, f"# {number}", Name=str(number))
    of = replace(
        entity_map([field("NAME", kind="title"), field("BODY", kind="body")]), data_source=source
    )
    api = NotionApi(Secret(TOKEN), notion.url, Patience(SystemClock(), rate), width)
    OPENED.append(api)
    return NotionSource(api).open(of, {})


def read_all(pages: NotionPages) -> tuple[list[str], float]:
    """Every content in order, and the seconds that it took."""
    ids = list(pages.scan().pages)
    pages.expect([(page, "") for page in ids])
    began = time.monotonic()
    found = [pages.body(page).markdown for page in ids]
    took = time.monotonic() - began
    pages.expect(())
    return found, took


def test_contents_are_read_ahead_where_answers_take_long(notion: FakeNotion) -> None:
    one, several = opened(notion, width=1), opened(notion, width=6)
    notion.misbehave = lambda name, _number: Fault(slow=0.04) if name == "markdown" else None
    serial, slow = read_all(one)
    parallel, quick = read_all(several)
    assert parallel == serial == [f"# {number}" for number in range(24)]
    assert slow / quick > 2.5


def test_all_threads_keep_one_rate(notion: FakeNotion) -> None:
    pages = opened(notion, width=6, rate=60.0)
    began = time.monotonic()
    read_all(pages)
    assert time.monotonic() - began > 24 / 60


def test_a_pause_that_notion_asks_for_holds_for_all(notion: FakeNotion) -> None:
    pages = opened(notion, width=6)
    arrived: list[float] = []
    refused: list[float] = []
    guard = threading.Lock()

    def busy(name: str, _number: int) -> Fault | None:
        if name != "markdown":
            return None
        with guard:
            arrived.append(time.monotonic())
            if len(arrived) == 8:
                refused.append(time.monotonic())
                return Fault(status=429, retry_after=1)
        return Fault(slow=0.02)

    notion.misbehave = busy
    found, _ = read_all(pages)
    assert found == [f"# {number}" for number in range(24)]
    # Those that were on their way arrive; then nobody sends anything until the pause is over.
    (moment,) = refused
    after = sorted(at - moment for at in arrived if at > moment)
    assert not [at for at in after if 0.3 < at < 0.95]
    assert len([at for at in after if at >= 0.95]) >= 10


def test_what_fails_ahead_is_raised_where_it_is_asked_for(notion: FakeNotion) -> None:
    pages = opened(notion, width=4, pages=6)
    ids = list(pages.scan().pages)
    del notion.workspace.pages[ids[3]]
    pages.expect([(page, "") for page in ids])
    assert [pages.body(page).markdown for page in ids[:3]] == ["# 0", "# 1", "# 2"]
    with pytest.raises(NotionError, match="404"):
        pages.body(ids[3])
    assert pages.body(ids[5]).markdown == "# 5"
    pages.expect(())


def test_reading_ahead_stays_ahead_by_no_more_than_its_width_and_ends() -> None:
    read: list[str] = []
    ahead = Ahead(lambda key: read.append(key) or key, [str(n) for n in range(20)], 3)
    deadline = time.monotonic() + 5
    while len(read) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert sorted(read) == ["0", "1", "2"]
    # Nobody waits for what was not begun: it is read by whoever asks, and by nobody else.
    assert ahead.take("9") is None
    assert [ahead.take(key) for key in ("0", "1", "2")] == ["0", "1", "2"]
    assert ahead.take("0") is None
    ahead.end()
    alive = [t for t in threading.enumerate() if t.name.startswith("ahead-")]
    for thread in alive:
        thread.join(5)
    assert not [thread for thread in alive if thread.is_alive()]
    assert "9" not in read
