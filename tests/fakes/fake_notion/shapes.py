"""The shapes of requests and answers, as JSON Schema.

Sources: for pages, queries and data sources the types that Notion publishes with its own client
(npm @notionhq/client 5.26.0: pages.d.ts, data-sources.d.ts, common.d.ts); for Markdown the OpenAPI
description in npm @notionhq/notion-mcp-server 2.5.2, whose other paths say `object` and no more, or
contradict the documentation (there a query's `filter` is an array). Written down anew; only what
hushflake sends and reads.
"""

from functools import cache
from typing import Any

import jsonschema

Schema = dict[str, Any]


def _object(properties: Schema, required: list[str] | None = None, *, more: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": more,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$"}
RICH_REQUEST = _list(
    _object({"type": {"const": "text"}, "text": _object({"content": TEXT}, ["content"])})
)
RICH_ANSWER = _list(
    _object(
        {
            "type": {"const": "text"},
            "text": _object({"content": TEXT, "link": {}}),
            "plain_text": TEXT,
            "href": {"type": ["string", "null"]},
            "annotations": {"type": "object"},
        }
    )
)
OPTION = _object({"name": {"type": "string", "minLength": 1}})
DATE = _object({"start": TEXT, "end": _or_null(TEXT), "time_zone": _or_null(TEXT)}, ["start"])
USER = _object({"object": {"const": "user"}, "id": ID})
REQUEST_VALUES: Schema = {
    "title": RICH_REQUEST,
    "rich_text": RICH_REQUEST,
    "number": {"type": ["number", "null"]},
    "select": _or_null(OPTION),
    "status": _or_null(OPTION),
    "multi_select": _list(OPTION),
    "date": _or_null(DATE),
    "people": _list(USER),
    "checkbox": FLAG,
    "url": _or_null({"type": "string", "minLength": 1}),
    "email": _or_null({"type": "string", "minLength": 1}),
    "phone_number": _or_null({"type": "string", "minLength": 1}),
    "relation": _list(_object({"id": ID})),
}
PROPERTIES_REQUEST: Schema = {
    "type": "object",
    "additionalProperties": {
        "oneOf": [_object({name: value}) for name, value in REQUEST_VALUES.items()]
    },
}
PAGE = _object(
    {
        "object": {"const": "page"},
        "id": ID,
        "created_time": MOMENT,
        "last_edited_time": MOMENT,
        "in_trash": FLAG,
        "archived": FLAG,
        "is_archived": FLAG,
        "is_locked": FLAG,
        "url": TEXT,
        "public_url": {"type": ["string", "null"]},
        "parent": _object(
            {"type": {"const": "data_source_id"}, "data_source_id": ID, "database_id": ID}
        ),
        "properties": {
            "type": "object",
            "additionalProperties": {"type": "object", "required": ["id", "type"]},
        },
        "icon": {},
        "cover": {},
        "created_by": USER,
        "last_edited_by": USER,
    }
)
MARKDOWN = _object(
    {
        "object": {"const": "page_markdown"},
        "id": ID,
        "markdown": TEXT,
        "truncated": FLAG,
        "unknown_block_ids": _list(TEXT),
    }
)
DATA_SOURCE: Schema = {
    "type": "object",
    "required": ["object", "id", "properties", "in_trash", "title"],
    "properties": {
        "object": {"const": "data_source"},
        "id": ID,
        "properties": {
            "type": "object",
            "additionalProperties": {"type": "object", "required": ["id", "name", "type"]},
        },
    },
}
DATABASE: Schema = {
    "type": "object",
    "required": ["object", "id", "data_sources"],
    "properties": {
        "object": {"const": "database"},
        "id": ID,
        "data_sources": _list(_object({"id": ID, "name": TEXT})),
    },
}


def _page_of(items: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["object", "results", "next_cursor", "has_more"],
        "properties": {
            "object": {"const": "list"},
            "results": _list(items),
            "next_cursor": {"type": ["string", "null"]},
            "has_more": FLAG,
        },
    }


