"""Find the Python files of a tree, and nothing that is not the user's own source.

Left out: version control, virtual environments (a folder with `pyvenv.cfg`), `site-packages`,
`node_modules`, caches, build output, and what git ignores. Links to folders are not followed,
so there are no loops; of several links to one file the file is found once. What the caller
names itself is always entered.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .errors import LintError
from .git_ignored import Repository

SUFFIXES = (".py", ".pyw")
_SKIPPED = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS"),
        *("site-packages", "dist-packages", "node_modules", "__pypackages__", "__pycache__"),
        *(".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    }
)
# Output of a build only where a project builds, and only if it is no package.
_BUILD_OUTPUT = frozenset({"build", "dist"})
_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})


class PathError(LintError):
    """A path that was asked for does not exist."""


class File(NamedTuple):
    """A Python file: how to name it, and the file itself if the name is a link."""

    path: str
    target: str


class Problem(NamedTuple):
    """A folder or file that could not be looked at."""

    path: str
    message: str


class Tree(NamedTuple):
    """What was found: files in order of their path, and what could not be looked at."""

    files: list[File]
    problems: list[Problem]


def walk(paths: Iterable[str], *, ignore: bool = True) -> Tree:
    """Find the Python files below `paths`.

    Args:
        paths: Folders, and files of any suffix. A name is kept as it is given.
        ignore: Leave out what git ignores, where there is a repository and git itself.

    Raises:
        PathError: One of the paths does not exist.
    """
    walker = _Walker(ignore=ignore)
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            raise PathError(f"{path}: {error.strerror}; name a file or a folder") from None
        if stat.S_ISDIR(mode):
            walker.enter_start(path)
        else:
            walker.add(path, os.path.realpath(path), is_link=os.path.islink(path))
    return Tree(walker.finish(), walker.problems)


class _Walker:
    def __init__(self, *, ignore: bool) -> None:
        self.ignore = ignore
        self.files: dict[str, File] = {}
        self.problems: list[Problem] = []
        self.repositories: list[Repository] = []
        # The start that is being walked, as it was given and without links.
        self.start = self.real_start = ""

    def enter_start(self, start: str) -> None:
        self.start, self.real_start = start, os.path.realpath(start)
        if self.ignore and _is_in_repository(self.real_start):
            self.repositories.append(Repository(start))
        pending = [start]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    found = list(entries)
            except OSError as error:
                self.problems.append(Problem(folder, error.strerror or "cannot be read"))
                continue
            pending.extend(self._look(folder, found, is_start=folder == start))

    def _look(
        self, folder: str, found: Sequence["os.DirEntry[str]"], *, is_start: bool
    ) -> list[str]:
        """Take the files of a folder; return the folders to enter."""
        names = {entry.name for entry in found}
        if not is_start:
            if "pyvenv.cfg" in names:
                return []
            if self.ignore and ".git" in names:
                self.repositories.append(Repository(folder))
        inner = []
        real = os.path.join(self.real_start, folder[len(self.start) :].lstrip("/"), "")
        for entry in found:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not _is_skipped(entry, names):
                        inner.append(entry.path)
                elif entry.name.endswith(SUFFIXES):
                    if entry.is_file(follow_symlinks=False):
                        self.add(entry.path, real + entry.name)
                    elif entry.is_symlink():
                        self._add_link(entry)
            except OSError as error:
                self.problems.append(Problem(entry.path, error.strerror or "cannot be read"))
        return inner

    def _add_link(self, entry: "os.DirEntry[str]") -> None:
        if not os.path.exists(entry.path):
            self.problems.append(Problem(entry.path, "is a link that leads nowhere"))
        elif os.path.isfile(entry.path):
            self.add(entry.path, os.path.realpath(entry.path), is_link=True)

    def add(self, path: str, real: str, *, is_link: bool = False) -> None:
        """Take a file, once; its own name goes before that of a link to it."""
        path = path.removeprefix("./")
        known = self.files.get(real)
        file = File(path, real if is_link else path)
        # The name is the file's own if it was found, else that of the first link.
        if known is None or (known.path != known.target and (not is_link or file < known)):
            self.files[real] = file

    def finish(self) -> list[File]:
        ignored = [repository.ignored() for repository in self.repositories]
        singles = frozenset().union(*(part[0] for part in ignored))
        folders = tuple(prefix for part in ignored for prefix in part[1])
        kept = [
            file
            for real, file in self.files.items()
            if real not in singles and not real.startswith(folders)
        ]
        return sorted(kept, key=lambda file: file.path)


def _is_skipped(entry: "os.DirEntry[str]", siblings: set[str]) -> bool:
    name = entry.name
    if name in _SKIPPED or name.endswith((".egg-info", ".dist-info")):
        return True
    if name in _BUILD_OUTPUT and not siblings.isdisjoint(_PROJECT_FILES):
        return not os.path.exists(os.path.join(entry.path, "__init__.py"))
    return False


def _is_in_repository(folder: str) -> bool:
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True
