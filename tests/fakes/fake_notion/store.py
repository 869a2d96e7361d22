"""The workspace: data sources, pages, users; edited by people (tests) and by the API (server)."""

import itertools
import re
import threading
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from .values import ApiError, accept, answer, configured, empty, plainly

EPOCH = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
PAGE_LIMIT = 100
INLINE = 25
HOME = "00000000-0004-4000-8000-000000000000"  # the database of the data sources that tests add


def make_id(number: int, family: int = 0) -> str:
    return f"{number:08x}-{family:04x}-4000-8000-{number * 7919 % 16**12:012x}"


BOT = make_id(1, 9)


def floored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:00.000Z")


@dataclass
class Page:
    id: str
    source: str
    created: datetime
    edited: datetime
    values: dict[str, Any] = field(default_factory=dict)  # property id -> accepted value
    markdown: str = ""
    in_trash: bool = False
    shared: bool = True
    truncated: bool = False
    unknown: list[str] = field(default_factory=list)
    by: str = ""  # who edited it last
    blocks: list[tuple[str, str]] = field(default_factory=list)  # id, line: see `block_ids`


@dataclass
class Source:
    id: str
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    shared: bool = True
    database: str = HOME
    title: str = ""

    def by_name(self) -> dict[str, dict[str, Any]]:
        return {item["name"]: item for item in self.properties.values()}


