"""Under which names a source uses the functions of the accessor, and the import of them."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from hushflake.lint_plugin.analysis import Place, Source

from .modules import is_import_of
from .patch import Patch
from .placing import Bounds, Name, insert
from .removing import ImportChanges, expect_import
from .spans import with_names, without_names
from .stars import brings, star_imports
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
        # Index of the last statement that hides an import of the accessor above it, and of the
        # last that may hide one.
        self._hidden = self._covered = -1
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
        hidden, covered = self._stars_with(function)
        for alias, bound in self._existing(function, hidden):
            index.record([bound])
            if (
                all(other.alias is alias for other in index.root.bindings[bound])
                and not self._is_deleted(bound)
                and _is_free(bound, places, job=self.job)
            ):
                return bound, True
        for name in self._candidates(function, hidden):
            index.record([name])
            if name not in index.root.bindings and _is_free(name, places, job=self.job):
                if name == function:
                    self._hidden = max(self._hidden, hidden)
                    # Below what may bring it too, where the first use leaves room for it.
                    self._covered = max(self._covered, covered if covered < self.limit else hidden)
                return name, False
        raise ValueError("no free name")

    def _candidates(self, function: str, hidden: int) -> Iterator[str]:
        """Yield what the function may be called, what reads best first."""
        alias = f"{self.module.rpartition('.')[2]}_{function}"
        if function in self.job.reserved:
            # What begins with an underscore goes to no module that stars this one.
            alias = f"_{function}"
        elif hidden < self.limit:
            yield function
        yield alias
        yield from (f"{alias}_{number}" for number in range(2, 99))

    def _stars_with(self, function: str) -> tuple[int, int]:
        """Return the indices of the last statements whose star import brings another function of
        that name, and of the last that may bring one; -1 for none.
        """
        if b"*" not in self.job.source.utf8:
            return -1, -1
        body = self.job.source.tree.body
        covered = -1
        for position in reversed(range(len(body))):
            for star in star_imports(body[position : position + 1]):
                found = brings(self.job, star, function)
                if found is not False:
                    covered = max(covered, position)
                if found:
                    return position, covered
        return -1, covered

    def _is_deleted(self, name: str) -> bool:
        return any(
            isinstance(place.node, ast.Name) and isinstance(place.node.ctx, ast.Del)
            for place in self.job.index.occurrences.get(name, ())
        )

    def _existing(self, function: str, hidden: int) -> Iterator[tuple[ast.alias, str]]:
        """Yield imports of the function that stand above its first use, and are not hidden."""
        for position, statement in enumerate(self.job.source.tree.body[: self.limit]):
            if isinstance(statement, ast.ImportFrom) and self._is_ours(statement):
                for alias in statement.names:
                    if alias.name == function and (alias.asname or position > hidden):
                        yield alias, alias.asname or alias.name

    def write(self, patch: Patch, changes: ImportChanges) -> None:
        """Put the import into `patch`; `changes` are those of other imports."""
        wanted = {f: name for f, name in self.needed.items() if name in self.used}
        if not wanted:
            return
        names = [(f, None if f == name else name) for f, name in sorted(wanted.items())]
        self.job.gained |= set(_exported(self.job, (f for f, name in wanted.items() if f == name)))
        statement = self._mergeable()
        if statement is not None:
            _merge(self.job.source, patch, statement, names, changes.take(statement))
        else:
            bounds = Bounds(self.module, self.limit, max(self.barrier, self._covered))
            insert(self.job, patch, bounds, names, changes.whole)

    def _is_ours(self, statement: ast.ImportFrom) -> bool:
        return is_import_of(statement, self.job.relative, self.module)

    def _mergeable(self) -> ast.ImportFrom | None:
        for statement in self.job.source.tree.body[self._hidden + 1 : self.limit]:
            if (
                isinstance(statement, ast.ImportFrom)
                and self._is_ours(statement)
                and statement.names[0].name != "*"
            ):
                return statement
        return None


def imports_from(job: Job, statement: ast.ImportFrom) -> bool:
    """Say whether a statement imports from the accessor, by its full or its relative name."""
    return is_import_of(statement, job.relative, job.policy.settings.accessor)


def _exported(job: Job, names: Iterable[str]) -> Iterator[str]:
    """Yield those of the names of a module that a star import of it brings."""
    job.index.record(["__all__"])
    if "__all__" not in job.index.root.bindings:
        yield from (name for name in names if not name.startswith("_"))


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
