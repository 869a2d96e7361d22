"""The content of a page as text: an edit of one side, carried over to the other side's spelling.

The two sides hold the same content in two spellings (Notion spells Markdown its own way). What a
row changed is therefore found in the row's own spelling, line by line, and put into the page's
text: the lines that nobody changed stay as the page spells them.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from .types import Value

_LONGEST = 20_000  # lines; beyond, the comparison would take minutes


def carried(base: Value, now: Value, there: Value) -> Value:
    """Return `there` with the edit that led from `base` to `now`.

    Args:
        base: The content as this side spelled it when both agreed.
        now: The content as this side has it now.
        there: The same content as `base`, as the other side spells it.

    Returns:
        `now` itself where the two spellings do not fit together line by line.
    """
    if not (isinstance(base, str) and isinstance(now, str) and isinstance(there, str)):
        return now
    old, new, kept = base.split("\n"), now.split("\n"), there.split("\n")
    if max(len(old), len(new), len(kept)) > _LONGEST:
        return now
    place = _places(old, kept)
    if place is None:
        return now
    out: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, False).get_opcodes():
        out += kept[place[i1] : place[i2]] if tag == "equal" else new[j1:j2]
    return "\n".join(out)


def _places(old: Sequence[str], kept: Sequence[str]) -> list[int] | None:
    """Return where each line of one spelling begins in the other, and the end; None: nowhere.

    Lines that say the same stand for each other. Between them both sides must have as many lines,
    or one side none but blank ones, which belong to the line before.
    """
    place = [0] * (len(old) + 1)
    place[len(old)] = len(kept)
    matcher = SequenceMatcher(None, [said(x) for x in old], [said(x) for x in kept], False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "insert" and any(map(said, kept[j1:j2])):
            return None
        if tag == "delete" and any(map(said, old[i1:i2])):
            return None
        if tag == "replace" and i2 - i1 != j2 - j1:
            return None
        for number in range(i1, i2):
            place[number] = j1 + number - i1 if tag != "delete" else j1
    return place


def said(text: str) -> str:
    """Return what a text says, whatever its blanks and escapes."""
    return " ".join(text.replace("\\", "").split())
