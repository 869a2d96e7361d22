"""Lines that fit: wrapped at words, and tables whose columns share the room. Pure.

Words are not broken. Where a word alone is wider than the room, it is left whole: the terminal
breaks it, and it can still be copied.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from .text import Span, Text, styled
from .width import cells, cells_of, cut

_GAP = 2  # columns between columns
_LEAST = 8  # what is cut is not cut to less
_NARROWEST = 8  # an indent that leaves less than this is none
_WORDS = re.compile(r" +|[^ ]+")


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: Its heading.
        right: Whether it is aligned to the right, as numbers are.
        fit: What happens where the room is short: `wrap` at words, `cut` with an ellipsis,
            `whole` for what must stay on its line.
    """

    title: str
    right: bool = False
    fit: Literal["wrap", "cut", "whole"] = "wrap"


class _Word(NamedTuple):
    """What stays together, and the spaces before it."""

    before: str
    spans: tuple[Span, ...]
    width: int


def wrapped(text: Text, width: int, *, indent: int | None = None) -> list[Text]:
    """Return `text` as lines of at most `width` columns, broken between words.

    Args:
        text: One line.
        width: Columns; a word that is wider stands alone on its line.
        indent: Spaces before the second line and those that follow; absent: four more than the
            line has itself.
    """
    plain = text.plain
    if cells(plain) <= width:
        return [text]
    own = len(plain) - len(plain.lstrip(" "))
    hanging = " " * (own + 4 if indent is None else indent)
    if width - len(hanging) < _NARROWEST:
        hanging = ""
    lines: list[list[Span]] = []
    taken = 0
    for word in _words(text):
        gap = word.before
        if not lines or (taken + len(gap) + word.width > width and lines[-1]):
            gap = hanging if lines else gap
            lines.append([])
            taken = 0
        _append(lines[-1], gap, word.spans)
        taken += len(gap) + word.width
    return [Text.of_spans(line) for line in lines] or [Text()]


def _append(line: list[Span], gap: str, spans: Sequence[Span]) -> None:
    """Add a word to a line; what is in one style stays one span."""
    before = line[-1].style if line else ""
    if gap:
        spans = (Span(gap, before if before == spans[0].style else ""), *spans)
    for span in spans:
        if line and line[-1].style == span.style:
            line[-1] = Span(line[-1].text + span.text, span.style)
        else:
            line.append(span)


def shortened(text: Text, width: int, ellipsis: str = "…") -> Text:
    """Return `text` in at most `width` columns, an ellipsis for what is left out."""
    if cells(text.plain) <= width:
        return text
    left = max(0, width - cells(ellipsis))
    spans = []
    for span in text.spans:
        kept = cut(span.text, left)
        left -= cells(kept)
        spans.append(Span(kept, span.style))
        if kept != span.text:
            break
    return Text(Text.of_spans(span for span in spans if span.text), ellipsis)


def _words(text: Text) -> Iterator[_Word]:
    """Yield the words; wide characters may part anywhere, as in Chinese and Japanese."""
    before, spans = "", list[Span]()
    for span in text.spans:
        for piece in _WORDS.findall(span.text):
            if piece[0] == " ":
                if spans:
                    yield _word(before, spans)
                    before, spans = "", []
                before += piece
                continue
            for part in _parts(piece):
                if spans and cells_of(part[0]) == 2:
                    yield _word(before, spans)
                    before, spans = "", []
                spans.append(Span(part, span.style))
    if spans:
        yield _word(before, spans)


def _word(before: str, spans: list[Span]) -> _Word:
    return _Word(before, tuple(spans), sum(cells(span.text) for span in spans))


def _parts(piece: str) -> list[str]:
    """Return a piece without spaces, parted before each wide character."""
    if piece.isascii():
        return [piece]
    parts = [piece[0]]
    for character in piece[1:]:
        if cells_of(character) == 2:
            parts.append(character)
        else:
            parts[-1] += character
    return parts


