"""Which pages there are: paging that stays right while editors work.

Notion cuts `last_edited_time` to the minute, so a scan begins some minutes before the newest minute
that was seen, never at a time of the local clock. An edit during a scan moves a page, and with it
the pages behind the cursor: a scan of several requests is repeated until nothing new shows up.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ..ports import Scan
from .api import fresh_cursor
from .pages import Reader

OVERLAP: Final = timedelta(minutes=3)  # a minute that was open, and a time rounded up
_REPEATS: Final = 4


def scan(reader: Reader, *, since: str = "", in_trash: bool = False) -> Scan:
    """Return the pages of a data source without their bodies.

    Args:
        since: The newest minute that an earlier scan saw; "": from the beginning.
        in_trash: Look into the trash instead.
    """
    found = Scan()
    start = before(since) if since else ""
    for _ in range(_REPEATS):
        requests, fresh = 0, 0
        for documents in _requests(reader, start, in_trash, found):
            requests += 1
            for document in documents:
                page = reader.page(document) if _is_new(found, document) else None
                if page is not None:
                    fresh += 1
                    found.pages[page.id] = page
                    found.newest = max(found.newest, page.edited)
        found.quiet = (requests == 1 or not fresh) and not found.wall
        if found.quiet or found.wall:
            break
    return found


def before(moment: str) -> str:
    """Return the start of a scan that must not miss what was edited at `moment`."""
    return _spelled(datetime.fromisoformat(moment) - OVERLAP)


def _after(moment: str) -> str:
    return _spelled(datetime.fromisoformat(moment) + timedelta(minutes=1))


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _is_new(found: Scan, document: Mapping[str, Any]) -> bool:
    seen = found.pages.get(document["id"])
    return seen is None or seen.edited != document["last_edited_time"]


def _requests(
    reader: Reader, start: str, in_trash: bool, found: Scan
) -> Iterator[list[dict[str, Any]]]:
    """Yield the answers of a query, and of those that go on where Notion ends one early."""
    more: dict[str, Any] = {}
    cursors: set[str] = set()
    while True:
        body: dict[str, Any] = {
            "sorts": [{"timestamp": "last_edited_time", "direction": "ascending"}],
            **({"filter": _since(start)} if start else {}),
            **({"in_trash": True} if in_trash else {}),
            **more,
        }
        answer = reader.api.query(reader.of.data_source, **body)
        documents = [item for item in answer["results"] if item.get("object") == "page"]
        yield documents
        more = {}
        if answer.get("has_more"):
            more = {"start_cursor": fresh_cursor(answer, cursors)}
        elif (answer.get("request_status") or {}).get("type") == "incomplete" and documents:
            last = str(documents[-1]["last_edited_time"])
            if last <= start:
                # One minute holds more than an answer, and no query begins in the middle of it.
                # A page that is new is written to, which moves it to a later minute: the next scan
                # sees further. Until then the minutes after it must not wait.
                found.wall = last
                last = _after(last)
            start = last
        else:
            return


def _since(start: str) -> dict[str, Any]:
    return {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": start}}