class Workspace:
    """Everything there is, with a clock that only the tests move."""

    def __init__(self) -> None:
        self.now = EPOCH
        self.guard = threading.RLock()
        self.sources: dict[str, Source] = {}
        self.pages: dict[str, Page] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.api_moves_time = True
        self.trash_moves_time = True
        self.query_limit = 10_000
        self.editor = BOT  # who does what people do
        self._numbers = itertools.count(1)

    # What people do.

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def add_source(self, **properties: str) -> str:
        """Add a data source with properties name=type and return its id."""
        source = Source(make_id(next(self._numbers), 1))
        self.sources[source.id] = source
        for name, kind in properties.items():
            self.add_property(source.id, name, kind)
        return source.id

    def add_property(self, source: str, name: str, kind: str, **config: Any) -> str:
        identity = f"p{next(self._numbers):03d}"
        if "options" in config:
            given = [{"id": f"o{n}", "color": "default"} for n in range(len(config["options"]))]
            config["options"] = [{**given[n], **one} for n, one in enumerate(config["options"])]
        self.sources[source].properties[identity] = {
            "id": identity,
            "name": name,
            "type": kind,
            kind: config or ({"options": []} if "select" in kind else {}),
        }
        return identity

    def rename_property(self, source: str, name: str, new: str) -> None:
        self.sources[source].by_name()[name]["name"] = new

    def drop_property(self, source: str, name: str) -> None:
        del self.sources[source].properties[self.sources[source].by_name()[name]["id"]]

    def add_user(self, address: str | None) -> str:
        identity = make_id(next(self._numbers), 2)
        person = {"person": {"email": address}} if address else {"person": {}}
        self.users[identity] = {
            "object": "user", "id": identity, "type": "person", "name": address,
            "avatar_url": None, **person,
        }  # fmt: skip
        return identity

    def add_page(self, source: str, markdown: str = "", **values: Any) -> str:
        """Add a page as an editor would; values in their short form (see `values.short`)."""
        with self.guard:
            page = Page(make_id(next(self._numbers), 3), source, self.now, self.now)
            page.markdown = markdown
            self.pages[page.id] = page
            self.edit(page.id, **values)
            return page.id

    def edit(self, page: str, **values: Any) -> None:
        """Change properties of a page as an editor would."""
        from .values import short

        with self.guard:
            found = self.pages[page]
            names = self.sources[found.source].by_name()
            for name, value in values.items():
                item = names[name]
                found.values[item["id"]] = accept(self, item, short(item["type"], value))
            found.edited, found.by = self.now, self.editor

    def mention(self, page: str, name: str, mentioned: Iterable[str]) -> None:
        """Let a text of a page mention other pages, as an editor would."""
        with self.guard:
            found = self.pages[page]
            item = self.sources[found.source].by_name()[name]
            found.values[item["id"]] = [
                {
                    "type": "mention",
                    "mention": {"type": "page", "page": {"id": other}},
                    "plain_text": f"{self.values(other)['Name']};",
                    "href": None,
                    "annotations": plainly(),
                }
                for other in mentioned
            ]
            found.edited = self.now

    def write(self, page: str, markdown: str) -> None:
        """Change the content of a page as an editor would."""
        with self.guard:
            self.pages[page].markdown = markdown
            self.pages[page].edited = self.now

    def trash(self, page: str, *, back: bool = False) -> None:
        with self.guard:
            self.pages[page].in_trash = not back
            if self.trash_moves_time:
                self.pages[page].edited = self.now

    def duplicate(self, page: str) -> str:
        """Copy a page as the menu does: with all its properties."""
        with self.guard:
            found = self.pages[page]
            copy = Page(make_id(next(self._numbers), 3), found.source, self.now, self.now)
            copy.values, copy.markdown = deepcopy(found.values), found.markdown
            self.pages[copy.id] = copy
            return copy.id

    def values(self, page: str) -> dict[str, Any]:
        """What a page shows: property name -> short value."""
        from .values import shown

        found = self.pages[page]
        return {
            item["name"]: shown(item["type"], found.values.get(item["id"]))
            for item in self.sources[found.source].properties.values()
        }

    def live(self, source: str) -> list[Page]:
        return [p for p in self.pages.values() if p.source == source and not p.in_trash]

    # What the API does.

    def api_source(self, identity: str) -> dict[str, Any]:
        source = self._source(identity)
        properties = {
            item["name"]: {"description": None, **configured(item)}
            for item in deepcopy(list(source.properties.values()))
        }
        return {
            **_kept("data_source", source.id),
            "parent": {"type": "database_id", "database_id": source.database},
            "database_parent": {"type": "workspace", "workspace": True},
            "created_by": {"object": "user", "id": BOT},
            "last_edited_by": {"object": "user", "id": BOT},
            "properties": properties,
        }

    def api_create_database(self, body: dict[str, Any]) -> dict[str, Any]:
        self._page(body["parent"]["page_id"])
        title = "".join(part["text"]["content"] for part in body["title"])
        properties = body["initial_data_source"]["properties"]
        if sum("title" in config for config in properties.values()) != 1:
            raise ApiError(400, "validation_error", "one property must be the title")
        source = self.add_source()
        for name, config in properties.items():
            ((kind, settings),) = config.items()
            self.add_property(source, name, kind, **settings)
        identity = make_id(next(self._numbers), 4)
        self.sources[source].database, self.sources[source].title = identity, title
        return self.api_database(identity)

    def api_database(self, identity: str) -> dict[str, Any]:
        held = [item for item in self.sources.values() if item.database == identity]
        if not any(item.shared for item in held):
            raise ApiError(404, "object_not_found", "Could not find database.")
        return {
            **_kept("database", identity),
            "parent": {"type": "workspace", "workspace": True},
            "is_locked": False,
            "data_sources": [{"id": item.id, "name": item.title} for item in held],
        }

    def api_update_source(self, identity: str, body: dict[str, Any]) -> dict[str, Any]:
        source = self._source(identity)
        for name, config in body["properties"].items():
            if name in source.by_name():
                raise ApiError(400, "validation_error", f"{name} exists")
            ((kind, settings),) = config.items()
            self.add_property(source.id, name, kind, **settings)
        return self.api_source(identity)

    def api_query(self, identity: str, body: dict[str, Any]) -> dict[str, Any]:
        source = self._source(identity)
        wanted = bool(body.get("in_trash"))
        pages = [
            page
            for page in self.pages.values()
            if page.source == source.id and page.shared and page.in_trash == wanted
            and self._passes(page, source, body.get("filter"))
        ]  # fmt: skip
        down = any(sort["direction"] == "descending" for sort in body.get("sorts", ()))
        pages.sort(key=lambda page: (floored(page.edited), page.id), reverse=down)
        limited = len(pages) > self.query_limit
        pages = pages[: self.query_limit]
        start = int(body.get("start_cursor", "0").removeprefix("at-"))
        size = body.get("page_size", PAGE_LIMIT)
        end = start + size
        more = end < len(pages)
        return {
            "object": "list",
            "type": "page_or_data_source",
            "page_or_data_source": {},
            "results": [self.api_page(page) for page in pages[start:end]],
            "has_more": more,
            "next_cursor": f"at-{end}" if more else None,
            "request_status": {
                "type": "incomplete", "incomplete_reason": "query_result_limit_reached",
            } if limited and not more else {"type": "complete"},
        }  # fmt: skip

    def api_create(self, body: dict[str, Any]) -> dict[str, Any]:
        source = self._source(body["parent"]["data_source_id"])
        page = Page(make_id(next(self._numbers), 3), source.id, self.now, self.now)
        self._put(page, source, body["properties"])
        page.markdown = normalised(body.get("markdown", ""))
        self.pages[page.id] = page
        return self.api_page(page)

    def api_update(self, identity: str, body: dict[str, Any]) -> dict[str, Any]:
        page = self._page(identity)
        source = self.sources[page.source]
        if page.in_trash and body.get("in_trash") is not False:
            raise ApiError(400, "validation_error", "Can't edit a page that is in the trash.")
        self._put(page, source, body.get("properties", {}))
        page.by = BOT
        if "in_trash" in body:
            page.in_trash = body["in_trash"]
        if self.api_moves_time:
            page.edited = self.now
        return self.api_page(page)

    def api_get(self, identity: str) -> dict[str, Any]:
        return self.api_page(self._page(identity))

    def api_markdown(self, identity: str, version: str = "v1") -> dict[str, Any]:
        page = self._page(identity)
        return {
            "object": "page_markdown",
            "id": page.id,
            "markdown": spelled(page.markdown, version),
            "truncated": page.truncated,
            "unknown_block_ids": page.unknown,
        }

    def api_put_markdown(self, identity: str, body: dict[str, Any]) -> dict[str, Any]:
        page = self._page(identity)
        if page.in_trash:
            raise ApiError(400, "validation_error", "Can't edit a page that is in the trash.")
        version = body.get("markdown_version", "v1")
        if body["type"] == "update_content":
            self._edit_content(page, body["update_content"]["content_updates"], version)
        else:
            page.blocks = []
            page.markdown = normalised(understood(body["replace_content"]["new_str"], version))
        if self.api_moves_time:
            page.edited = self.now
        return self.api_markdown(identity, version)

    def block_ids(self, page: str) -> dict[str, str]:
        """Return line -> the id of its block. What is written anew is a new block."""
        found = self.pages[page]
        lines = found.markdown.split("\n")
        if [line for _, line in found.blocks] != lines:
            matcher = SequenceMatcher(None, [line for _, line in found.blocks], lines, False)
            ids: list[tuple[str, str]] = []
            for tag, i1, i2, j1, j2 in matcher.get_opcodes():
                if tag == "equal":
                    ids += found.blocks[i1:i2]
                else:
                    ids += [(f"b{next(self._numbers)}", line) for line in lines[j1:j2]]
            found.blocks = ids
        return {line: identity for identity, line in found.blocks}

    def _edit_content(self, page: Page, updates: list[dict[str, str]], version: str) -> None:
        self.block_ids(page.id)
        text = spelled(page.markdown, version)
        for update in updates:
            if not -1 < text.find(update["old_str"]) == text.rfind(update["old_str"]):
                raise ApiError(400, "validation_error", "old_str is not there exactly once")
            text = text.replace(update["old_str"], update["new_str"], 1)
        page.markdown = normalised(understood(text, version))
        self.block_ids(page.id)

    def api_users(self) -> dict[str, Any]:
        return {
            "object": "list", "type": "user", "user": {}, "results": list(self.users.values()),
            "next_cursor": None, "has_more": False,
        }  # fmt: skip

    def api_property(self, page: str, identity: str, query: dict[str, str]) -> dict[str, Any]:
        found = self._page(page)
        kind = self.sources[found.source].properties[identity]["type"]
        items = found.values.get(identity) or []
        if kind == "rollup":
            items = items["array"]
        start = int(query.get("start_cursor", "0"))
        part = items[start : start + PAGE_LIMIT]
        more = start + PAGE_LIMIT < len(items)
        said = {"function": "show_original", "type": "array", "array": []}
        return {
            "object": "list",
            "type": "property_item",
            "property_item": {
                "id": identity,
                "type": kind,
                kind: said if kind == "rollup" else {},
                "next_url": None,
            },
            "results": [
                {
                    "object": "property_item",
                    "id": identity,
                    **(item if kind == "rollup" else {"type": kind, kind: item}),
                }
                for item in part
            ],
            "next_cursor": str(start + PAGE_LIMIT) if more else None,
            "has_more": more,
        }

    def api_page(self, page: Page) -> dict[str, Any]:
        source = self.sources[page.source]
        bot = {"object": "user", "id": BOT}
        by_itself = {
            "created_time": floored(page.created), "last_edited_time": floored(page.edited),
            "created_by": bot, "last_edited_by": {**bot, "id": page.by or BOT},
        }  # fmt: skip
        return {
            "object": "page",
            "id": page.id,
            "created_time": floored(page.created),
            "last_edited_time": floored(page.edited),
            "in_trash": page.in_trash,
            "archived": page.in_trash,
            "is_archived": False,
            "is_locked": False,
            "url": f"https://www.notion.so/{page.id.replace('-', '')}",
            "public_url": None,
            "parent": {
                "type": "data_source_id", "data_source_id": page.source,
                "database_id": source.database,
            },
            "properties": {
                item["name"]: answer(
                    item,
                    page.values.get(
                        item["id"], by_itself.get(item["type"], empty(item["type"]))
                    ),
                    INLINE,
                )
                for item in source.properties.values()
            },
            "icon": None,
            "cover": None,
            "created_by": bot,
            "last_edited_by": by_itself["last_edited_by"],
        }  # fmt: skip

    def _put(self, page: Page, source: Source, properties: dict[str, Any]) -> None:
        names = {**source.by_name(), **source.properties}
        accepted = {}
        for name, value in properties.items():
            if name not in names:
                raise ApiError(400, "validation_error", f"{name} is not a property that exists.")
            item = names[name]
            if item["type"] not in value:
                raise ApiError(400, "validation_error", f"{name} is expected to be {item['type']}.")
            accepted[item["id"]] = accept(self, item, value[item["type"]])
        page.values.update(accepted)

    def _passes(self, page: Page, source: Source, wanted: dict[str, Any] | None) -> bool:
        if not wanted:
            return True
        if "or" in wanted:
            return any(self._passes(page, source, part) for part in wanted["or"])
        if "timestamp" in wanted:
            since = datetime.fromisoformat(wanted["last_edited_time"]["on_or_after"])
            return datetime.fromisoformat(floored(page.edited)) >= since
        from .values import shown

        item = {**source.by_name(), **source.properties}.get(wanted["property"])
        if item is None:
            raise ApiError(400, "validation_error", "Could not find property.")
        said = shown(item["type"], page.values.get(item["id"]))
        if wanted.get(item["type"]) == {"is_not_empty": True}:
            return bool(said)
        return bool(said == wanted["rich_text"]["equals"])

    def _source(self, identity: str) -> Source:
        source = self.sources.get(identity)
        if source is None or not source.shared:
            raise ApiError(404, "object_not_found", "Could not find data source.")
        return source

    def _page(self, identity: str) -> Page:
        page = self.pages.get(identity)
        if page is None or not page.shared:
            raise ApiError(404, "object_not_found", f"Could not find page with ID: {identity}.")
        return page


