"""How requests are sent: paced, repeated where that is safe, within a budget."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fake_notion import FakeNotion, Fault, Workspace
from fake_notion.server import TOKEN
from sync_place import CountingClock

from hushflake.config import Secret
from hushflake.sync.errors import BudgetError, NotionError
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.patience import Patience


@pytest.fixture(scope="module")
def notion() -> Iterator[FakeNotion]:
    with FakeNotion(Workspace()) as server:
        yield server


@pytest.fixture
def source(notion: FakeNotion) -> Iterator[str]:
    notion.log.clear()
    yield notion.workspace.add_source(Name="title", sync_id="rich_text")
    notion.misbehave = lambda _operation, _number: None


OPENED: list[NotionApi] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def api_of(notion: FakeNotion, token: str = TOKEN, **patience: object) -> NotionApi:
    settings = {"clock": CountingClock(notion.workspace), "rate": 1e9, **patience}
    OPENED.append(NotionApi(Secret(token), notion.url, Patience(**settings)))  # type: ignore[arg-type]
    return OPENED[-1]


def faults(*items: Fault) -> Callable[[str, int], Fault | None]:
    waiting = iter(items)
    return lambda _operation, _number: next(waiting, None)


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503, 504, 529])
def test_a_query_is_sent_again(notion: FakeNotion, source: str, status: int) -> None:
    notion.misbehave = faults(Fault(status=status), Fault(status=status))
    api = api_of(notion)
    assert api.query(source)["results"] == []
    assert api.patience.made == 3
    assert api.patience.waited > 0


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_cut_answer_is_asked_for_again(notion: FakeNotion, source: str, cut: str) -> None:
    notion.misbehave = faults(Fault(cut=cut))
    assert api_of(notion).data_source(source)["id"] == source


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=529), Fault(cut="before"), Fault(cut="after")]
)
def test_a_create_is_never_sent_twice_blindly(
    notion: FakeNotion, source: str, fault: Fault
) -> None:
    notion.misbehave = faults(fault)
    with pytest.raises(NotionError) as raised:
        api_of(notion).create(source, {})
    assert raised.value.passing
    assert len(notion.workspace.live(source)) == (1 if fault.cut == "after" else 0)


def test_a_create_is_sent_again_when_notion_says_it_was_not_done(
    notion: FakeNotion, source: str
) -> None:
    notion.misbehave = faults(Fault(status=429, retry_after=3))
    api = api_of(notion)
    api.create(source, {})
    assert len(notion.workspace.live(source)) == 1
    assert api.patience.waited == 3


def test_a_refusal_is_not_repeated(notion: FakeNotion, source: str) -> None:
    api = api_of(notion)
    with pytest.raises(NotionError, match="Nowhere") as raised:
        api.create(source, {"Nowhere": {"number": 1}})
    assert (raised.value.status, raised.value.passing) == (400, False)
    assert api.patience.made == 1


def test_a_wait_longer_than_the_patience_is_given_back(notion: FakeNotion, source: str) -> None:
    notion.misbehave = faults(Fault(status=429, retry_after=3600))
    with pytest.raises(NotionError) as raised:
        api_of(notion, wait=600.0).query(source)
    assert raised.value.passing


def test_the_rate_is_kept(notion: FakeNotion, source: str) -> None:
    api = api_of(notion, rate=3.0)
    for _ in range(10):
        api.query(source)
    assert api.patience.clock.monotonic() == pytest.approx(3.0)


def test_the_budget_ends_a_cycle(notion: FakeNotion, source: str) -> None:
    api = api_of(notion, budget=2)
    api.query(source)
    assert api.patience.left == 1
    api.query(source)
    with pytest.raises(BudgetError):
        api.query(source)
    api.patience.begin()
    api.query(source)


def test_a_token_that_is_wrong_is_told_without_it(notion: FakeNotion, source: str) -> None:
    token = "ntn" + "_" + "w" * 40
    api = api_of(notion, token)
    with pytest.raises(NotionError, match="401") as raised:
        api.query(source)
    assert token not in str(raised.value)
    assert token not in repr(api)


def test_more_than_a_page_of_relations_is_read_whole(notion: FakeNotion) -> None:
    space = notion.workspace
    source = space.add_source(Name="title", sync_id="rich_text", Team="relation")
    others = [space.add_page(source, Name=str(number)) for number in range(100)]
    page = space.add_page(source, Name="many", Team=others)
    identity = space.sources[source].by_name()["Team"]["id"]
    items = list(api_of(notion).items(page, identity))
    assert sorted(item["relation"]["id"] for item in items) == sorted(others)
    shown = api_of(notion).page(page)
    assert shown is not None
    assert len(shown["properties"]["Team"]["relation"]) == 25


def test_the_stand_in_holds_its_own_shapes(notion: FakeNotion, source: str) -> None:
    """A request that Notion would refuse is refused, and answers are as published."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2026-03-11"}
    url = f"{notion.url}/v1/pages"
    parent = {"type": "data_source_id", "data_source_id": source}
    for properties in (
        {"Name": {"title": "not an array"}},
        {"Name": {"title": [{"type": "text", "text": {"content": "x" * 2001}}]}},
        {"Name": {"title": [{"type": "text", "text": {"content": "x"}}] * 101}},
    ):
        body = {"parent": parent, "properties": properties}
        answer = httpx.post(url, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert httpx.post(url, json={}, headers={**headers, "Notion-Version": "2022-06-28"}).is_error
    notion.complaints.clear()
