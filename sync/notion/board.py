"""The pages on which conflicts are shown and decided; see `desk.py`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hushflake.schema.notion import ConflictProperties

from ..desk import Card
from ..properties import property_types
from .answered import answered
from .api import fresh_cursor
from .pages import Reader

_NOT_EMPTY: Final = {"is_not_empty": True}


class NotionBoard:
    """Two properties of a data source: a text that we write, a select that people choose from."""

    def __init__(self, reader: Reader, declared: ConflictProperties) -> None:
        ids = reader.binding.ids
        self._reader = reader
        self._shown, self._choice = ids[declared.shown], ids[declared.choice]

    @answered
    def cards(self) -> Sequence[Card]:
        """Return the pages that show conflicts or bear a choice: one request a hundred."""
        marked = [
            {"property": self._shown, "rich_text": _NOT_EMPTY},
            {"property": self._choice, "select": _NOT_EMPTY},
        ]
        api, source = self._reader.api, self._reader.of.data_source
        more: dict[str, Any] = {}
        cursors: set[str] = set()
        found: dict[str, Card] = {}
        while True:
            answer = api.query(source, filter={"or": marked}, **more)
            for document in answer["results"]:
                found[str(document["id"])] = self._card(document)
            if not answer.get("has_more"):
                return list(found.values())
            more = {"start_cursor": fresh_cursor(answer, cursors)}

    @answered
    def show(self, page_id: str, text: str) -> None:
        """Write what a page shows, and empty its choice."""
        types = property_types()
        self._reader.api.update(
            page_id,
            {
                self._shown: dict(types["rich_text"].write(text)),
                self._choice: dict(types["select"].write(None)),
            },
        )

    def _card(self, document: Mapping[str, Any]) -> Card:
        types = property_types()
        properties = {str(item["id"]): item for item in document["properties"].values()}
        return Card(
            str(document["id"]),
            str(types["rich_text"].read(properties[self._shown]) or ""),
            str(types["select"].read(properties[self._choice]) or ""),
            str((document.get("last_edited_by") or {}).get("id") or ""),
        )
