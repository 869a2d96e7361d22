"""Pages as Notion answers them, as pages of ours; and values of ours as requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..mapping import EntityMap
from ..types import BODY, Page, Value, Values
from .api import NotionApi, checked
from .source import Binding

# A page shows so many people and pages, also of those that a text mentions; what is behind them may
# be missing or be called "Untitled" ("Retrieve a page", developers.notion.com) and is asked for.
_SHOWN: Final = 25
_REFERENCES: Final = frozenset({"relation", "people"})
_TEXTS: Final = frozenset({"title", "rich_text"})


@dataclass(frozen=True)
class Reader:
    """Reads the pages of one data source."""

    of: EntityMap
    binding: Binding
    api: NotionApi

    def page(self, document: Mapping[str, Any]) -> Page:
        """Return a page without its body; properties that are too long are asked for."""
        # By their ids: an editor may rename a property while we read.
        properties = {str(item["id"]): item for item in document["properties"].values()}
        values: dict[str, Value] = {}
        for item in self.of.properties:
            found = properties[self.binding.ids[item.property_name]]
            found[item.kind]  # a property that was given another type says nothing of this one
            if _references(found, item.kind) >= _SHOWN or _is_cut(found, item.kind):
                found = self._whole(document["id"], found, item.kind)
            values[item.column] = item.converter.read(found)
        tie = properties[self.binding.ids[self.of.sync_id]]
        text = "".join(str(part.get("plain_text", "")) for part in tie.get("rich_text") or ())
        return Page(
            id=checked(document["id"]),
            values=values,
            edited=_moment(document["last_edited_time"]),
            created=_moment(document["created_time"]),
            sync_id=text.strip() or None,
            sight="live" if not self._is_gone(document) else "trash",
        )

    def belongs(self, document: Mapping[str, Any]) -> bool:
        """Whether a page is still in the data source: it may have been moved to another."""
        if document["object"] != "page":
            raise TypeError("not a page")
        return bool(document["parent"].get("data_source_id") == self.of.data_source)

    def _whole(self, page: str, found: Mapping[str, Any], kind: str) -> dict[str, Any]:
        items = self.api.items(page, str(found["id"]))
        if kind == "rollup":
            return {**found, kind: {"type": "array", "array": list(items)}}
        return {**found, kind: [item[kind] for item in items]}

    @staticmethod
    def _is_gone(document: Mapping[str, Any]) -> bool:
        return bool(document.get("in_trash") or document.get("archived"))


def _moment(text: str) -> str:
    """Return a time as Notion spelled it; what is none ends the reading (ValueError)."""
    datetime.fromisoformat(text)
    return text


def _is_cut(found: Mapping[str, Any], kind: str) -> bool:
    """Whether a page shows a part of a rollup only, or says that it cannot compute it at once."""
    if kind != "rollup":
        return False
    rollup = found[kind]
    return rollup["type"] == "incomplete" or len(rollup.get("array") or ()) >= _SHOWN


def _references(found: Mapping[str, Any], kind: str) -> int:
    """How many pages and people a property shows."""
    parts = found.get(kind) or ()
    if kind in _TEXTS:
        return sum(part.get("type") == "mention" for part in parts)
    return len(parts) if kind in _REFERENCES else 0


def properties_of(
    of: EntityMap, binding: Binding, values: Values, sync_id: str | None
) -> dict[str, Any]:
    """Return the properties of a request by their ids, without the body."""
    from ..properties import property_types

    found: dict[str, Any] = {}
    for column, value in values.items():
        item = of.by_column[column]
        if item.kind != BODY:
            found[binding.ids[item.property_name]] = dict(item.converter.write(value))
    if sync_id is not None:
        found[binding.ids[of.sync_id]] = dict(property_types()["rich_text"].write(sync_id))
    return found