def table(
    columns: Sequence[str | Column],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[int] = (),
    width: int | None = None,
    ellipsis: str = "…",
    titled: bool = False,
) -> list[Text]:
    """Return the lines of a table.

    Where it is wider than `width`, the widest columns give way, each as its `fit` says. Where
    that is not enough, each row becomes a paragraph of its own.

    Args:
        columns: Headings or columns.
        rows: A cell a column: a `Text`, or anything whose `str` is shown.
        right: Indexes of columns that are aligned to the right.
        width: Columns of the terminal; None for no limit.
        ellipsis: What stands for the rest of a cell that is cut.
        titled: Whether a paragraph shows the title of the first column too, below `row N`; for
            rows that their first cell does not name.
    """
    of_right = set(right)
    heads = [
        column if isinstance(column, Column) else Column(column, index in of_right)
        for index, column in enumerate(columns)
    ]
    body = [[_cell(cell) for cell in row] for row in rows]
    titles = [Text(head.title) for head in heads]
    natural = [max(cells(line[i].plain) for line in [titles, *body]) for i in range(len(heads))]
    widths: list[int] | None = natural
    if width is not None:
        room = width - _GAP * (len(heads) - 1)
        least = [_least(heads[i], natural[i], [titles, *body], i) for i in range(len(heads))]
        widths = _shared(natural, least, room)
    if widths is None:
        if titled:
            heads = [Column("row"), *heads]
            body = [[Text(f"row {number}"), *row] for number, row in enumerate(body, 1)]
        return _paragraphs(heads, body, width or 0)
    head = [styled(title, bold=True) for title in titles]
    return [line for row in [head, *body] for line in _row(heads, row, widths, ellipsis)]


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text(str(value))


def _least(column: Column, natural: int, lines: Sequence[Sequence[Text]], index: int) -> int:
    if column.fit == "whole" or column.right:
        return natural
    if column.fit == "cut":
        return min(natural, max(_LEAST, cells(column.title)))
    return max((word.width for line in lines for word in _words(line[index])), default=0)


def _shared(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Return the widths of columns: those of the widest are lowered to a common one."""
    if sum(natural) <= room:
        return list(natural)
    if sum(least) > room:
        return None
    for common in range(min(max(natural), room), -1, -1):
        widths = [max(low, min(own, common)) for own, low in zip(natural, least, strict=True)]
        if sum(widths) <= room:
            break
    for index, own in enumerate(natural):  # what a common width leaves over
        more = min(own - widths[index], room - sum(widths))
        widths[index] += max(0, more)
    return widths


def _row(
    columns: Sequence[Column], row: Sequence[Text], widths: Sequence[int], ellipsis: str
) -> Iterator[Text]:
    """Yield the lines of a row."""
    cell_lines = [
        [shortened(cell, width, ellipsis)]
        if column.fit == "cut"
        else wrapped(cell, width, indent=0)
        for column, cell, width in zip(columns, row, widths, strict=True)
    ]
    for number in range(max(map(len, cell_lines))):
        line: list[str | Text] = []
        pending = ""
        for column, lines, width in zip(columns, cell_lines, widths, strict=True):
            cell = lines[number] if number < len(lines) else Text()
            free = " " * (width - cells(cell.plain))
            if cell:
                line += [pending + free if column.right else pending, cell]
                pending = ""
            pending += (free if not column.right or not cell else "") + " " * _GAP
        yield Text(*line)


def _paragraphs(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int
) -> list[Text]:
    """Return each row as a paragraph: its first cell, then `title  value` for the others."""
    margin = max((cells(column.title) for column in columns[1:]), default=0)
    lines: list[Text] = []
    for row in rows:
        if lines:
            lines.append(Text())
        lines += wrapped(styled(row[0] or "-", bold=True), width)
        for column, cell in zip(columns[1:], row[1:], strict=True):
            if cell:
                title = column.title + " " * (margin - cells(column.title))
                whole = Text("  ", styled(title, dim=True), "  " if margin else "", cell)
                lines += wrapped(whole, width, indent=margin + 4)
    return lines
