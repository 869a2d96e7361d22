"""The requests that the sync makes, and no others."""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from hushflake.config import Secret

from ..errors import AnswerError, NotionError, SyncMistakeError
from ..ports import Body
from ..types import Spelling
from .patience import Patience

VERSION: Final = "2026-03-11"
PAGE_SIZE: Final = 100
_TIMEOUT_MS: Final = 60_000
_BAD_REQUEST: Final = 400
Document = Mapping[str, Any]


# What an id may be in the path of a request: one step of it, and no other one. Ids come from
# projects, rows and answers. Those of properties are URL-encoded by Notion.
_ID: Final = re.compile(r"(?!\.{1,2}$)(?:[A-Za-z0-9_~.-]|%[0-9A-Fa-f]{2}){1,200}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def refuse_plain_http(base_url: str) -> None:
    """Refuse an address to which the token would travel unprotected.

    Raises:
        SyncMistakeError: Neither https, nor http on this machine.
    """
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return
    raise SyncMistakeError(
        f"NOTION_BASE_URL: {base_url[:200]!r} is not an https address; plain http works for this "
        "machine only"
    )


def checked(identity: str) -> str:
    """Return an id that is one step of a path.

    Raises:
        NotionError: It would lead to another object of the API.
    """
    if not _ID.fullmatch(identity):
        raise NotionError(f"{identity[:100]!r} is not a Notion id", code="no_id")
    return identity


@dataclass
class NotionApi:
    """Notion, spoken to through its Python client.

    Attributes:
        patience: How requests are paced, retried and counted.
        width: How many contents may be read at once.
    """

    token: Secret
    base_url: str = "https://api.notion.com"
    patience: Patience = field(default_factory=Patience)
    width: int = 1
    _times: Any = field(default_factory=threading.local, repr=False)
    _client: Any = field(default=None, repr=False)
    _opening: Any = field(default_factory=threading.Lock, repr=False)
    _users: dict[str, str] | None = None

    @property
    def now(self) -> datetime | None:
        """Notion's own clock as the last answer in this thread told it; None: it has not."""
        return getattr(self._times, "now", None)

    @now.setter
    def now(self, moment: datetime | None) -> None:
        self._times.now = moment

    def begin(self) -> None:
        """Start a new cycle: requests are counted anew, and people may have come or gone."""
        self.patience.begin()
        self._users = None

    def data_source(self, identity: str) -> Document:
        """Return a data source with its properties.

        Raises:
            SyncMistakeError: The id is that of a database, which holds data sources.
            NotionError: It cannot be reached.
        """
        try:
            return self._send(lambda: self._open().data_sources.retrieve(checked(identity)))
        except NotionError as error:
            if error.is_unseen:
                self._refuse_database(identity)
            raise

    def _refuse_database(self, identity: str) -> None:
        """Name the data sources of a database whose id stands for one of them."""
        try:
            answer = self._send(lambda: self._open().databases.retrieve(checked(identity)))
        except NotionError as error:
            if error.is_unseen or error.status == _BAD_REQUEST:
                return
            raise
        sources = answer.get("data_sources") or ()
        told = ", ".join(f"{item['id']} ({str(item['name'])[:60]})" for item in sources)
        raise SyncMistakeError(
            f"{identity} is the id of a database: use that of a data source in it: {told or 'none'}"
        )

    def add_properties(self, identity: str, properties: Document) -> Document:
        """Add properties to a data source."""
        return self._send(
            lambda: self._open().data_sources.update(checked(identity), properties=properties)
        )

    def create_database(self, parent: str, title: str, properties: Document) -> str:
        """Create a database below a page and return the id of its data source.

        Source: "Create a database", developers.notion.com/reference/create-a-database.
        """
        body = {
            "parent": {"type": "page_id", "page_id": checked(parent)},
            "title": [{"type": "text", "text": {"content": title}}],
            "initial_data_source": {"properties": properties},
        }
        answer = self._send(lambda: self._open().databases.create(**body), repeatable=False)
        sources = answer.get("data_sources") if isinstance(answer, Mapping) else None
        if not isinstance(sources, list) or not sources:
            raise AnswerError("Notion's answer names no data source of the new database")
        return str(sources[0]["id"])

    def query(self, identity: str, **body: Any) -> Document:
        """Return one page of a query's answer."""
        return self._send(
            lambda: self._open().data_sources.query(checked(identity), page_size=PAGE_SIZE, **body)
        )

    def page(self, identity: str) -> Document | None:
        """Return a page; None: it is not there, or not shared with us (404 says no more).

        Raises:
            NotionError: Also 403: the connection may read no page at all.
        """
        try:
            return self._send(lambda: self._open().pages.retrieve(checked(identity)))
        except NotionError as error:
            if error.is_unseen:
                return None
            raise

    def create(self, source: str, properties: Document) -> Document:
        """Create a page. A fault may leave it open whether that was done: `passing`."""
        body: dict[str, Any] = {
            "parent": {"type": "data_source_id", "data_source_id": source},
            "properties": properties,
        }
        return self._send(lambda: self._open().pages.create(**body), repeatable=False)

    def update(
        self, identity: str, properties: Document, *, in_trash: bool | None = None
    ) -> Document:
        """Change properties, or move a page to the trash or out of it."""
        body: dict[str, Any] = {}
        if properties:
            body["properties"] = properties
        if in_trash is not None:
            body["in_trash"] = in_trash
        return self._send(lambda: self._open().pages.update(checked(identity), **body))

    def body(self, identity: str, spelling: Spelling = "") -> Body:
        """Return the content of a page."""
        query = {"markdown_version": spelling} if spelling else {}
        return _body(self._send(lambda: self._markdown("GET", identity, query=query)))

    def edit_body(
        self, identity: str, edits: Sequence[tuple[str, str]], spelling: Spelling = ""
    ) -> Body:
        """Replace texts in the content of a page; the blocks around them stay what they are."""
        updates = [{"old_str": old, "new_str": new} for old, new in edits]
        content = {"content_updates": updates, "allow_deleting_content": False}
        body = _versioned({"type": "update_content", "update_content": content}, spelling)
        # Done twice it finds nothing to replace, and says so as it would of a mistake.
        return _body(
            self._send(lambda: self._markdown("PATCH", identity, body=body), repeatable=False)
        )

    def put_body(self, identity: str, markdown: str, spelling: Spelling = "") -> Body:
        """Replace the content of a page; its child pages and databases are never deleted."""
        content = {"new_str": markdown, "allow_deleting_content": False}
        body = _versioned({"type": "replace_content", "replace_content": content}, spelling)
        return _body(self._send(lambda: self._markdown("PATCH", identity, body=body)))

    def _markdown(self, method: str, identity: str, **more: Document) -> Document:
        # Not by the client's own method, which knows no version of Markdown.
        path = f"pages/{checked(identity)}/markdown"
        found: Document = self._open().request(path=path, method=method, **more)
        return found

    def items(self, page: str, property_id: str) -> Iterator[Document]:
        """Return every item of a property of which a page shows 25 only."""

        def ask(**more: Any) -> Document:
            properties = self._open().pages.properties
            return self._send(
                lambda: properties.retrieve(
                    checked(page), checked(property_id), page_size=PAGE_SIZE, **more
                )
            )

        return _results(ask)

    def users(self) -> Mapping[str, str]:
        """Return user id -> e-mail address of everybody who shows one; asked for once a cycle."""
        if self._users is None:

            def ask(**more: Any) -> Document:
                return self._send(lambda: self._open().users.list(page_size=PAGE_SIZE, **more))

            people = ((user["id"], user.get("person") or {}) for user in _results(ask))
            self._users = {
                str(identity): str(person["email"]).lower()
                for identity, person in people
                if person.get("email")
            }
        return self._users

    def close(self) -> None:
        """End the connections."""
        with self._opening:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _send(self, work: Callable[[], Document], *, repeatable: bool = True) -> Document:
        return self.patience.send(work, repeatable=repeatable)

    def _open(self) -> Any:
        # Contents are read by several threads: two clients at once would leave one open for ever.
        with self._opening:
            return self._opened()

    def _opened(self) -> Any:
        if self._client is None:
            import httpx
            import notion_client

            # The library writes every request to standard output unless told otherwise, and
            # warns on every retry; the report says what went wrong.
            silent = logging.getLogger("hushflake.notion")
            silent.addHandler(logging.NullHandler())
            silent.propagate = False
            self._client = notion_client.Client(
                auth=self.token.reveal(),
                base_url=self.base_url.rstrip("/"),
                notion_version=VERSION,
                timeout_ms=_TIMEOUT_MS,
                retry=False,
                logger=silent,
                log_level=logging.CRITICAL,
                client=httpx.Client(
                    event_hooks={"response": [self._note_time]}, follow_redirects=False
                ),
            )
        return self._client

    def _note_time(self, response: Any) -> None:
        try:
            self.now = parsedate_to_datetime(response.headers["date"])
        except (KeyError, ValueError):
            self.now = None


def _results(ask: Callable[..., Document]) -> Iterator[Document]:
    more: dict[str, Any] = {}
    cursors: set[str] = set()
    while True:
        answer = ask(**more)
        yield from answer["results"]
        if not answer.get("has_more"):
            return
        more = {"start_cursor": fresh_cursor(answer, cursors)}


def fresh_cursor(answer: Document, seen: set[str]) -> str:
    """Return where an answer goes on; a list that leads back to itself is refused.

    Raises:
        AnswerError: No cursor, or one that was there before.
    """
    cursor = answer.get("next_cursor")
    if not isinstance(cursor, str) or cursor in seen:
        raise AnswerError("Notion says that there is more, but not where: nothing was decided")
    seen.add(cursor)
    return cursor


def _versioned(body: dict[str, Any], spelling: Spelling) -> Document:
    return {**body, "markdown_version": spelling} if spelling else body


def _body(answer: Document) -> Body:
    markdown = answer["markdown"]
    if not isinstance(markdown, str):
        raise AnswerError("Notion's answer holds no Markdown: nothing was decided on it")
    return Body(markdown, bool(answer.get("truncated")))
