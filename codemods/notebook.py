"""Notebooks: the cells are rewritten as one module, and their JSON strings edited in place.

Everything but the changed characters stays byte for byte: the layout of the JSON, its escapes, the
order of members, outputs. A source that is a list of lines stays one, with a string a line. What
came out is read again: only the sources of the changed cells may differ, and the module of the new
file must be the one that the transforms made.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from hushflake.lint_plugin.analysis import ParseFailure, Source
from hushflake.lint_plugin.analysis.source import parse_utf8
from hushflake.lint_plugin.notebooks.layout import Layout
from hushflake.lint_plugin.notebooks.scan import Cell, Fault, Offsets, Token, scan

from .opened import NotWrittenError, Opened, Place
from .patch import Splice, apply

_WORD = re.compile(rb"[^\W\d]\w*")
# Magics that change the environment of the kernel.
_CHANGES = re.compile(rb"^[ \t]*%(?:env|set_env|dotenv)\b", re.MULTILINE)
_NEWLINE = re.compile(r"(?<=\n)")
# A longer cell is no cell that a person wrote, and comparing it line by line takes too long.
_MOST_LINES = 2000


def opened(data: bytes) -> "NotebookFile | ParseFailure":
    """Return a notebook as transforms see it."""
    found = scan(data)
    if isinstance(found, Fault):
        source = Source(data, ast.Module([], []))
        return ParseFailure(found.kind, found.message, *source.position(found.offset))
    layout = Layout(found)
    if not layout.is_python:
        return ParseFailure("other-language", "is a notebook in another language than Python")
    if found.twice:
        return ParseFailure("notebook", f"has a member twice ({_told(found.twice)})")
    return NotebookFile(layout)


class NotebookFile(Opened):
    """A notebook; its source is that of the code cells, what is no Python blanked."""

    def __init__(self, layout: Layout) -> None:
        source, failures = layout.parsed
        super().__init__(source)
        self.layout = layout
        self.failures = failures
        self.message = _unparsed_cells(failures)
        self.changes = [match.start() for match in _CHANGES.finditer(layout.utf8)]
        self.names = frozenset(self._blanked_words())

    def _blanked_words(self) -> Iterator[str]:
        """Yield the words of what was blanked: `!echo {os.environ}` uses `os`."""
        pairs = zip(self.layout.utf8.split(b"\n"), self.source.utf8.split(b"\n"), strict=True)
        for old, new in pairs:
            if old != new:
                yield from (word.decode("utf-8", "replace") for word in _WORD.findall(old))

    def place(self, offset: int) -> Place:
        piece = self.layout.piece_at(offset)
        line, column = self.source.position(offset)
        return Place(line - piece.line + 1, column, piece.cell.number)

    def place_in_file(self, offset: int) -> tuple[int, int]:
        return self.layout.place_in_file(self.layout.in_file(offset))

    def written(self, data: bytes, stages: Sequence[Sequence[Splice]], new: bytes) -> bytes:
        utf8, blank = self.layout.utf8, self.source.utf8
        if len(utf8) != len(blank):
            raise NotWrittenError("has magics that cannot be told from Python; the file is left")
        for splices in stages:
            if any(utf8[s.start : s.end] != blank[s.start : s.end] for s in splices):
                raise NotWrittenError("a change would reach into a magic; the file is left")
            utf8, blank = apply(utf8, splices), apply(blank, splices)
        edits: list[Splice] = []
        for piece, text in zip(self.layout.pieces, self._parted(utf8), strict=True):
            if text != piece.cell.source:
                edits += _edits(data, self.layout.offsets(piece), piece.cell, text)
        written = apply(data, edits)
        self._verify(data, written, utf8, new)
        return written

    def _parted(self, utf8: bytes) -> list[bytes]:
        """Return the new sources of the cells."""
        marks = re.compile(rb"^%s(\d+)\n" % re.escape(self.layout.mark), re.MULTILINE)
        found = list(marks.finditer(utf8))
        numbers = [int(match[1]) for match in found]
        if numbers != [piece.cell.number for piece in self.layout.pieces]:
            raise NotWrittenError("a change would move a cell; the file is left")
        starts = [0, *(match.end() for match in found)]
        texts = [utf8[start : match.start()] for start, match in zip(starts, found, strict=False)]
        # The newline before a mark is no part of the cell, nor are empty lines that part an import
        # from what follows it: here another cell does.
        return [
            text.removesuffix(b"\n") if piece.cell.source.endswith(b"\n") else text.rstrip(b"\r\n")
            for piece, text in zip(self.layout.pieces, texts, strict=True)
        ]

    def _verify(self, data: bytes, written: bytes, utf8: bytes, new: bytes) -> None:
        """Hold the new file against the old one.

        Raises:
            NotWrittenError: More differs than the sources of the cells, or those are not meant.
        """
        found = scan(written)
        is_same = not isinstance(found, Fault) and _without_sources(written) == _without_sources(
            data
        )
        if not is_same or isinstance(found, Fault):
            raise NotWrittenError("the notebook would change elsewhere; the file is left")
        layout = Layout(found)
        # An emptied cell has no line left, where the module keeps an empty one.
        expected = parse_utf8(new)
        if isinstance(expected, ParseFailure) or _dump(layout.parsed[0]) != _dump(expected):
            raise NotWrittenError("the cells would not become what they should; the file is left")
        del utf8


def _unparsed_cells(failures: dict[int, ParseFailure]) -> str:
    if not failures:
        return ""
    number, failure = next(iter(failures.items()))
    place = f"cell {number}:{failure.line}:{failure.column}: " if number else ""
    more = f", as are {len(failures) - 1} further cells" if len(failures) > 1 else ""
    return f"{place}{failure.message}; left as it is{more}"


def _edits(data: bytes, offsets: Offsets, cell: Cell, text: bytes) -> Iterator[Splice]:
    """Yield the changes to the file that give a cell a new source."""
    if cell.is_list and not text:
        yield Splice(cell.start, cell.end, b"[]")
        return
    if not cell.tokens:
        raise NotWrittenError("a change would write into an empty cell; the file is left")
    for start, end, new in _differences(cell.source, text):
        yield _raw(data, offsets, cell, Splice(start, end, new))


def _differences(old: bytes, new: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the ranges of `old` that differ, and what they become: within lines if possible."""
    from difflib import SequenceMatcher

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = list(accumulate(map(len, before), initial=0))
    pairs: Iterable[tuple[int, int, int, int]] = [(0, len(before), 0, len(after))]
    if len(before) <= _MOST_LINES:
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        pairs = [each[1:] for each in codes if each[0] != "equal"]
    for i1, i2, j1, j2 in pairs:
        if i2 - i1 == j2 - j1:
            for at, line in enumerate(after[j1:j2], start=i1):
                if line != before[at]:
                    yield _trimmed(starts[at], before[at], line)
        else:
            yield _trimmed(starts[i1], b"".join(before[i1:i2]), b"".join(after[j1:j2]))