def _kept(what: str, identity: str) -> dict[str, Any]:
    """What a data source and a database have alike."""
    return {
        "object": what, "id": identity, "title": [], "description": [], "icon": None, "cover": None,
        "created_time": floored(EPOCH), "last_edited_time": floored(EPOCH), "in_trash": False,
        "archived": False, "is_inline": False, "public_url": None,
        "url": f"https://www.notion.so/{identity.replace('-', '')}",
    }  # fmt: skip


def normalised(markdown: str) -> str:
    """Notion keeps blocks, not text: what comes back is spelled its own way."""
    return "\n".join(line.rstrip() for line in markdown.strip().splitlines())


# The second version, as far as tests need it: a blank line between blocks, colours on their tags.
_COLOUR = re.compile(r'^(.*) \{color="(\w+)"\}$')
_TAGGED = re.compile(r'^<p color="(\w+)">\n(.*)\n</p>$')


def spelled(markdown: str, version: str) -> str:
    """The content of a page in a version of Notion's Markdown."""
    if version == "v1" or not markdown:
        return markdown
    lines = [_COLOUR.sub(r'<p color="\2">\n\1\n</p>', line) for line in markdown.split("\n")]
    return "\n\n".join(line or "<p />" for line in lines)


def understood(text: str, version: str) -> str:
    """The other way round. A line break alone begins no block in the second version."""
    if version == "v1" or not text:
        return text
    blocks = [_TAGGED.sub(r'\2 {color="\1"}', block) for block in text.split("\n\n")]
    return "\n".join("" if block == "<p />" else " ".join(block.split("\n")) for block in blocks)
