"""One module of the code cells of a notebook, in their order, and its places in the file.

Between two cells stands a comment line that occurs nowhere else: it keeps a pragma above it from
the next cell, and parts the cells again after a rewrite.
"""

import ast
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from ..analysis.source import ParseFailure, Source, parse_utf8
from ..credentials.names import Names
from ..module import Module
from ..settings import Policy
from . import magics
from .outputs import Output, outputs_of
from .scan import Cell, Notebook, Offsets

PYTHON = frozenset({"", "python", "ipython", "python2", "python3", "sage", "sagemath", "pyspark"})


class Piece(NamedTuple):
    """A code cell in the module: where it begins and ends, its first line and how many it has."""

    cell: Cell
    start: int
    end: int
    line: int
    lines: int


class Layout:
    """The code cells as one module.

    Attributes:
        notebook: The notebook.
        utf8: The module, with magics as they are.
        pieces: Its cells.
        mark: What the lines between cells begin with.
    """

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        cells = [cell for cell in notebook.cells if cell.kind == "code"]
        sources = [cell.source for cell in cells]
        self.mark = _mark(sources)
        self.pieces: list[Piece] = []
        parts: list[bytes] = []
        at, line = 0, 1
        for cell, source in zip(cells, sources, strict=True):
            part = b"%s\n%s%d\n" % (source, self.mark, cell.number)
            lines = len(part.splitlines())
            self.pieces.append(Piece(cell, at, at + len(source), line, lines - 1))
            parts.append(part)
            at += len(part)
            line += lines
        self.utf8 = b"".join(parts)
        self._starts = [piece.start for piece in self.pieces]
        self._offsets: dict[int, Offsets] = {}
        # The last place that was asked for: an offset of the file, and its column.
        self._last = 0, 1
        self._lines = [piece.line for piece in self.pieces]

    @property
    def is_python(self) -> bool:
        """Whether its cells are Python, as far as the file says."""
        return self.notebook.language in PYTHON

    def piece_at(self, offset: int) -> Piece:
        """Return the cell that an offset of the module stands in."""
        return self.pieces[max(bisect_right(self._starts, offset) - 1, 0)]

    def piece_of(self, line: int) -> Piece:
        """Return the cell that a line of the module stands in."""
        return self.pieces[max(bisect_right(self._lines, line) - 1, 0)]

    def in_file(self, offset: int) -> int:
        """Return where an offset of the module stands in the file."""
        piece = self.piece_at(offset)
        return self.offsets(piece).in_file(min(offset, piece.end) - piece.start)

    def offsets(self, piece: Piece) -> Offsets:
        """Return where the characters of a cell stand in the file."""
        number = piece.cell.number
        if number not in self._offsets:
            self._offsets[number] = Offsets(self.notebook.data, piece.cell)
        return self._offsets[number]

    @cached_property
    def file(self) -> Source:
        """The file itself, for lines and columns."""
        return Source(self.notebook.data.removeprefix(b"\xef\xbb\xbf"), ast.Module([], []))

    def place_in_file(self, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of an offset in the bytes of the file.

        Asked in order, it takes no longer where the file is one line.
        """
        offset -= len(self.notebook.data) - len(self.file.utf8)
        line = self.file.line_of(offset)
        known, column = self._last
        if self.file.line_of(known) == line and known <= offset:
            column += len(self.file.utf8[known:offset].decode("utf-8", "replace"))
        else:
            column = self.file.position(offset)[1]
        self._last = offset, column
        return line, column

    @cached_property
    def outputs(self) -> list[Output]:
        """The texts that the cells have printed."""
        return [output for piece in self.pieces for output in self._outputs(piece)]

    def _outputs(self, piece: Piece) -> list[Output]:
        return list(outputs_of(self.notebook, piece.cell, piece.start, piece.end))

    @cached_property
    def _texts(self) -> list[str]:
        return [piece.cell.source.decode("utf-8") for piece in self.pieces]

    @cached_property
    def parsed(self) -> tuple[Source, dict[int, ParseFailure]]:
        """The module without what is no Python, and the cells that do not parse by number.

        Those are blanked, so that one of them does not hide the others.
        """
        blank = magics.blanked if self.is_python else magics.commented
        texts = list(map(blank, self._texts))
        source = self._parse(texts)
        if isinstance(source, Source):
            return source, {}
        failures: dict[int, ParseFailure] = {}
        for at, text in enumerate(texts):
            failure = _failure(text)
            if failure is not None:
                texts[at] = magics.without_automagic(text)
                failure = _failure(texts[at])
            if failure is not None:
                failures[self.pieces[at].cell.number] = failure
                texts[at] = magics.commented(self._texts[at])
        source = self._parse(texts)
        if isinstance(source, Source):
            return source, failures
        # Each cell parses, and all of them do not: nested too deeply, or a null byte.
        return Source(self.utf8, ast.Module([], [])), {**failures, 0: source}

    def _parse(self, texts: list[str]) -> Source | ParseFailure:
        parts = [
            b"%s\n%s%d\n" % (text.encode("utf-8"), self.mark, piece.cell.number)
            for text, piece in zip(texts, self.pieces, strict=True)
        ]
        return parse_utf8(b"".join(parts))


class NotebookModule(Module):
    """The module of a notebook: its text with magics, its tree without them."""

    def __init__(self, path: str, layout: Layout, policy: Policy, names: Names) -> None:
        super().__init__(path, layout.utf8, policy, names)
        self.layout = layout

    @cached_property
    def parsed(self) -> Source | ParseFailure:
        """The source without what is no Python."""
        return self.layout.parsed[0]

    @cached_property
    def source_as_shown(self) -> Source:
        """The module as a person sees it: positions are the same with magics and without."""
        return Source(self.utf8, ast.Module([], []))

    @property
    def has_outputs(self) -> bool:
        """Whether its cells have printed any text."""
        return any(piece.cell.outputs for piece in self.layout.pieces)


def _mark(sources: list[bytes]) -> bytes:
    mark = b"# %% cell "
    while any(mark in source for source in sources):
        mark = mark[:-1] + b"* "
    return mark


def _failure(text: str) -> ParseFailure | None:
    found = parse_utf8(text.encode("utf-8"))
    return found if isinstance(found, ParseFailure) else None
