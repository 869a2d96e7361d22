"""A diff that `git apply` takes, in the bytes of the files, without their secrets."""

import os
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure
from hushflake.lint_plugin.analysis.source import try_decode
from hushflake.lint_plugin.masking import masked_versions
from hushflake.lint_plugin.settings import Settings

from .cell_diff import CellChange, cell_changes
from .rewrite import Outcome

_CONTEXT = 3


class _Change(NamedTuple):
    """Lines `old` to `old_end` of the old file became `new` to `new_end` of the new one."""

    old: int
    old_end: int
    new: int
    new_end: int


class Diff:
    """The diff of a run.

    Attributes:
        masked: Paths of files of which a line is shown masked; their part does not apply.
        by_cell: Paths of notebooks of which cells are shown, not lines; nor does theirs.
    """

    def __init__(
        self, settings: Settings, *, show_secrets: bool = False, hidden: Iterable[str] = ()
    ) -> None:
        """Prepare a diff.

        Args:
            settings: Of the repository.
            show_secrets: Mask nothing.
            hidden: Texts that are masked wherever they stand, whatever the rules say.
        """
        self.settings = settings
        self.hidden = [text.encode("utf-8", "surrogatepass") for text in hidden]
        self.show_secrets = show_secrets
        self.masked: list[str] = []
        self.by_cell: list[str] = []
        self._base = _repository_above(os.getcwd()) or os.getcwd()

    def lines(self, outcomes: Iterable[Outcome]) -> Iterator[bytes]:
        """Yield the lines of the diff of all changed files."""
        for outcome in outcomes:
            if outcome.old is not None and outcome.new is not None:
                yield from self._file(outcome.path, outcome.old, outcome.new)

    def _file(self, path: str, old: bytes, new: bytes) -> Iterator[bytes]:
        if path.endswith(".ipynb"):
            cells = cell_changes(old, new, path, self.settings, show_secrets=self.show_secrets)
            if cells:
                self.by_cell.append(path)
                yield from self._cells(path, cells)
                return
        before, after = _lines(old), _lines(new)
        shown_before, shown_after = before, after
        if not self.show_secrets:
            texts = masked_versions([old, new], path, self.settings, self.hidden)
            shown_before, shown_after = map(_shown, (old, new), texts)
        a, b = (_quoted(side + self._name(path)) for side in (b"a/", b"b/"))
        # As git does: a tab tells where a name with spaces ends.
        tab = b"\t" if b" " in a else b""
        yield b"diff --git %s %s\n--- %s%s\n+++ %s%s\n" % (a, b, a, tab, b, tab)
        is_masked = False
        for line, is_hidden in _body(before, after, shown_before, shown_after):
            is_masked |= is_hidden
            yield line
        if is_masked:
            self.masked.append(path)

    def _cells(self, path: str, cells: Sequence[CellChange]) -> Iterator[bytes]:
        a, b = (_quoted(side + self._name(path)) for side in (b"a/", b"b/"))
        yield b"diff --git %s %s\n" % (a, b)
        for cell in cells:
            yield b"--- %s, cell %d\n+++ %s, cell %d\n" % (a, cell.number, b, cell.number)
            yield from (line for line, _ in _body(*cell[1:]))

    def _name(self, path: str) -> bytes:
        if os.path.islink(path):
            # git applies to files, not through links.
            path = os.path.realpath(path)
        name = os.path.relpath(os.path.realpath(os.path.dirname(path) or "."), self._base)
        full = os.path.normpath(os.path.join(name, os.path.basename(path)))
        if full.startswith(".."):
            full = os.path.abspath(path).lstrip(os.sep)
        return os.fsencode(full)


def _body(
    before: Sequence[bytes],
    after: Sequence[bytes],
    shown_before: Sequence[bytes],
    shown_after: Sequence[bytes],
) -> Iterator[tuple[bytes, bool]]:
    """Yield the hunks of two versions, each line with whether it is shown otherwise than it is."""
    for hunk in _hunks(_changes(before, after)):
        first, last = hunk[0], hunk[-1]
        top, bottom = min(first.old, _CONTEXT), min(len(before) - last.old_end, _CONTEXT)
        start, end = first.old - top, last.old_end + bottom
        new = _range(first.new - top, last.new_end + bottom)
        yield b"@@ -%s +%s @@\n" % (_range(start, end), new), False
        for sign, low, high in _signed(hunk, start, end):
            shown, real = (shown_after, after) if sign == b"+" else (shown_before, before)
            for line, true in zip(shown[low:high], real[low:high], strict=True):
                yield sign + line, line != true
                if not line.endswith(b"\n"):
                    yield b"\n\\ No newline at end of file\n", False


def _changes(before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[_Change]:
    """Yield the changed lines: where the files part, and the nearest place where they meet again.

    A rewrite leaves nearly all lines as they are, so that the place is never far.
    """
    i = j = 0
    while i < len(before) or j < len(after):
        if i < len(before) and j < len(after) and before[i] == after[j]:
            i, j = i + 1, j + 1
            continue
        removed, added = _meeting(before, after, i, j)
        # Only here, among few lines: over a whole file it would take seconds.
        matcher = SequenceMatcher(None, before[i : i + removed], after[j : j + added], False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag != "equal":
                yield _Change(i + i1, i + i2, j + j1, j + j2)
        i, j = i + removed, j + added


def _meeting(before: Sequence[bytes], after: Sequence[bytes], i: int, j: int) -> tuple[int, int]:
    """Return how many lines to go on in both until some in a row, or all to the end, agree."""
    rest = len(before) - i, len(after) - j
    for total in range(1, sum(rest)):
        for removed in range(max(0, total - rest[1]), min(total, rest[0]) + 1):
            old, new = i + removed, j + total - removed
            if before[old : old + _CONTEXT] == after[new : new + _CONTEXT]:
                return removed, total - removed
    return rest


def _hunks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield the changes, those together whose context touches."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.old - hunk[-1].old_end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _signed(hunk: Sequence[_Change], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield sign and range of the lines of a hunk; added ones are of the new file."""
    for change in hunk:
        yield b" ", start, change.old
        yield b"-", change.old, change.old_end
        yield b"+", change.new, change.new_end
        start = change.old_end
    yield b" ", start, end


def _shown(data: bytes, text: str) -> list[bytes]:
    """Return the lines of a file whose masked text is `text`, in the bytes of the file."""
    decoded = try_decode(data)
    if isinstance(decoded, ParseFailure) or text.encode("utf-8", "surrogatepass") == decoded.utf8:
        return _lines(data)
    return _lines(decoded.bom + text.encode(decoded.encoding, "replace"))


def _repository_above(folder: str) -> str:
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def _lines(data: bytes) -> list[bytes]:
    """Split as git does: at line feeds alone."""
    *whole, last = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])


def _range(start: int, stop: int) -> bytes:
    """Spell the lines from `start` (from 0) to before `stop` as a unified diff does."""
    length = stop - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if length else start, length)


def _quoted(name: bytes) -> bytes:
    """Spell a path as git does: in quotes, if it holds what would end or bend a line."""
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in name):
        return name
    special = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x09: b"\\t", 0x0D: b"\\r"}
    spelt = (
        special.get(byte) or (b"%c" % byte if 0x20 <= byte < 0x7F else b"\\%03o" % byte)
        for byte in name
    )
    return b'"' + b"".join(spelt) + b'"'