_SORT = _object(
    {
        "timestamp": {"enum": ["created_time", "last_edited_time"]},
        "direction": {"enum": ["ascending", "descending"]},
    }
)
_NOT_EMPTY = _object({"is_not_empty": {"const": True}})
_FILTER: Schema = {
    "oneOf": [
        _object(
            {
                "or": _list(
                    {
                        "oneOf": [
                            _object({"property": TEXT, "rich_text": _NOT_EMPTY}),
                            _object({"property": TEXT, "select": _NOT_EMPTY}),
                        ]
                    }
                )
            }
        ),
        _object(
            {
                "timestamp": {"const": "last_edited_time"},
                "last_edited_time": _object({"on_or_after": TEXT}),
            }
        ),
        _object({"property": TEXT, "rich_text": _object({"equals": TEXT})}),
    ]
}
VERSIONS: Schema = {"enum": ["v1", "v2"]}
REQUESTS: dict[str, Schema] = {
    "query": _object(
        {
            "filter": _FILTER,
            "sorts": _list(_SORT),
            "start_cursor": TEXT,
            "page_size": {"type": "integer", "minimum": 1, "maximum": 100},
            "in_trash": FLAG,
            "result_type": {"const": "page"},
        },
        [],
    ),
    "create_page": _object(
        {
            "parent": _object({"type": {"const": "data_source_id"}, "data_source_id": ID}),
            "properties": PROPERTIES_REQUEST,
            "markdown": TEXT,
        },
        ["parent", "properties"],
    ),
    "create_database": _object(
        {
            "parent": _object({"type": {"const": "page_id"}, "page_id": ID}),
            "title": RICH_REQUEST,
            "initial_data_source": _object({"properties": {"type": "object"}}),
        }
    ),
    "update_page": _object({"properties": PROPERTIES_REQUEST, "in_trash": FLAG}, []),
    "update_markdown": {
        "oneOf": [
            _object(
                {
                    "type": {"const": "replace_content"},
                    "markdown_version": VERSIONS,
                    "replace_content": _object(
                        {"new_str": TEXT, "allow_deleting_content": FLAG}, ["new_str"]
                    ),
                },
                ["type", "replace_content"],
            ),
            _object(
                {
                    "type": {"const": "update_content"},
                    "markdown_version": VERSIONS,
                    "update_content": _object(
                        {
                            "content_updates": _list(
                                _object(
                                    {"old_str": TEXT, "new_str": TEXT, "replace_all_matches": FLAG},
                                    ["old_str", "new_str"],
                                )
                            ),
                            "allow_deleting_content": FLAG,
                        },
                        ["content_updates"],
                    ),
                },
                ["type", "update_content"],
            ),
        ]
    },
    "update_data_source": _object({"properties": {"type": "object"}}),
}
ANSWERS: dict[str, Schema] = {
    "query": _page_of(PAGE),
    "database": DATABASE,
    "create_database": DATABASE,
    "create_page": PAGE,
    "update_page": PAGE,
    "page": PAGE,
    "markdown": MARKDOWN,
    "update_markdown": MARKDOWN,
    "data_source": DATA_SOURCE,
    "update_data_source": DATA_SOURCE,
    "users": _page_of({"type": "object", "required": ["object", "id", "type"]}),
    "property": _page_of({"type": "object", "required": ["object", "id", "type"]}),
}


@cache
def _validator(kind: str, name: str) -> Any:
    table = REQUESTS if kind == "request" else ANSWERS
    return jsonschema.Draft202012Validator(table[name]) if name in table else None


def complaint(kind: str, name: str, document: Any) -> str | None:
    """Return what is wrong with the shape of a request or answer, or None."""
    validator = _validator(kind, name)
    if validator is None:
        return None
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return None if error is None else f"{error.json_path}: {error.message[:200]}"
