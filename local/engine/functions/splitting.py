"""Texts cut into chunks, as Cortex does before they are embedded.

https://docs.snowflake.com/en/sql-reference/functions/split_text_recursive_character-snowflake-cortex
https://docs.snowflake.com/en/sql-reference/functions/split_text_markdown_header-snowflake-cortex

The pages name the separators and show results; in between, pieces keep the separator that they
begin with, are put together while they fit, and blanks around a chunk are taken off: that is what
gives every documented result. What Markdown's separators are beyond headers and code blocks is not
documented; rules across the page are taken for one.
"""

import re
from collections import deque
from collections.abc import Iterator
from re import Pattern
from typing import Any, Final

from ...language.errors import SqlError
from ...language.variants import decode, encode
from . import function

_DEFAULT: Final = ("\n\n", "\n", " ", "")
_MARKDOWN: Final = (
    re.compile(r"\n#{1,6} "), re.compile(r"```\n"), re.compile(r"\n\*{3,}\n"), re.compile(r"\n-{3,}\n"),
    re.compile(r"\n_{3,}\n"),
)  # fmt: skip
# Characters that a VARIANT holds: an overlap can make a text many times as long.
_MOST: Final = 16_777_216
_MOST_SEPARATORS: Final = 100


@function("VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "VARCHAR")
def split_recursive(text: str, form: str, size: int, overlap: int, separators: str) -> str:
    """Return an array of the chunks of a text."""
    given = decode(separators)
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise _invalid("the separators must be an array of strings")
    if len(given) > _MOST_SEPARATORS:
        raise _invalid(f"more than {_MOST_SEPARATORS} separators")
    if form not in ("none", "markdown"):
        raise _invalid(f"the format '{form[:60]}' must be 'none' or 'markdown'")
    own = [re.compile(re.escape(item)) if item else None for item in given]
    return encode(_chunks(text, [*(_MARKDOWN if form == "markdown" else ()), *own], size, overlap))


@function("VARCHAR", "VARCHAR", "BIGINT", "BIGINT")
def split_by_header(text: str, headers: str, size: int, overlap: int) -> str:
    """Return an array of objects `{chunk, headers}`, of Markdown."""
    names = decode(headers)
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise _invalid("the headers must be an object of names")
    plain = [re.compile(re.escape(item)) if item else None for item in _DEFAULT]
    found: list[dict[str, Any]] = []
    length = 0
    for section, above in _sections(text, names):
        for chunk in _chunks(section, plain, size, overlap):
            length += len(chunk) + sum(map(len, above.values()))
            if length > _MOST:
                raise _too_long()
            found.append({"chunk": chunk, "headers": above})
    return encode(found)


def _chunks(text: str, separators: list[Pattern[str] | None], size: int, overlap: int) -> list[str]:
    if size <= 0:
        raise _invalid("the chunk size must be greater than zero")
    if not 0 <= overlap < size:
        raise _invalid("the overlap must not be negative, and smaller than the chunk size")
    found: list[str] = []
    length = 0
    for chunk in _split(text, separators, size, overlap):
        length += len(chunk)
        if length > _MOST:
            raise _too_long()
        found.append(chunk)
    return found


def _split(
    text: str, separators: list[Pattern[str] | None], size: int, overlap: int
) -> Iterator[str]:
    """Cut at the first separator that stands in the text; a piece that is too long, at the next."""
    place = next((n for n, one in enumerate(separators) if one is None or one.search(text)), None)
    # Without an empty separator at the end a text may stay longer than a chunk should be.
    pieces = [text] if place is None else _pieces(text, separators[place])
    rest = [] if place is None else separators[place + 1 :]
    short: list[str] = []
    for piece in pieces:
        if len(piece) < size:
            short.append(piece)
            continue
        yield from _merged(short, size, overlap)
        short = []
        if rest:
            yield from _split(piece, rest, size, overlap)
        elif chunk := piece.strip():
            yield chunk
    yield from _merged(short, size, overlap)


def _pieces(text: str, separator: Pattern[str] | None) -> Iterator[str]:
    """Yield the parts of a text; each but the first begins with the separator."""
    if separator is None:
        yield from text
        return
    begin = 0
    for match in separator.finditer(text):
        if match.start() > begin:
            yield text[begin : match.start()]
        begin = match.start()
    if begin < len(text):
        yield text[begin:]


def _merged(pieces: list[str], size: int, overlap: int) -> Iterator[str]:
    """Put pieces together while they fit; a chunk begins with the last ones of that before it."""
    current: deque[str] = deque()
    total = 0
    for piece in pieces:
        if current and total + len(piece) > size:
            if chunk := "".join(current).strip():
                yield chunk
            while total > overlap or (total and total + len(piece) > size):
                total -= len(current.popleft())
        current.append(piece)
        total += len(piece)
    if chunk := "".join(current).strip():
        yield chunk


def _sections(text: str, names: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text below each header that counts, with the headers above it; not in code."""
    marks = sorted(names, key=len, reverse=True)
    above: list[tuple[int, str, str]] = []
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        bare = line.strip()
        if fence:
            fence = "" if bare.startswith(fence) else fence
        elif bare.startswith(("```", "~~~")):
            fence = bare[:3]
        elif mark := next((m for m in marks if m and bare.startswith(m) and _ends(bare, m)), ""):
            yield "\n".join(lines), {name: title for _, name, title in above}
            lines = []
            above = [item for item in above if item[0] < len(mark)]
            above.append((len(mark), str(names[mark]), bare[len(mark) :].strip()))
            continue
        lines.append(line)
    yield "\n".join(lines), {name: title for _, name, title in above}


def _ends(line: str, mark: str) -> bool:
    return len(line) == len(mark) or line[len(mark)] == " "


def _invalid(why: str) -> SqlError:
    return SqlError(f"Invalid argument of a function that splits text: {why}.", 1210, "22023")


def _too_long() -> SqlError:
    return SqlError(f"The chunks hold more than {_MOST} characters in all.", 100078, "22000")
