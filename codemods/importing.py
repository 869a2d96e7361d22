"""Under which names a source uses the functions of the accessor, and the import of them."""

import ast
from collections.abc import Iterator, Sequence

from hushflake.lint_plugin.analysis import Place, Source

from .patch import Patch
from .placing import Bounds, Name, insert
from .removing import ImportChanges, expect_import
from .spans import with_names, without_names
from .stars import may_bring, star_imports
from .transform import Job


class Accessor:
    """The names under which one source uses the functions of an accessor module.

    Args:
        job: The source.
        module: Dotted name of the accessor.
        limit: Index of the module's first statement that uses it: an import must be above.
        barrier: Index of the last statement that the import must be below, or -1.
    """

    def __init__(self, job: Job, module: str, limit: int, barrier: int) -> None:
        self.job = job
        self.module = module
        self.limit = limit
        self.barrier = barrier
        # Index of the last statement that may hide an import of the accessor above it.
        self._covered = -1
        self.needed: dict[str, str] = {}
        # Local names that rewritten reads use in the end.
        self.used: set[str] = set()
        self._chosen: dict[str, tuple[str, bool]] = {}

    def local_name(self, function: str, places: Sequence[Place]) -> str:
        """Return what to call `function` at all of `places`, which no local name shadows."""
        if function not in self._chosen:
            self._chosen[function] = self._choose(function, places)
        name, is_imported = self._chosen[function]
        if not is_imported:
            self.needed[function] = name
        return name

    def _choose(self, function: str, places: Sequence[Place]) -> tuple[str, bool]:
        index = self.job.index
        covered = self._cover(function)
        for alias, bound in self._existing(function, covered):
            index.record([bound])
            if (
                all(other.alias is alias for other in index.root.bindings[bound])
                and not self._is_deleted(bound)
                and _is_free(bound, places, job=self.job)
            ):
                return bound, True
        plain = (function,) if covered < self.limit else ()
        candidates = (*plain, f"{self.module.rpartition('.')[2]}_{function}")
        for name in (*candidates, *(f"{candidates[-1]}_{number}" for number in range(2, 99))):
            index.record([name])
            if name not in index.root.bindings and _is_free(name, places, job=self.job):
                if name == function:
                    self._covered = max(self._covered, covered)
                return name, False
        raise ValueError("no free name")

    def _cover(self, function: str) -> int:
        """Return the index of the last statement whose star import may bring another function."""
        if b"*" not in self.job.source.utf8:
            return -1
        body = self.job.source.tree.body
        for position in reversed(range(len(body))):
            for star in star_imports(body[position : position + 1]):
                if may_bring(self.job, star, function):
                    return position
        return -1

    def _is_deleted(self, name: str) -> bool:
        return any(
            isinstance(place.node, ast.Name) and isinstance(place.node.ctx, ast.Del)
            for place in self.job.index.occurrences.get(name, ())
        )

    def _existing(self, function: str, covered: int) -> Iterator[tuple[ast.alias, str]]:
        """Yield imports of the function that stand above its first use, and are not hidden."""
        for position, statement in enumerate(self.job.source.tree.body[: self.limit]):
            if isinstance(statement, ast.ImportFrom) and imports_from(self.job, statement):
                for alias in statement.names:
                    if alias.name == function and (alias.asname or position > covered):
                        yield alias, alias.asname or alias.name

    def write(self, patch: Patch, changes: ImportChanges) -> None:
        """Put the import into `patch`; `changes` are those of other imports."""
        wanted = {f: name for f, name in self.needed.items() if name in self.used}
        if not wanted:
            return
        names = [(f, None if f == name else name) for f, name in sorted(wanted.items())]
        statement = self._mergeable()
        if statement is not None:
            _merge(self.job.source, patch, statement, names, changes.take(statement))
        else:
            bounds = Bounds(self.module, self.limit, max(self.barrier, self._covered))
            insert(self.job, patch, bounds, names, changes.whole)

    def _mergeable(self) -> ast.ImportFrom | None:
        for statement in self.job.source.tree.body[self._covered + 1 : self.limit]:
            if (
                isinstance(statement, ast.ImportFrom)
                and imports_from(self.job, statement)
                and statement.names[0].name != "*"
            ):
                return statement
        return None


def imports_from(job: Job, statement: ast.ImportFrom) -> bool:
    """Say whether a statement imports from the accessor, by its full or its relative name."""
    module = job.policy.settings.accessor
    if not statement.level:
        return statement.module == module
    folders = job.relative.removeprefix("src/").split("/")[:-1]
    if statement.level > len(folders) or ".." in folders:
        return False
    above = folders[: len(folders) - statement.level + 1]
    return ".".join([*above, *([statement.module] if statement.module else [])]) == module


def _is_free(name: str, places: Sequence[Place], *, job: Job) -> bool:
    """Say whether a module-level `name` is what all of `places` see, and nobody else expects."""
    index = job.index
    if any(place.scope.find(name) not in (None, index.root) for place in places):
        return False
    # A use that nothing binds would begin to mean the accessor: a builtin, or a star import.
    return not any(
        index.root is not place.scope.find(name) and not index.bindings(place)
        for place in index.occurrences.get(name, ())
    )


def _merge(
    source: Source,
    patch: Patch,
    statement: ast.ImportFrom,
    names: list[Name],
    gone: Sequence[ast.alias],
) -> None:
    start, end = source.range(statement)
    text = with_names(source.text(start, end), names)
    going = {(alias.name, alias.asname) for alias in gone}
    if going:
        text = without_names(text, going)
    patch.splice(start, end, text.encode("utf-8"))
    kept = {(alias.name, alias.asname) for alias in statement.names} - going
    expect_import(patch, statement, kept | set(names))
