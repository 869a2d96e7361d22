"""What runs when a module is imported: first uses, and changes of the environment before them."""

import ast
from bisect import bisect_right
from collections.abc import Sequence

from hushflake.lint_plugin.analysis import Access

from .transform import Job

_CHANGES = frozenset(
    {"store", "delete", "pop", "setdefault", "update", "clear", "replace", "putenv"}
)


class Order:
    """The order of the accesses of one source, by statement of the module."""

    def __init__(self, job: Job, found: Sequence[Access]) -> None:
        self.job = job
        self.body = job.source.tree.body
        self.starts = [_start(job, node) for node in self.body]
        changes = [a for a in found if a.form in _CHANGES and runs_at_import(a)]
        self.changes = sorted(
            [a.span.start for a in changes]
            + [
                job.source.range(use.node)[0]
                for use in job.index.uses("dotenv")
                if use.origin.endswith("load_dotenv") and _at_import(use.place)
            ]
        )

    def statement(self, offset: int) -> int:
        """Return the index of the module's statement at `offset`."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def bounds(self, reads: Sequence[Access]) -> tuple[int, int]:
        """Return between which statements the import of the accessor must stand.

        It stands above the first use, and below the last change of the environment before the
        first use that runs at import. Reads in functions above that change only allow it if
        nothing in between can call them.
        """
        first = self.statement(min(read.span.start for read in reads))
        at_import = [read.span.start for read in reads if runs_at_import(read)]
        if at_import:
            limit = self.statement(min(at_import))
            barrier = self._last_change_above(limit)
            if barrier < first or all(map(self._is_quiet, self.body[first : barrier + 1])):
                return limit, barrier
        return first, self._last_change_above(first)

    def _last_change_above(self, limit: int) -> int:
        above = (self.statement(change) for change in self.changes)
        return max((index for index in above if index < limit), default=-1)

    def _is_quiet(self, node: ast.stmt) -> bool:
        """Say whether running a statement calls nothing but changes of the environment."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return not node.decorator_list
        if isinstance(node, ast.Import | ast.ImportFrom):
            return True
        simple = isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Delete)
        calls = (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
        return simple and all(self.job.source.range(call)[0] in self.changes for call in calls)

    def settle(self, reads: Sequence[Access], imported_above: int) -> list[Access]:
        """Return the reads whose import can stand above them and below the changes before them.

        It cannot where change and read are parts of one statement of the module, such as an
        `if`, unless an import must stand above that statement anyway.

        Args:
            reads: Reads that could be rewritten.
            imported_above: Index of the statement that imports the accessor already, or a
                number beyond all.
        """
        late = [read for read in reads if self._follows_change(read)]
        free = [read for read in reads if read not in late]
        first = min((self.statement(read.span.start) for read in free), default=len(self.body))
        fine = [
            read
            for read in late
            if (here := self.statement(read.span.start)) > imported_above or here >= first
        ]
        return [read for read in reads if read in free or read in fine] if late else list(reads)

    def _follows_change(self, read: Access) -> bool:
        if not self.changes or not runs_at_import(read):
            return False
        here = self.statement(read.span.start)
        return any(
            change < read.span.start and self.statement(change) == here for change in self.changes
        )


def runs_at_import(access: Access) -> bool:
    """Say whether an access runs when its module is imported: it is in no function."""
    return _at_import(access.place)


def _at_import(place: object) -> bool:
    scope = place.scope  # type: ignore[attr-defined]
    while scope is not None:
        if scope.kind == "function":
            return False
        scope = scope.parent
    return True


def _start(job: Job, node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    return job.source.range(decorators[0] if decorators else node)[0]