def _trimmed(at: int, old: bytes, new: bytes) -> tuple[int, int, bytes]:
    """Return a change without what both texts begin and end with, in whole characters."""
    first, last = old.decode("utf-8"), new.decode("utf-8")
    head = 0
    while head < min(len(first), len(last)) and first[head] == last[head]:
        head += 1
    tail = 0
    while tail < min(len(first), len(last)) - head and first[-1 - tail] == last[-1 - tail]:
        tail += 1
    start = at + len(first[:head].encode())
    middle = first[head : len(first) - tail].encode()
    return start, start + len(middle), last[head : len(last) - tail].encode()


def _raw(data: bytes, offsets: Offsets, cell: Cell, change: Splice) -> Splice:
    """Return the change to the file for one to the source of a cell."""
    first, first_at = offsets.token_at(change.start)
    last, last_at = offsets.token_at(change.end)
    is_followed = last_at < len(cell.tokens[last].value)
    if not change.text and not is_followed and not first_at and first:
        # Whole strings at the end of a list go with the comma before them.
        return Splice(cell.tokens[first - 1].end, cell.tokens[last].end, b"")
    text = _spelt(data, cell, change.text.decode("utf-8"), is_followed=is_followed)
    if text and first_at and cell.tokens[first].value[:first_at].endswith(b"\n") and cell.is_list:
        # The string before has its line already.
        text = b'"' + _between(data, cell) + b'"' + text
    return Splice(offsets.in_token(first, first_at), offsets.in_token(last, last_at), text)


def _spelt(data: bytes, cell: Cell, text: str, *, is_followed: bool) -> bytes:
    """Return text as the inside of JSON strings: in a list a string ends with its line."""
    lines = [line for line in _NEWLINE.split(text) if line] if cell.is_list else [text]
    # As the file has it: characters as they are, or escapes alone.
    spelt = [json.dumps(line, ensure_ascii=data.isascii())[1:-1].encode() for line in lines]
    between = b'"' + _between(data, cell) + b'"'
    ends = is_followed and cell.is_list and text.endswith("\n")
    return between.join(spelt) + (between if ends else b"")


def _between(data: bytes, cell: Cell) -> bytes:
    """Return what stands between two strings of a list."""
    tokens: tuple[Token, ...] = cell.tokens
    if len(tokens) > 1:
        return data[tokens[0].end + 1 : tokens[1].start - 1]
    return b"," + data[cell.start + 1 : tokens[0].start - 1]


def _without_sources(data: bytes) -> Any:
    """Return what a notebook holds but for the sources of code cells, in which only lists stay."""
    document = json.loads(
        data.decode("utf-8-sig"),
        # Numbers as they are spelt: one that is none is not equal to itself.
        parse_float=str,
        parse_int=str,
        parse_constant=str,
        object_pairs_hook=lambda pairs: pairs,
    )
    return [
        (key, [_without_source(cell) for cell in value]) if key == "cells" else (key, value)
        for key, value in document
    ]


def _without_source(cell: Any) -> Any:
    is_code = ("cell_type", "code") in cell
    return [
        (key, isinstance(value, list)) if is_code and key == "source" else (key, value)
        for key, value in cell
    ]


def _dump(source: Source) -> str:
    return ast.dump(source.tree)


def _told(key: str) -> str:
    return key if key.isidentifier() and len(key) <= 20 else "***"
