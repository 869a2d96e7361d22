"""Hold a rewritten source against the old one: equal but for what was intended.

Where a statement stands exactly where its old bytes moved to, and none of them was changed,
it reads the same and is not compared again. So only statements with a change cost anything.
"""

import ast
from bisect import bisect_left, bisect_right

from hushflake.lint_plugin.analysis import Source

from .patch import Patch, Splice

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class Comparison:
    """Compares one old source with the new one that `patch` made of it."""

    def __init__(self, old: Source, new: Source, patch: Patch) -> None:
        self.old = old
        self.new = new
        self.patch = patch
        self.added = list(patch.added)
        splices = patch.sorted_splices()
        self.starts = [splice.start for splice in splices]
        self.ends = [splice.end for splice in splices]
        self.shifts = _running_shifts(splices)

    def holds(self) -> bool:
        """Say whether the new tree is the old one with the intended changes, all of them."""
        return self._same_block(self.old.tree.body, self.new.tree.body) and not self.added

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

    def _same_block(self, old: list[ast.stmt], new: list[ast.stmt]) -> bool:
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
        if not isinstance(new, ast.ImportFrom | ast.Pass) or not self.added:
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
        return all(
            self._same_field(field, getattr(old, field, None), getattr(new, field, None))
            for field in old._fields
        )

    def _same_field(self, field: str, old: object, new: object) -> bool:
        if field not in _BLOCKS or not isinstance(old, list) or not isinstance(new, list):
            wrapped = ast.Module([old], []), ast.Module([new], [])  # type: ignore[list-item]
            return self.same(*wrapped)
        if field in ("handlers", "cases"):
            return len(old) == len(new) and all(
                self._same_part(*pair) for pair in zip(old, new, strict=True)
            )
        return self._same_block(old, new)

    def _same_part(self, old: ast.AST, new: ast.AST) -> bool:
        """Compare two handlers or cases."""
        return type(old) is type(new) and all(
            self._same_field(field, getattr(old, field, None), getattr(new, field, None))
            for field in old._fields
        )

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
        shift = self.shifts[before]
        return (start + shift, end + shift) == self.new.range(new)


def _running_shifts(splices: list[Splice]) -> list[int]:
    shifts = [0]
    for splice in splices:
        shifts.append(shifts[-1] + len(splice.text) - (splice.end - splice.start))
    return shifts
