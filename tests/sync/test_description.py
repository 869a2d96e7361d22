"""What we send and what the stand-in answers, held against what Notion publishes.

Two packages from npm, read and not copied: Notion's OpenAPI description (of its MCP server; much of
it says `object` and no more) and the types of its client, of which a generator makes JSON Schema.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from fake_notion import FakeNotion, Workspace
from fake_notion.server import ROUTES, TOKEN
from sync_maps import entity_map, field
from sync_place import CountingClock

from hushflake.config import Secret
from hushflake.schema.notion import ConflictProperties
from hushflake.sync.errors import SyncMistakeError
from hushflake.sync.notion.adapter import NotionSource
from hushflake.sync.notion.api import NotionApi
from hushflake.sync.notion.events import IGNORED, WAKES
from hushflake.sync.notion.patience import Patience
from hushflake.sync.notion.setup import create_source
from hushflake.sync.notion.source import differences
from hushflake.sync.properties import property_types
from hushflake.sync.types import Value

pytestmark = [pytest.mark.slow, pytest.mark.npm]
PACKAGES: Final = (
    "@notionhq/client@5.26.0",
    "@notionhq/notion-mcp-server@2.5.2",
    "ts-json-schema-generator@2.9.0",
)
# Operation of the stand-in -> what the client calls its request and its answer. Where Notion may
# answer a partial object, the whole one is meant.
TYPES: Final = {
    "data_source": ("GetDataSourceParameters", "DataSourceObjectResponse"),
    "update_data_source": ("UpdateDataSourceParameters", "DataSourceObjectResponse"),
    "query": ("QueryDataSourceParameters", "QueryDataSourceResponse"),
    "create_page": ("CreatePageParameters", "PageObjectResponse"),
    "create_database": ("CreateDatabaseParameters", "DatabaseObjectResponse"),
    "database": ("GetDatabaseParameters", "DatabaseObjectResponse"),
    "page": ("GetPageParameters", "PageObjectResponse"),
    "update_page": ("UpdatePageParameters", "PageObjectResponse"),
    "markdown": ("GetPageMarkdownParameters", "PageMarkdownResponse"),
    "update_markdown": ("UpdatePageMarkdownParameters", "PageMarkdownResponse"),
    "property": ("GetPagePropertyParameters", "PropertyItemListResponse"),
    "users": ("ListUsersParameters", "ListUsersResponse"),
}
Schemas = Mapping[str, Any]
Exchange = tuple[str, dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages, installed; nothing of them is run at their installation."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text("{}")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "install", *quiet, *PACKAGES], cwd=folder, check=True, timeout=300)
    return folder / "node_modules"


@pytest.fixture(scope="module")
def types(packages: Path) -> Schemas:
    """The types of Notion's client, as JSON Schema."""
    settings = {"module": "nodenext", "moduleResolution": "nodenext", "strict": True, "types": []}
    config = packages.parent / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": settings}))
    made = subprocess.run(
        [
            packages / ".bin" / "ts-json-schema-generator",
            *("--path", packages / "@notionhq/client/build/src/api-endpoints.d.ts"),
            *("--tsconfig", config, "--type", "*", "--no-type-check"),
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return dict(json.loads(made.stdout)["definitions"])


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Every request that the sync makes, with every type of property: (operation, sent, answer)."""
    seen: list[Exchange] = []
    with FakeNotion(Workspace()) as notion:
        plain = notion.answer

        def answer(method: str, url: str, body: Any) -> tuple[str, dict[str, Any]]:
            name, found = plain(method, url, body)
            seen.append((name, {"": url, **(body or {})}, json.loads(json.dumps(found))))
            return name, found

        notion.answer = answer  # type: ignore[method-assign]
        api = NotionApi(Secret(TOKEN), notion.url, Patience(CountingClock(notion.workspace), 1e9))
        try:
            _talk(notion.workspace, api)
        finally:
            api.close()
    assert not notion.complaints
    return seen


def _talk(space: Workspace, api: NotionApi) -> None:
    kinds = [name for name in property_types() if name != "body"]
    fields = [field(kind.upper(), "VARCHAR(900)", kind, entity="T") for kind in kinds]
    user = space.add_user("ann@example.org")
    home = space.add_page(space.add_source(Title="title"), Title="home")
    of = entity_map([*fields, field("BODY", kind="body")])
    of = replace(of, conflicts=ConflictProperties())
    source = create_source(of, api, home)
    of = replace(of, data_source=source)
    for kind in sorted(set(kinds) - {item["type"] for item in _properties(space, source)}):
        space.add_property(source, kind.upper().title(), kind, **CONFIGURED.get(kind, {}))
    added = {name: api_made for name, api_made in differences(of, {"properties": {}}, {}).addable
             .items() if name == "Number"}  # fmt: skip
    space.drop_property(source, "Number")
    api.add_properties(source, added)
    other = space.add_page(source, Title="other")
    opened = NotionSource(api)
    pages = opened.open(of, {})
    values: dict[str, Value] = {**WRITTEN, "PEOPLE": (user,), "RELATION": (other,)}
    page = pages.create(values, "k1")
    space.edit(page.id, **COMPUTED, People=[user] * 30)
    empty = {**dict.fromkeys(values), "CHECKBOX": False, "TITLE": "again"}
    pages.update(page.id, empty, None)
    space.edit(page.id, **COMPUTED, Relation=[other] * 30, People=[user])
    pages.put_body(page.id, "# One\nTwo", None)
    pages.put_body(page.id, "# One\nThree", pages.body(page.id).value)
    pages.move(page.id, in_trash=True)
    pages.scan(in_trash=True)
    pages.move(page.id, in_trash=False)
    for _ in range(101):
        space.add_page(source, Title="more")
    pages.scan(pages.scan().newest)
    pages.page(page.id)
    pages.tied("k1")
    board = opened.board(of)
    assert board is not None
    board.show(page.id, "in conflict")
    assert [card.page_id for card in board.cards()] == [page.id]
    api.users()
    with pytest.raises(SyncMistakeError, match="database"):
        api.data_source(space.sources[source].database)


def _properties(space: Workspace, source: str) -> list[dict[str, Any]]:
    return list(space.sources[source].properties.values())


CONFIGURED: Final[dict[str, dict[str, Any]]] = {
    "formula": {"expression": "1"},
    "rollup": {
        "function": "sum", "rollup_property_name": "A", "relation_property_name": "B",
        "rollup_property_id": "a", "relation_property_id": "b",
    },
    "unique_id": {"prefix": "T"},
    "status": {"options": [{"id": "s", "name": "done", "color": "green"}], "groups": []},
    "relation": {"type": "single_property", "single_property": {}, "database_id": "d",
                 "data_source_id": "e"},
}  # fmt: skip
WRITTEN: Final[dict[str, Value]] = {
    "TITLE": "a", "RICH_TEXT": "b" * 3000, "NUMBER": "12.5", "SELECT": "x", "STATUS": "done",
    "MULTI_SELECT": ("y", "z"), "DATE": "2026-01-31/2026-02-01", "CHECKBOX": True,
    "URL": "https://example.org", "EMAIL": "a@example.org", "PHONE_NUMBER": "+49 30 1",
}  # fmt: skip


# What people and Notion make, as the stand-in keeps it.
COMPUTED: Final[dict[str, Any]] = {
    "Formula": {"type": "number", "number": 2.5},
    "Rollup": {"type": "array", "function": "show_original",
               "array": [{"type": "number", "number": 1}]},
    "Unique_Id": {"prefix": "T", "number": 12},
    "Files": [{"name": "b", "type": "external", "external": {"url": "https://example.org/b"}}],
    "Verification": {"state": "unverified", "date": None, "verified_by": None},
    "Place": {"lat": 52.5, "lon": 13.4, "name": "Hall", "address": "Road 1",
              "aws_place_id": None, "google_place_id": None},
}  # fmt: skip


def _sent(name: str, sent: dict[str, Any]) -> dict[str, Any]:
    """A request as the client's types have it: what stands in the path among the rest."""
    path, _, query = sent[""].partition("?")
    body = {key: value for key, value in sent.items() if key}
    parts = path.split("/")
    named = {
        "data_sources": "data_source_id", "databases": "database_id", "pages": "page_id",
        "properties": "property_id",
    }  # fmt: skip
    for word, identity in pairwise(parts):
        if word in named and identity:
            body[named[word]] = identity
    for pair in query.split("&") if query else ():
        key, _, value = pair.partition("=")
        body[key] = int(value) if value.isdigit() and key == "page_size" else value
    return body


def _leave_out(document: dict[str, Any]) -> None:
    """Take away what the documentation has and the client's types have not.

    `has_more` of a relation ("Page property values"); `place` and `verification` in a data source.
    """
    for name, item in list(document.get("properties", {}).items()):
        item.pop("has_more", None)
        if document["object"] == "data_source" and item["type"] in ("place", "verification"):
            del document["properties"][name]


def _wrong(schema: Schemas, document: Any) -> str:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)
    found = jsonschema.exceptions.best_match(errors)
    return "" if found is None else f"{found.json_path}: {found.message[:300]}"


def test_every_operation_of_the_stand_in_is_tried(
    exchanges: list[Exchange],
) -> None:
    assert {name for name, _, _ in exchanges} == {name for _, _, name in ROUTES} == set(TYPES)


def test_requests_and_answers_are_as_the_types_of_notions_client(
    exchanges: list[Exchange], types: Schemas
) -> None:
    def wrong(what: str, document: Any) -> str:
        return _wrong({"$ref": f"#/definitions/{what}", "definitions": types}, document)

    found = set()
    for name, sent, answer in exchanges:
        request, whole = TYPES[name]
        found.add((name, "request", wrong(request, _sent(name, sent))))
        results = {"results": answer["results"][:2]} if "results" in answer else {}
        for item in ({**answer, **results}, *(results["results"] if name == "query" else ())):
            _leave_out(item)
        found.add((name, "answer", wrong(whole, {**answer, **results})))
        for item in results["results"] if name == "query" else ():
            found.add((name, "result", wrong("PageObjectResponse", item)))
    assert {item for item in found if item[2]} == set()
    # The schema bites: what nobody documents is refused.
    assert wrong("UpdatePageParameters", {"page_id": "x", "trashed": True})
    assert wrong("PageObjectResponse", {"object": "page", "id": "x"})


def test_requests_and_answers_are_as_the_openapi_description(
    exchanges: list[Exchange], packages: Path
) -> None:
    file = packages / "@notionhq/notion-mcp-server/scripts/notion-openapi.json"
    description = json.loads(file.read_text("utf-8"))
    found, checked = set(), set()
    for name, sent, answer in exchanges:
        operation = _operation(description, name)
        if operation is None:
            continue
        checked.add(name)
        body = {key: value for key, value in sent.items() if key}
        whole = {"components": description["components"]}
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]["schema"]
            found.add((name, "request", _wrong({**content, **whole}, body)))
        else:
            assert not body
        content = operation["responses"]["200"]["content"]["application/json"]
        found.add((name, "answer", _wrong({**content.get("schema", {}), **whole}, answer)))
    # It contradicts the documentation, and the types of Notion's own client, in these.
    assert {item for item in found if item[2]} == {
        ("create_page", "request", "$.parent.type: 'database_id' was expected"),
        ("query", "request", "$.sorts[0]: 'property' is a required property"),
    }
    assert checked == set(TYPES) - {"create_database"}  # of databases it has reading alone


def test_every_event_of_a_webhook_is_known(packages: Path) -> None:
    text = (packages / "@notionhq/client/build/src/api-endpoints/webhooks.d.ts").read_text("utf-8")
    published = set(re.findall(r'^ {4}type: "([a-z_]+\.[a-z_.]+)";$', text, re.MULTILINE))
    assert len(published) > 30
    assert published == {*WAKES, *IGNORED}
    assert not {*WAKES} & {*IGNORED}


def _operation(description: Schemas, name: str) -> Any:
    verb, pattern = next((verb, pattern) for verb, pattern, other in ROUTES if other == name)
    shape = pattern.replace("([0-9a-f-]{36})", "{}").replace("([^/]+)", "{}")
    for path, operations in description["paths"].items():
        plain = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
        if plain == shape:
            return operations.get(verb.lower())
    return None
