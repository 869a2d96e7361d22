"""What an edit of a page's content is as search-and-replace: the changed lines, and no others.

"Update a page's content as markdown", developers.notion.com/reference/update-page-markdown:
`update_content` takes pairs of `old_str`, which must be there exactly once, and `new_str`. Blocks
that no pair touches keep what Markdown cannot hold: identity, comments, mentions, formatting.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from ..errors import UnreadableError

Edit = tuple[str, str]
MOST: Final = 100
# Lines that stand for something that text cannot make, or that would move it when it is written:
# `<page url=…>` takes a page from wherever it is. They may stay where they are, and nothing else.
_KEPT: Final = re.compile(
    r"<(?:unknown|page|database|synced[_-]block(?:[_-]reference)?|meeting-notes|transcript"
    r"|data-source|folder|custom-block|external_object_instance)\b",
    re.IGNORECASE,
)


def edits(before: str, after: str) -> list[Edit] | None:
    """Return the pairs that lead from one text to the other; None: only as a whole.

    Raises:
        UnreadableError: The edit adds, changes or removes what is kept as it is.
    """
    _refuse_kept(before, after)
    if not before.strip() or not after.strip():
        return None
    old, new = before.split("\n"), after.split("\n")
    text = before
    found: list[Edit] = []
    # From the end: the lines before a change are still those of `before`.
    for tag, i1, i2, j1, j2 in reversed(SequenceMatcher(None, old, new, False).get_opcodes()):
        if tag == "equal":
            continue
        pair = _pair(old, new[j1:j2], i1, i2, text)
        if pair is None or len(found) == MOST:
            return None
        text = text.replace(*pair, 1)
        found.append(pair)
    return found if text == after else None


def _pair(old: Sequence[str], lines: Sequence[str], i1: int, i2: int, text: str) -> Edit | None:
    """Return a pair whose old text is there once: the change, and as few lines around as it needs.

    A line that is inserted or removed takes one along anyway: a pair cannot be a line break alone.
    """
    first, last = i1, i2
    if i1 == i2 or not lines:
        first, last = (i1 - 1, i2) if i1 else (i1, i2 + 1)
    while True:
        wanted = "\n".join(old[first:last])
        if wanted.strip() and -1 < text.find(wanted) == text.rfind(wanted):
            return wanted, "\n".join([*old[first:i1], *lines, *old[i2:last]])
        if first == 0 and last >= len(old):
            return None
        first, last = max(0, first - 1), min(len(old), last + 1)


def _refuse_kept(before: str, after: str) -> None:
    had = [line.strip() for line in before.split("\n") if _KEPT.search(line)]
    has = [line.strip() for line in after.split("\n") if _KEPT.search(line)]
    if had != has:
        odd = next((line for line in (*has, *had) if has.count(line) != had.count(line)), "")
        raise UnreadableError(
            f"the edit adds, moves or removes what text cannot hold ({odd[:60] or 'its order'}): "
            "change it in Notion"
        )
