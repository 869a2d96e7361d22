"""Property values: what a request may say, what an answer shows, and a short form for tests."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .store import Workspace

LISTS = {"title", "rich_text", "multi_select", "people", "relation"}
# What Notion computes of nothing.
NOTHING: dict[str, Any] = {
    "checkbox": False,
    "files": [],
    "formula": {"type": "string", "string": None},
    "rollup": {"type": "array", "array": [], "function": "show_original"},
    "unique_id": {"prefix": None, "number": None},
}
LONGEST = {"url": 2000, "email": 200, "phone_number": 200}


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def units(text: str) -> int:
    """UTF-16 units, which are what Notion counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def empty(kind: str) -> Any:
    return [] if kind in LISTS else NOTHING.get(kind)


def short(kind: str, value: Any) -> Any:
    """The API's form of a test's short one: text, number, name, names, ids."""
    if kind in ("title", "rich_text"):
        pieces = [value[at : at + 1000] for at in range(0, len(value or ""), 1000)]
        return [{"type": "text", "text": {"content": piece}} for piece in pieces]
    if kind in ("select", "status"):
        return None if value is None else {"name": value}
    if kind == "multi_select":
        return [{"name": name} for name in value]
    if kind == "date" and isinstance(value, str):
        start, _, end = value.partition("/")
        return {"start": start, "end": end or None}
    if kind == "people":
        return [{"object": "user", "id": user} for user in value]
    return [{"id": page} for page in value] if kind == "relation" else value


def shown(kind: str, value: Any) -> Any:
    """The short form of an accepted value."""
    if kind in ("title", "rich_text"):
        return "".join(item["plain_text"] for item in value or ())
    if kind in ("select", "status"):
        return value["name"] if value else None
    if kind == "multi_select":
        return sorted(item["name"] for item in value or ())
    if kind in ("people", "relation"):
        return sorted(item["id"] for item in value or ())
    if kind == "date":
        return value and "/".join(end for end in (value["start"], value["end"]) if end)
    return bool(value) if kind == "checkbox" else value


def accept(workspace: "Workspace", item: dict[str, Any], value: Any) -> Any:
    """Check a value as Notion does and return it as it is kept."""
    kind = item["type"]
    if kind in LISTS and len(value) > 100:
        raise ApiError(400, "validation_error", f"body.{item['name']}.length should be <= 100")
    if kind in ("title", "rich_text"):
        return [_rich(part["text"]["content"]) for part in value]
    if kind in LONGEST and value is not None and units(value) > LONGEST[kind]:
        raise ApiError(400, "validation_error", f"{kind} is too long")
    if kind in ("select", "status", "multi_select"):
        names = [value] if isinstance(value, dict) else value or []
        options = [_option(item, part["name"]) for part in names]
        return options if kind == "multi_select" else (options[0] if options else None)
    if kind == "people":
        for user in value:
            if user["id"] not in workspace.users:
                raise ApiError(400, "validation_error", "user does not exist")
    if kind == "relation":
        for page in value:
            if page["id"] not in workspace.pages:
                raise ApiError(404, "object_not_found", "Could not find related page")
    if kind == "date" and value is not None:
        return {"start": value["start"], "end": value.get("end"), "time_zone": None}
    return value


def _rich(text: str) -> dict[str, Any]:
    if units(text) > 2000:
        raise ApiError(400, "validation_error", "text.content.length should be <= 2000")
    return {
        "type": "text",
        "text": {"content": text, "link": None},
        "plain_text": text,
        "href": None,
        "annotations": plainly(),
    }


def plainly() -> dict[str, Any]:
    """The formatting of text without any."""
    styles = ("bold", "italic", "strikethrough", "underline", "code")
    return {**dict.fromkeys(styles, False), "color": "default"}


def _option(item: dict[str, Any], name: str) -> dict[str, Any]:
    if "," in name:
        raise ApiError(400, "validation_error", "Commas are not valid for select values")
    options = item[item["type"]].setdefault("options", [])
    for option in options:
        if option["name"] == name:
            return {part: option[part] for part in ("id", "name", "color")}
    if item["type"] == "status":
        raise ApiError(400, "validation_error", f"Status option {name} does not exist")
    option = {"id": f"o{len(options)}", "name": name, "color": "default"}
    options.append(option)
    return dict(option)


def configured(item: dict[str, Any]) -> dict[str, Any]:
    """A property of a data source, with what Notion adds where a test said nothing."""
    kind, said = item["type"], item[item["type"]]
    filled = {
        "number": {"format": "number"},
        "status": {"options": [], "groups": []},
        "select": {"options": []},
        "multi_select": {"options": []},
    }.get(kind, {})
    found = {**filled, **said}
    if "options" in found:
        found["options"] = [{"description": None, **option} for option in found["options"]]
    return {**item, kind: found}


def answer(item: dict[str, Any], value: Any, inline: int) -> dict[str, Any]:
    kind = item["type"]
    found = {"id": item["id"], "type": kind, kind: value}
    if kind in ("relation", "people") and len(value) > inline:
        found[kind] = value[:inline]
    if kind == "rollup" and len(value.get("array", ())) > inline:
        found[kind] = {**value, "array": value["array"][:inline]}
    if kind in ("title", "rich_text"):
        # Of what a text mentions as little: what is behind it has no name here.
        mentions = [part for part in value if part["type"] == "mention"]
        nameless = {id(part) for part in mentions[inline:]}
        found[kind] = [
            {**part, "plain_text": "Untitled"} if id(part) in nameless else part for part in value
        ]
    if kind == "relation":
        found["has_more"] = len(value) > inline
    return found
