"""Find the files of a tree that a run looks at, and nothing that is not the user's own source.

Left out: version control, virtual environments, `site-packages`, `node_modules`, caches, build
output, and what git ignores; each is counted. Links to folders are not followed, so there are no
loops; of several links to one file the file is found once, and a link out of the repository is
left. What the caller names itself is always entered.
"""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .errors import LintError, LintFailureError
from .git.folder import holder, irregular
from .git.ignored import Repository
from .kinds.table import PYTHON, Kinds
from .reading import is_virtual_environment

_CACHES = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS", "__pycache__"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".hushflake"),
    }
)
_INSTALLED = frozenset(
    {
        *("site-packages", "dist-packages", "node_modules", "__pypackages__"),
        *(".tox", ".nox", ".eggs"),
    }
)
# Output of a build only where a project builds, and only if it is no package.
_BUILD_OUTPUT = frozenset({"build", "dist"})
_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".git"})
# Repositories inside a repository of which git is asked at a time, and how many may stand still.
_AT_A_TIME = 16
_MOST_STALLED = 3

# What a run that does not look at it says.
_CYTHON = (".pyx", ".pxd", ".pxi")


def passed_over_name(path: str) -> bool:
    """Say whether the names of a path's folders alone keep it from being entered."""
    folders = path.split("/")[:-1]
    return any(name in _CACHES or name in _INSTALLED for name in folders)


class PathError(LintError):
    """A path that was asked for does not exist."""


class File(NamedTuple):
    """A file: how to name it, and the file itself if the name is a link."""

    path: str
    target: str


class Problem(NamedTuple):
    """A folder or file that could not be looked at.

    `kind` is that of a `finding.Skipped`; `failed` says whether it is a failure, or only a remark.
    """

    path: str
    message: str
    kind: str = "unreadable"
    failed: bool = True


class Tree(NamedTuple):
    """What was found.

    Attributes:
        files: In order of their path.
        problems: What could not be looked at.
        left: How much was left out without a look, by kind: `virtual-environment`, `installed`,
            `build`, `cache` are folders, `ignored`, `not-regular` and `kind` are files.
    """

    files: list[File]
    problems: list[Problem]
    left: Mapping[str, int] = {}


def walk(paths: Iterable[str], *, ignore: bool = True, kinds: Kinds | None = None) -> Tree:
    """Find the files below `paths`.

    Args:
        paths: Folders, and files of any suffix. A name is kept as it is given.
        ignore: Leave out what git ignores, where there is a repository and git itself.
        kinds: What to look for; `*.py` alone when None.

    Raises:
        PathError: One of the paths does not exist.
    """
    named = list(paths)
    walker = _Walker(named, ignore=ignore, kinds=kinds)
    for path in named:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            raise PathError(f"{path}: {error.strerror}; name a file or a folder") from None
        except ValueError:
            raise PathError(f"{path!r}: is not a path; name a file or a folder") from None
        if stat.S_ISDIR(mode):
            walker.enter_start(path)
        elif kinds is not None and kinds.leaves(path):
            walker.leave("kind")
        else:
            walker.add(path, os.path.realpath(path), is_link=os.path.islink(path))
    return Tree(walker.finish(), walker.problems, walker.left)


