"""Hold a rewritten source against the old one: equal but for what was intended.

A module is a list of statements, and each that begins and ends with its line reads the same
wherever it stands. So the new source is parsed again only where its bytes are new: from the
first to the last line of each run of changed top-level statements. All around is old bytes
between whole statements. Inside, a statement that stands where its old bytes moved to, none of
them changed, is not compared again either.
"""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure, Source
from hushflake.lint_plugin.analysis.source import parse_utf8

from .patch import Patch, Splice, apply

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def is_as_intended(old: Source, patch: Patch) -> bool:
    """Say whether `patch` turns a source into the same one with the intended changes alone."""
    added = list(patch.added)
    for region in _regions(old, patch.sorted_splices()):
        moved = [
            Splice(s.start - region.start, s.end - region.start, s.text) for s in region.splices
        ]
        new = parse_utf8(apply(old.utf8[region.start : region.end], moved))
        if isinstance(new, ParseFailure):
            return False
        if not _Comparison(old, new, patch, region, added).holds():
            return False
    return not added


class _Region(NamedTuple):
    """Whole lines of the old source with whole top-level statements, and the changes in them."""

    start: int
    end: int
    statements: list[ast.stmt]
    splices: list[Splice]


def _regions(old: Source, splices: Sequence[Splice]) -> Iterator[_Region]:
    """Yield the regions that hold all of `splices` (sorted), in order and apart."""
    body = old.tree.body
    firsts = [_first_line(node) for node in body]
    lasts = [node.end_lineno or node.lineno for node in body]
    pending: _Region | None = None
    for splice in splices:
        low, high = (old.position(at)[0] for at in (splice.start, splice.end))
        # Take in every statement on those lines, and every line of those statements.
        while True:
            left, right = bisect_left(lasts, low), bisect_right(firsts, high)
            around = min([low, *firsts[left:right]]), max([high, *lasts[left:right]])
            around = around[0], _continued(old, around[1])
            if around == (low, high):
                break
            low, high = around
        start = old.line_starts[low - 1]
        end = old.line_starts[high] if high < len(old.line_starts) else len(old.utf8)
        region = _Region(start, end, body[left:right], [splice])
        if pending is not None and region.start < pending.end:
            known = {id(node) for node in pending.statements}
            more = [node for node in region.statements if id(node) not in known]
            region = _Region(
                min(pending.start, start), max(pending.end, end),
                [*pending.statements, *more], [*pending.splices, splice],
            )  # fmt: skip
        elif pending is not None:
            yield pending
        pending = region
    if pending is not None:
        yield pending


def _continued(source: Source, line: int) -> int:
    """Return the last line (from 1) of those that a backslash joins to `line`."""
    starts = [*source.line_starts, len(source.utf8)]
    while line + 1 < len(starts):
        if not source.utf8[starts[line - 1] : starts[line]].rstrip(b"\r\n").endswith(b"\\"):
            break
        line += 1
    return line


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    line: int = (decorators[0] if decorators else node).lineno
    return line


class _Comparison:
    """Compares one region of the old source with what it became."""

    def __init__(
        self, old: Source, new: Source, patch: Patch, region: _Region, added: list[str]
    ) -> None:
        self.old = old
        self.new = new
        self.patch = patch
        self.region = region
        self.added = added
        self.starts = [splice.start for splice in region.splices]
        self.ends = [splice.end for splice in region.splices]
        self.shifts = _running_shifts(region.splices)

    def holds(self) -> bool:
        """Say whether the region became what was intended; found additions leave `added`."""
        return self._same_block(self.region.statements, self.new.tree.body)

    def same(self, old: ast.AST, new: ast.AST) -> bool:
        """Compare two trees; at a node of which something is expected, ask that."""
        stack: list[tuple[object, object]] = [(old, new)]
        while stack:
            left, right = stack.pop()
            if isinstance(left, ast.AST):
                expectation = self.patch.expected.get(id(left))
                if expectation is not None:
                    if not isinstance(right, ast.AST) or not expectation(right, self.same):
                        return False
                elif type(left) is not type(right):
                    return False
                else:
                    stack.extend(
                        (getattr(left, field, None), getattr(right, field, None))
                        for field in left._fields
                    )
            elif isinstance(left, list):
                if not isinstance(right, list) or len(left) != len(right):
                    return False
                stack.extend(zip(left, right, strict=True))
            elif type(left) is not type(right) or left != right:
                return False
        return True

    def _same_block(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> bool:
        """Compare two lists of statements, minding removed and added ones."""
        rest = iter(new)
        for statement in old:
            if id(statement) in self.patch.removed:
                continue
            other = next(rest, None)
            while other is not None and self._was_added(other, statement):
                other = next(rest, None)
            if other is None or not self._same_statement(statement, other):
                return False
        return all(self._was_added(other, None) for other in rest)

    def _was_added(self, new: ast.stmt, old: ast.stmt | None) -> bool:
        if not self.added or not isinstance(new, ast.ImportFrom | ast.Pass):
            return False
        if old is not None and self._is_untouched(old, new):
            return False
        dumped = ast.dump(new)
        if dumped in self.added:
            self.added.remove(dumped)
            return True
        return False

    def _same_statement(self, old: ast.stmt, new: ast.stmt) -> bool:
        if self._is_untouched(old, new):
            return True
        if type(old) is not type(new) or id(old) in self.patch.expected:
            return self.same(old, new)
        return self._same_fields(old, new)

    def _same_fields(self, old: ast.AST, new: ast.AST) -> bool:
        """Compare two statements, handlers or cases, block by block."""
        return type(old) is type(new) and all(
            self._same_field(field, getattr(old, field, None), getattr(new, field, None))
            for field in old._fields
        )

    def _same_field(self, field: str, old: object, new: object) -> bool:
        if field not in _BLOCKS or not isinstance(old, list) or not isinstance(new, list):
            wrapped = ast.Module([old], []), ast.Module([new], [])  # type: ignore[list-item]
            return self.same(*wrapped)
        if field in ("handlers", "cases"):
            pairs = zip(old, new, strict=False)
            return len(old) == len(new) and all(self._same_fields(*pair) for pair in pairs)
        return self._same_block(old, new)

    def _is_untouched(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Say whether `new` is just the unchanged bytes of `old`, moved with all around them."""
        start, end = self.old.range(old)
        decorators = getattr(old, "decorator_list", None)
        first = self.old.range(decorators[0])[0] if decorators else start
        # No splice may begin inside, nor reach inside from before.
        if bisect_left(self.starts, first) != bisect_left(self.starts, end):
            return False
        before = bisect_right(self.ends, first)
        if before < len(self.starts) and self.starts[before] < first:
            return False
        shift = self.shifts[before] - self.region.start
        return (start + shift, end + shift) == self.new.range(new)


def _running_shifts(splices: Sequence[Splice]) -> list[int]:
    shifts = [0]
    for splice in splices:
        shifts.append(shifts[-1] + len(splice.text) - (splice.end - splice.start))
    return shifts
