"""The tools' work: each caller has a base of its own, with its role; one call at a time on it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from hushflake.knowledge.ask import ask
from hushflake.knowledge.base import Base
from hushflake.knowledge.coverage import readable_coverage
from hushflake.knowledge.errors import HiddenSyncError, KnowledgeMistakeError, NotSyncedError
from hushflake.knowledge.metrics import measure, views
from hushflake.knowledge.passages import Passages, cut_fields, passages_around
from hushflake.knowledge.reading import changes_since, get_row
from hushflake.knowledge.related import Node, related
from hushflake.knowledge.search import Hit, Search
from hushflake.knowledge.sync_lag import sync_lags

from .callers import Caller
from .figures import metrics_of
from .pages import page_of
from .shapes import (
    MOST_CHARACTERS,
    MOST_LINKS,
    MOST_OF_A_TITLE,
    AskAnswer,
    ChangedRow,
    ChangesAnswer,
    DeletedRow,
    EntityAnswer,
    EntityFreshness,
    KnowledgeHit,
    KnowledgePassage,
    MetricsAnswer,
    RelatedAnswer,
    RelatedLink,
    RelatedRow,
    SearchAnswer,
    SyncAnswer,
    SyncState,
)
from .texts import short

AnswerT = TypeVar("AnswerT")
_MOST_ROWS = 100
_MOST_COLUMNS = 30


class Desk:
    """Answers one caller."""

    def __init__(self, base: Base, caller: Caller) -> None:
        self.caller = caller
        self._base = base
        self._search = Search(base)
        self._lock = threading.Lock()
        self._role_taken = caller.role is None

    def _ready(self) -> Base:
        if not self._role_taken:
            self._base.use_role(str(self.caller.role))
            self._role_taken = True
        return self._base

    def run(self, work: Callable[["Desk"], AnswerT]) -> AnswerT:
        """Do one piece of work; a session is not for two threads at once."""
        with self._lock:
            self._ready()
            return work(self)

    def connect(self) -> None:
        """Connect now, so that the next call need not."""
        self._base.session.query("SELECT 1")

    def search(
        self,
        query: str,
        entities: list[str],
        filters: Mapping[str, str],
        limit: int,
        cursor: str | None,
    ) -> SearchAnswer:
        found = self._search.ask(
            query, entities=entities, filters=filters, limit=limit, cursor=cursor
        )
        return SearchAnswer(
            hits=[_hit(hit) for hit in found.hits],
            cursor=found.cursor,
            left_out=list(found.left_out),
        )

    def entity(self, identifier: str, page: int = 1, passage: int | None = None) -> EntityAnswer:
        name, key = split_id(identifier)
        row = get_row(self._base, name, key)
        texts = {name: str(value) for name, value in row.values.items()}
        found = Passages((), 0)
        if passage is not None:
            found = passages_around(self._base, row.entity, row.key, passage)
            # The passages stand for the fields that they are cut from.
            cut = cut_fields(self._base.entity(row.entity))
            texts = {name: text for name, text in texts.items() if name not in cut}
        shown = page_of(texts, page)
        if page > shown.total:
            raise KnowledgeMistakeError(f"the row has {shown.total} pages")
        return EntityAnswer(
            id=f"{row.entity}/{row.key}",
            title=short(row.title, MOST_OF_A_TITLE),
            fields=shown.fields,
            page=shown.number,
            pages=shown.total,
            passages=[KnowledgePassage(**item.to_plain()) for item in found.passages],
            passages_in_all=found.total,
            source_ids=dict(row.source_ids),
            updated_at=_iso(row.updated_at),
            age_seconds=_age(row.updated_at),
            shortened=shown.number < shown.total,
        )

    def related(self, identifier: str, depth: int) -> RelatedAnswer:
        found = related(self._base, *split_id(identifier), depth=depth)
        return RelatedAnswer(
            rows=[
                RelatedRow(
                    id=_id(node), title=short(title, MOST_OF_A_TITLE), depth=found.depth_of[node]
                )
                for node, title in found.titles.items()
            ],
            links=[
                RelatedLink(start=_id(link.start), relation=link.relation, end=_id(link.end))
                for link in found.links[:MOST_LINKS]
            ],
            complete=found.complete and len(found.links) <= MOST_LINKS,
            left_out=list(found.left_out),
        )

    def changes(self, since: datetime, entities: list[str], limit: int) -> ChangesAnswer:
        moment = since if since.tzinfo else since.replace(tzinfo=UTC)
        found = changes_since(self._base, moment, entities, limit)
        return ChangesAnswer(
            changes=[
                ChangedRow(
                    id=f"{item.entity}/{item.key}",
                    title=short(item.title, MOST_OF_A_TITLE),
                    updated_at=item.updated_at.isoformat() if item.updated_at else None,
                )
                for item in found.rows
            ],
            deleted=[
                DeletedRow(id=f"{item.entity}/{item.key}", title=short(item.title, MOST_OF_A_TITLE))
                for item in found.deleted
            ],
            deletions_unknown=list(found.unknown),
            left_out=list(found.left_out),
        )

    def ask(self, question: str) -> AskAnswer:
        answer = ask(self._base, question, limit=_MOST_ROWS)
        return AskAnswer(
            by=answer.by,
            note=answer.note,
            text=short(answer.text, MOST_CHARACTERS),
            sql=short(answer.sql, MOST_CHARACTERS),
            columns=list(answer.columns)[:_MOST_COLUMNS],
            rows=[_cells(row) for row in answer.rows],
            suggestions=[short(text, MOST_CHARACTERS) for text in answer.suggestions[:10]],
            hits=[_hit(hit) for hit in answer.hits],
        )

    def metrics(
        self,
        view: str,
        metrics: list[str],
        dimensions: list[str],
        filters: Mapping[str, str],
        limit: int,
    ) -> MetricsAnswer:
        if not (view or metrics or dimensions or filters):
            return metrics_of(views(self._base))
        if not view:
            raise KnowledgeMistakeError("name the semantic view; without arguments they are listed")
        found = measure(self._base, view, metrics, dimensions, filters, limit)
        return MetricsAnswer(
            sql=short(found.sql, MOST_CHARACTERS),
            columns=list(found.columns)[:_MOST_COLUMNS],
            rows=[_cells(row) for row in found.rows],
        )

    def sync_status(self) -> SyncAnswer:
        found, left_out = readable_coverage(self._base)
        sync, note = self._sync()
        return SyncAnswer(
            stack=self._base.stack.name,
            entities=[
                EntityFreshness(
                    entity=item.entity,
                    rows=item.rows,
                    coverage_percent=round(item.percent, 3),
                    waiting=item.waiting,
                    failed=item.failed,
                    last_embedded_at=_iso(item.embedded_at),
                )
                for item in found
            ],
            sync=sync,
            note=note,
            left_out=list(left_out),
        )

    def _sync(self) -> tuple[list[SyncState], str]:
        try:
            lags = sync_lags(self._base)
        except NotSyncedError:
            return [], "the sync with Notion is not set up on this stack"
        except HiddenSyncError:
            return [], "the caller's role may not see the sync"
        return [
            SyncState(
                entity=item.entity,
                waiting=item.waiting,
                waiting_since=_iso(item.since),
                last_synced_at=_iso(item.synced_at),
                conflicts=item.conflicts,
            )
            for item in lags
        ], ""

    def close(self) -> None:
        """End the session."""
        self._base.session.close()


def split_id(identifier: str) -> tuple[str, str]:
    """Split `ENTITY/KEY`.

    Raises:
        KnowledgeMistakeError: It has no slash.
    """
    name, slash, key = identifier.partition("/")
    if not (name and slash and key):
        raise KnowledgeMistakeError("an id is ENTITY/KEY, as search_knowledge gives it")
    return name, key


def _cells(row: Sequence[object]) -> list[str | None]:
    return [None if v is None else short(str(v), 500) for v in row[:_MOST_COLUMNS]]


def _id(node: Node) -> str:
    return f"{node.entity}/{node.key}"


def _hit(hit: Hit) -> KnowledgeHit:
    plain: dict[str, Any] = hit.to_plain()
    del plain["reasons"]
    plain["title"] = short(plain["title"], MOST_OF_A_TITLE)
    return KnowledgeHit(id=f"{hit.entity}/{hit.key}", age_seconds=_age(hit.updated_at), **plain)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _age(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(max(0.0, (datetime.now(UTC) - zoned).total_seconds()), 1)
