"""What runs when a module is imported: first uses, and changes of the environment before them."""

import ast
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from hushflake.lint_plugin.analysis import Access

from .effects import last_effect, patches
from .search_path import at_import, is_installed, path_changes, run_at_import
from .transform import Job

_CHANGES = frozenset(
    {"store", "delete", "pop", "setdefault", "update", "clear", "replace", "putenv"}
)
_QUIET = (
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.If, ast.Pass, ast.Import,
    ast.ImportFrom,
)  # fmt: skip
_IMPORTS = (ast.Import, ast.ImportFrom)


class Order:
    """The order of the accesses of one source, by statement of the module."""

    def __init__(self, job: Job, found: Sequence[Access]) -> None:
        self.job = job
        self.body = job.source.tree.body
        self.starts = [_start(job, node) for node in self.body]
        stores = [(a.node, a.place) for a in found if a.form in _CHANGES]
        loads = [
            (use.node, use.place)
            for use in job.index.uses("dotenv")
            if use.origin.endswith("load_dotenv")
        ]
        stored, storers = run_at_import(job, [*stores, *loads])
        self.stores = sorted([*job.changes, *stored])
        self.changes = sorted([*self.stores, *storers])
        at_once, called = path_changes(job)
        patched, patchers = run_at_import(job, patches(job))
        self.patches = sorted([*patched, *patchers])
        self.path_changes = sorted([*at_once, *called, *self.patches])
        self._known = {*self.changes, *at_once, *patched}

    def statement(self, offset: int) -> int:
        """Return the index of the module's statement at `offset`."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def bounds(self, reads: Sequence[Access]) -> tuple[int, int]:
        """Return between which statements the import of the accessor must stand.

        It stands above the first read at import and above whatever may call a function with a
        read in it, and below the last change before that of the environment or of where modules
        are looked for.
        """
        first = self.statement(min(read.span.start for read in reads))
        at_import = [read.span.start for read in reads if runs_at_import(read)]
        limit = self._first_loud(first, len(self.body))
        if at_import:
            limit = min(limit, self.statement(min(at_import)))
        barrier = self._last_change_above(limit)
        if at_import or self._path_change() >= first:
            return limit, barrier
        return first, self._last_change_above(first)

    def _first_loud(self, first: int, end: int) -> int:
        """Return the first statement of some that may call what stands above it, or `end`."""
        return next((i for i in range(first, end) if not self._is_quiet(self.body[i])), end)

    def _last_change_above(self, limit: int) -> int:
        changed = self._last_above(limit, [*self.changes, *self.path_changes])
        barrier = max(changed, last_effect(self.job, limit))
        below = self.body[barrier + 1 : limit]
        if is_installed(self.job) and not any(isinstance(node, _IMPORTS) for node in below):
            # Ours reads nothing while it is imported, and imports nothing of others: what must run
            # before an accessor of the project need not run before it. Where no other import
            # stands below, ours stands with those above.
            return self._last_above(limit, [*self.job.changes, *self.patches])
        return barrier

    def _last_above(self, limit: int, places: Iterable[int]) -> int:
        above = (self.statement(place) for place in places)
        return max((index for index in above if index < limit), default=-1)

    def _path_change(self) -> int:
        return self.statement(self.path_changes[-1]) if self.path_changes else -1

    def _is_quiet(self, node: ast.stmt) -> bool:
        """Say whether running a statement calls none of the functions that the module defines."""
        pending: list[ast.AST] = [node]
        while pending:
            inner = pending.pop()
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                if inner.decorator_list:
                    return False
                pending += [inner.args]
            elif isinstance(inner, ast.Lambda):
                pending += [inner.args]
            elif (isinstance(inner, ast.stmt) and not isinstance(inner, _QUIET)) or (
                isinstance(inner, ast.Call) and not self._is_harmless(inner)
            ):
                return False
            else:
                pending.extend(ast.iter_child_nodes(inner))
        return True

    def _is_harmless(self, call: ast.Call) -> bool:
        """Say whether a call is a change, or of something that only knows about paths."""
        if self.job.source.range(call)[0] in self._known:
            return True
        function: ast.expr = call.func
        while isinstance(function, ast.Attribute | ast.Subscript):
            function = function.value
        if isinstance(function, ast.Call):
            return self._is_harmless(function)
        if isinstance(function, ast.Constant):
            return True
        if isinstance(function, ast.Name) and function.id == "str":
            self.job.index.record(["str"])
            return "str" not in self.job.index.root.bindings
        origin = self.job.index.resolve(call.func) or ""
        return origin.startswith(("os.path.", "pathlib.Path")) or origin == "os.getcwd"

    def settle(self, reads: Sequence[Access], imported_above: int) -> list[Access]:
        """Return the reads whose import can stand above them and below the changes before them.

        It cannot where change and read are parts of one statement of the module, such as an
        `if`, unless an import must stand above that statement anyway.

        Args:
            reads: Reads that could be rewritten.
            imported_above: Index of the statement that imports the accessor already, or a
                number beyond all.
        """
        reads = [read for read in reads if not self.reason_above(read, imported_above)]
        late = [read for read in reads if self._follows_change(read)]
        free = [read for read in reads if read not in late]
        first = min((self.statement(read.span.start) for read in free), default=len(self.body))
        fine = [
            read
            for read in late
            if (here := self.statement(read.span.start)) > imported_above or here >= first
        ]
        return [read for read in reads if read in free or read in fine] if late else list(reads)

    def reason_above(self, read: Access, imported_above: int) -> str:
        """Return why the accessor cannot be imported above a read; "" if it can.

        Before a change of where modules are looked for it may not be found, and before a library
        replaces parts of the standard library it may take the old ones.
        """
        change = self._path_change()
        here = self.statement(read.span.start)
        if here > change or imported_above < here:
            return ""
        if not runs_at_import(read) and self._first_loud(here, change + 1) > change:
            return ""
        is_patch = bool(self.patches) and self.statement(self.patches[-1]) >= here
        return "before-patch" if is_patch else "before-path"

    def _follows_change(self, read: Access) -> bool:
        if not self.stores or not runs_at_import(read) or is_installed(self.job):
            return False
        here = self.statement(read.span.start)
        return any(
            store < read.span.start and self.statement(store) == here for store in self.stores
        )


def runs_at_import(access: Access) -> bool:
    """Say whether an access runs when its module is imported: it is in no function."""
    return at_import(access.place)


def _start(job: Job, node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    return job.source.range(decorators[0] if decorators else node)[0]
