"""Places in a document as the Language Server Protocol counts them, and minimal changes.

Lines end with LF, CRLF or CR and with nothing else; characters are counted in units of the encoding
that client and server agreed on, UTF-16 unless they said otherwise.
https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#textDocuments
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

_BREAK = re.compile(r"\r\n|\r|\n")
# More lines than this between the first and the last difference are one change.
_MOST_COMPARED = 2000


class Change(NamedTuple):
    """The characters from one offset to another become `text`."""

    start: int
    end: int
    text: str


class Lines:
    """The lines of a text. Offsets count characters, from 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _BREAK.finditer(text))]

    def line(self, number: int) -> str:
        """Return a line, counted from 0, without its end."""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[number] : end].rstrip("\r\n")

    def offset(self, number: int, column: int) -> int:
        """Return the offset of a place: a line and a column in characters, both from 0."""
        if number >= len(self.starts):
            return len(self.text)
        return self.starts[number] + min(column, len(self.line(number)))

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, in characters, from 0."""
        number = bisect_right(self.starts, offset) - 1
        return number, offset - self.starts[number]

    def units(self, number: int, column: int, encoding: str) -> int:
        """Return how many units of an encoding stand before a column in characters."""
        before = self.line(number)[:column] if number < len(self.starts) else ""
        return _size(before, encoding)

    def column(self, number: int, units: int, encoding: str) -> int:
        """Return the column in characters at which so many units stand before."""
        counted = 0
        for column, character in enumerate(self.line(number) if number < len(self.starts) else ""):
            if counted >= units:
                return column
            counted += _size(character, encoding)
        return len(self.line(number)) if number < len(self.starts) else 0


def changes(old: str, new: str) -> Iterator[Change]:
    """Yield changes that turn one text into another, line by line."""
    before, after = _split(old), _split(new)
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
        last += 1
    middle, wanted = before[first : len(before) - last], after[first : len(after) - last]
    at = sum(map(len, before[:first]))
    if max(len(middle), len(wanted)) > _MOST_COMPARED:
        yield Change(at, at + sum(map(len, middle)), "".join(wanted))
        return
    ends = [at]
    for line in middle:
        ends.append(ends[-1] + len(line))
    for tag, i, j, k, m in SequenceMatcher(None, middle, wanted, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Change(ends[i], ends[j], "".join(wanted[k:m]))


def _split(text: str) -> list[str]:
    starts = Lines(text).starts
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _size(text: str, encoding: str) -> int:
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
