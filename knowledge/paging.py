"""Pages of an answer: a cursor is good for its own question only."""

import base64
import hashlib
import json
from collections.abc import Sequence

from .errors import KnowledgeMistakeError
from .search_sql import Filter

FARTHEST = 1000


def mark_of(
    question: str, names: Sequence[str], filters: Sequence[Filter], by: str = "auto"
) -> str:
    """Return what a cursor belongs to: a question over the same entities with the same filters."""
    text = json.dumps([question, list(names), [[f.field, f.value] for f in filters], by])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def cursor_of(mark: str, offset: int) -> str:
    """Return the cursor of the page that begins at `offset`."""
    return base64.urlsafe_b64encode(f"{mark}:{offset}".encode()).decode().rstrip("=")


def offset_of(cursor: str | None, mark: str) -> int:
    """Return where the page of a cursor begins.

    Raises:
        KnowledgeMistakeError: The cursor is of another question, or none at all.
    """
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found, _, offset = text.partition(":")
        if found == mark and 0 <= int(offset) <= FARTHEST:
            return int(offset)
    except ValueError:
        pass
    raise KnowledgeMistakeError("the cursor is not one of this question; ask again without it")
