"""Notion's webhook events: which of them begin a cycle.

Source: "Event types & delivery", developers.notion.com/reference/webhooks-events-delivery, and the
payload types of Notion's own client (npm @notionhq/client 5.26.0), as of November 2026. Content and
properties are aggregated for a minute and may come out of order; nothing is read from an event but
its type.
"""

from collections.abc import Mapping
from typing import Any, Final

WAKES: Final[Mapping[str, str]] = {
    "page.created": "a new row",
    "page.content_updated": "an edit of the content",
    "page.properties_updated": "an edit of a field",
    "page.moved": "a page that came into a data source, or left it",
    "page.deleted": "a page that went to the trash",
    "page.undeleted": "a page that came back",
    "data_source.created": "a data source that a stack may name already",
    "data_source.content_updated": "rows that came or went",
    "data_source.schema_updated": "a property that was renamed, dropped or added",
    "data_source.moved": "a data source that may be shared otherwise now",
    "data_source.deleted": "a data source in the trash: its entity is not synced",
    "data_source.undeleted": "a data source that came back",
    # Subscriptions of versions before 2025-09-03 say database for data source.
    "database.created": "as data_source.created",
    "database.content_updated": "as data_source.content_updated",
    "database.schema_updated": "as data_source.schema_updated",
    "database.moved": "all its data sources moved",
    "database.deleted": "all its data sources went to the trash",
    "database.undeleted": "all its data sources came back",
}
IGNORED: Final[Mapping[str, str]] = {
    "page.locked": "a lock keeps people from editing, not the sync",
    "page.unlocked": "a lock keeps people from editing, not the sync",
    "page.transcription_block.transcript_deleted": "meeting notes are kept as they are",
    "comment.created": "comments are not synced",
    "comment.updated": "comments are not synced",
    "comment.deleted": "comments are not synced",
    "file_upload.created": "a file counts when a page holds it",
    "file_upload.completed": "a file counts when a page holds it",
    "file_upload.expired": "a file counts when a page holds it",
    "file_upload.upload_failed": "a file counts when a page holds it",
    "view.created": "a view shows pages and changes none",
    "view.updated": "a view shows pages and changes none",
    "view.deleted": "a view shows pages and changes none",
}


def begins_a_cycle(event: Mapping[str, Any]) -> bool:
    """Whether an event may mean work. One of a type that is not known may: a look costs little."""
    kind = event.get("type")
    return not (isinstance(kind, str) and kind in IGNORED)