class _Walker:
    def __init__(self, paths: Sequence[str], *, ignore: bool, kinds: Kinds | None) -> None:
        self.ignore = ignore
        self.kinds = kinds
        self._suffixes = PYTHON if kinds is None or kinds.take_python() else ()
        self.files: dict[str, File] = {}
        self.problems: list[Problem] = []
        self.left: dict[str, int] = {}
        # The start that is being walked, as it was given and without links.
        self.start = self.real_start = ""
        # Where a link may lead: the named folders, and the repositories around them.
        starts = [os.path.realpath(path) for path in paths]
        self._bounds = tuple({os.path.join(holder(start) or start, "") for start in starts})
        self._asked: list[Repository] = []
        self._ignored: set[str] = set()
        self._ignored_folders: list[str] = []
        self._stalled = 0

    def enter_start(self, start: str) -> None:
        self.start, self.real_start = start, os.path.realpath(start)
        repository = holder(self.real_start)
        if repository:
            self._ask(repository, start)
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
            if "pyvenv.cfg" in names and is_virtual_environment(folder):
                self.leave("virtual-environment")
                return []
            if ".git" in names:
                self._ask(folder, folder)
        inner = []
        real = os.path.join(self.real_start, folder[len(self.start) :].lstrip("/"), "")
        for entry in found:
            try:
                if entry.is_dir(follow_symlinks=False):
                    kind = _kind_of_skipped(entry, names)
                    if kind:
                        self.leave(kind)
                    else:
                        inner.append(entry.path)
                elif entry.name.endswith(self._suffixes) or self._is_wanted(entry):
                    if entry.is_file(follow_symlinks=False):
                        self.add(entry.path, real + entry.name)
                    elif entry.is_symlink():
                        self._add_link(entry)
                    else:
                        self.leave("not-regular")
            except OSError as error:
                self.problems.append(Problem(entry.path, error.strerror or "cannot be read"))
        return inner

    def _is_wanted(self, entry: "os.DirEntry[str]") -> bool:
        """Say whether a file that is not called `*.py` is of a kind that is looked for."""
        if entry.name.endswith(PYTHON):
            return False
        try:
            if self.kinds is not None and self.kinds.takes(entry.path, is_file=entry.is_file):
                return True
        except OSError:
            # What it is cannot be told, and nothing says that it is ours.
            return False
        if entry.name.endswith(_CYTHON):
            self.leave("cython")
        return False

    def leave(self, kind: str, number: int = 1) -> None:
        """Count what is left out."""
        self.left[kind] = self.left.get(kind, 0) + number

    def _add_link(self, entry: "os.DirEntry[str]") -> None:
        real = os.path.realpath(entry.path)
        if not os.path.exists(entry.path):
            self._remark(entry.path, "is a link that leads nowhere", "unreadable")
        elif not real.startswith(self._bounds):
            message = "is a link to a file outside of the repository; name that file to look at it"
            self._remark(entry.path, message, "link")
        elif os.path.isfile(entry.path):
            self.add(entry.path, real, is_link=True)
        elif not os.path.isdir(entry.path):
            self.leave("not-regular")

    def _remark(self, path: str, message: str, kind: str) -> None:
        self.problems.append(Problem(path.removeprefix("./"), message, kind, failed=False))

    def add(self, path: str, real: str, *, is_link: bool = False) -> None:
        """Take a file, once; its own name goes before that of a link to it."""
        path = path.removeprefix("./")
        known = self.files.get(real)
        file = File(path, real if is_link else path)
        # The name is the file's own if it was found, else that of the first link.
        if known is None or (known.path != known.target and (not is_link or file < known)):
            self.files[real] = file

    # -- git -----------------------------------------------------------------------------

    def _ask(self, repository: str, folder: str) -> None:
        """Begin to ask what is ignored in a folder of a repository."""
        if not self.ignore or self._stalled >= _MOST_STALLED:
            return
        wrong = irregular(repository)
        if wrong:
            self.problems.append(
                Problem(
                    wrong, "is not a regular file; what git ignores is not known", "not-regular"
                )
            )
            return
        if len(self._asked) >= _AT_A_TIME:
            self._hear(self._asked.pop(0))
        self._asked.append(Repository(folder))

    def _hear(self, repository: Repository) -> None:
        if self._stalled >= _MOST_STALLED:
            repository.give_up()
            return
        try:
            files, folders = repository.ignored()
        except LintFailureError as error:
            self._stalled += 1
            self.problems.append(Problem(repository.folder, str(error)))
            return
        self._ignored |= files
        self._ignored_folders += folders

    def finish(self) -> list[File]:
        for repository in self._asked:
            self._hear(repository)
        folders = tuple(self._ignored_folders)
        kept = [
            file
            for real, file in self.files.items()
            if real not in self._ignored and not real.startswith(folders)
        ]
        if len(kept) < len(self.files):
            self.leave("ignored", len(self.files) - len(kept))
        return sorted(kept, key=lambda file: file.path)


def _kind_of_skipped(entry: "os.DirEntry[str]", siblings: set[str]) -> str:
    """Return why a folder is not entered, or nothing."""
    name = entry.name
    if name in _CACHES:
        return "cache"
    if name in _INSTALLED or name.endswith((".egg-info", ".dist-info")):
        return "installed"
    if name in _BUILD_OUTPUT and not siblings.isdisjoint(_PROJECT_FILES):
        is_package = os.path.exists(os.path.join(entry.path, "__init__.py"))
        return "" if is_package else "build"
    return ""
