"""Data sources as Notion has them: several in a database, long properties, what nobody maps."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_notion import FakeNotion, Workspace
from fake_notion.server import TOKEN
from sync_maps import entity_map, field
from sync_place import CountingClock

from hushflake.config import Secret
from hushflake.sync.errors import MappingError, NotionError, SyncMistakeError
from hushflake.sync.mapping import EntityMap
from hushflake.sync.notion.adapter import NotionSource
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.patience import Patience
from hushflake.sync.notion.source import bind, differences


@pytest.fixture(scope="module")
def notion() -> Iterator[FakeNotion]:
    with FakeNotion(Workspace()) as server:
        yield server
    assert not server.complaints


@pytest.fixture
def api(notion: FakeNotion) -> Iterator[NotionApi]:
    made = NotionApi(Secret(TOKEN), notion.url, Patience(CountingClock(notion.workspace), 1e9))
    yield made
    made.close()


def things(space: Workspace, **kinds: str) -> EntityMap:
    """A data source with these properties, and the mapping that it fits."""
    source = space.add_source(Name="title", sync_id="rich_text", **kinds)
    fields = [field(name.upper(), "ARRAY", kind, entity="T") for name, kind in kinds.items()]
    return replace(entity_map([field("NAME", kind="title"), *fields]), data_source=source)


def in_one_database(space: Workspace, *sources: str) -> str:
    for number, source in enumerate(sources):
        space.sources[source].database = "000000ff-0004-4000-8000-000000000000"
        space.sources[source].title = f"Source {number}"
    return space.sources[sources[0]].database


def test_a_database_may_hold_several_data_sources(notion: FakeNotion, api: NotionApi) -> None:
    space = notion.workspace
    one, two = things(space), things(space)
    in_one_database(space, one.data_source, two.data_source)
    mine, theirs = space.add_page(one.data_source), space.add_page(two.data_source)
    source = NotionSource(api)
    pages = source.open(one, {})
    assert set(pages.scan().pages) == {mine}
    assert set(source.open(two, {}).scan().pages) == {theirs}
    # A page that went to the other one is not this entity's any more, and not deleted.
    space.pages[mine].source = two.data_source
    assert set(pages.scan().pages) == set()
    assert pages.page(mine).sight == "unseen"


def test_the_id_of_a_database_is_answered_with_those_of_its_data_sources(
    notion: FakeNotion, api: NotionApi
) -> None:
    space = notion.workspace
    one, two = things(space), things(space)
    database = in_one_database(space, one.data_source, two.data_source)
    with pytest.raises(SyncMistakeError, match="id of a database") as raised:
        NotionSource(api).open(replace(one, data_source=database), {})
    assert f"{one.data_source} (Source 0), {two.data_source} (Source 1)" in str(raised.value)
    with pytest.raises(NotionError, match="404"):
        NotionSource(api).open(replace(one, data_source="0" * 8 + one.data_source[8:]), {})


def test_what_a_page_shows_a_part_of_is_read_whole(notion: FakeNotion, api: NotionApi) -> None:
    space = notion.workspace
    of = things(space, links="relation", staff="people", sums="rollup")
    others = [space.add_page(of.data_source, Name=str(number)) for number in range(90)]
    users = [space.add_user(f"u{number}@example.org") for number in range(30)]
    page = space.add_page(of.data_source, Name="many", links=others, staff=users)
    array = [{"type": "number", "number": number} for number in range(120)]
    rollup = {"type": "array", "function": "show_original", "array": array}
    space.edit(page, sums=rollup)
    by_hand = replace(of, fields=tuple(replace(f, property_name=f.column.lower())
                                       if f.kind != "title" else f for f in of.fields))  # fmt: skip
    notion.log.clear()
    read = NotionSource(api).open(by_hand, {}).page(page)
    assert read.values["LINKS"] == tuple(sorted(others))
    assert read.values["STAFF"] == tuple(sorted(users))
    assert read.values["SUMS"] == tuple(str(number) for number in range(120))
    asked = [name for name, _, _ in notion.log]
    assert asked == ["data_source", "page", *["property"] * 4]  # of the rollup two


def test_a_button_is_named_as_not_mapped(notion: FakeNotion, api: NotionApi) -> None:
    space = notion.workspace
    of = things(space)
    space.add_property(of.data_source, "Approve", "button")
    space.add_property(of.data_source, "Notes", "rich_text")
    document = api.data_source(of.data_source)
    assert differences(of, document, {}).unmapped == ["Approve (button)", "Notes (rich_text)"]
    bind(of, document, {})
    # A page with one is read as any other; a mapping that wants a value of it is refused.
    space.add_page(of.data_source, Name="with a button")
    assert len(NotionSource(api).open(of, {}).scan().pages) == 1
    space.drop_property(of.data_source, "Notes")
    space.add_property(of.data_source, "Notes", "button")
    wanting = replace(of, fields=(*of.fields, field("NOTES")))
    with pytest.raises(MappingError, match="'Notes' is button, not rich_text"):
        NotionSource(api).open(wanting, {})
