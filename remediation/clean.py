"""Removes what programs can make again: byte code, caches of tools, environments asked for.

Never a tracked file, never through a symbolic link, never inside a virtual environment that
stays. `survey` only looks; `remove` does what a survey says.
"""

import fnmatch
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushflake.lint_plugin.settings import Policy

from .errors import RemediationError
from .git import Repository, has_repository
from .ignores import missing_entries

# Folder name -> the kind it is counted as.
CACHE_FOLDERS = {
    "__pycache__": "byte code",
    ".pytest_cache": "pytest cache",
    ".mypy_cache": "mypy cache",
    ".ruff_cache": "ruff cache",
}
BYTE_CODE = (".pyc", ".pyo")
VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".jj"})


@dataclass(frozen=True)
class Item:
    """One thing to remove. `files` and `size` (bytes) count what is in a folder."""

    path: str
    kind: str
    files: int
    size: int
    is_folder: bool


@dataclass
class Survey:
    """What a look at a folder found. Paths are relative to `root`."""

    root: str
    items: list[Item] = field(default_factory=list)
    # (path, reason) of what looks removable and stays.
    left: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> int:
        return sum(item.files for item in self.items)

    @property
    def size(self) -> int:
        return sum(item.size for item in self.items)

    def missing_entries(self, repository: Repository) -> list[str]:
        """Return what `.gitignore` lacks for what was found, and git would offer to add.

        The caches of pytest, mypy and ruff ignore themselves.
        """
        wanted: dict[str, str] = {}
        top = str(repository.top)
        for item in self.items:
            if item.kind == "byte code":
                entry = "__pycache__/" if "__pycache__" in item.path.split(os.sep) else "*.py[co]"
                path = os.path.relpath(os.path.join(self.root, item.path), top)
                wanted.setdefault(entry, f"{path}/module.pyc" if item.is_folder else path)
        return missing_entries(repository, wanted)

    def by_kind(self) -> dict[str, tuple[int, int, int]]:
        """Return kind -> (things, files, bytes)."""
        sums: dict[str, tuple[int, int, int]] = {}
        for item in self.items:
            things, files, size = sums.get(item.kind, (0, 0, 0))
            sums[item.kind] = (things + 1, files + item.files, size + item.size)
        return sums


def survey(
    root: Path,
    *,
    keep: Sequence[str] = (".venv",),
    environments: Sequence[str] = (),
    policy: Policy | None = None,
) -> Survey:
    """Return what `clean` would remove below `root`.

    Args:
        root: The folder to look at.
        keep: Names or relative paths (with `*`) of virtual environments that are never removed.
        environments: Names or relative paths (with `*`) of virtual environments to remove.
        policy: What the repository excludes from every command.

    Raises:
        RemediationError: `root` is no folder, or lies inside a virtual environment.
        GitStateError: There is a `.git`, but git cannot tell what is tracked.
    """
    root = root.resolve()
    if not root.is_dir():
        raise RemediationError(f"{root}: is not a folder; name one to clean")
    for folder in (root, *root.parents):
        if (folder / "pyvenv.cfg").is_file():
            raise RemediationError(
                f"{root}: lies inside the virtual environment {folder}; name a folder outside it, "
                "and --remove-venv to remove an environment as a whole"
            )
    return _Walk(root, tuple(keep), tuple(environments), policy).run()


def remove(found: Survey) -> list[tuple[str, str]]:
    """Remove the items of a survey. Return (path, reason) of those that could not be removed."""
    failures: list[tuple[str, str]] = []

    def failed(path: str, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            reason = error.strerror or "I/O error"
            failures.append((os.path.relpath(path, found.root), reason))

    for item in found.items:
        path = os.path.join(found.root, item.path)
        try:
            if item.is_folder:
                _remove_folder(path, failed)
            else:
                os.unlink(path)
        except OSError as error:
            failed(path, error)
    return failures


def _remove_folder(path: str, failed: Callable[[str, OSError], None]) -> None:
    """Remove a folder by descriptors: a link put in its way meanwhile is not followed."""
    for folder, folders, files, descriptor in os.fwalk(path, topdown=False):
        for name in files:
            try:
                os.unlink(name, dir_fd=descriptor)
            except OSError as error:
                failed(os.path.join(folder, name), error)
        for name in folders:
            try:
                os.rmdir(name, dir_fd=descriptor)
            except NotADirectoryError:
                os.unlink(name, dir_fd=descriptor)  # a link to a folder
            except OSError as error:
                failed(os.path.join(folder, name), error)
    os.rmdir(path)


class _Walk:
    """One walk. Scans with `os.scandir`: one system call a folder, no path objects."""

    def __init__(
        self,
        root: Path,
        keep: tuple[str, ...],
        environments: tuple[str, ...],
        policy: Policy | None,
    ) -> None:
        self.root = str(root)
        self.keep = keep
        self.environments = environments
        self.policy = policy
        self.found = Survey(self.root)
        self.tracked: set[str] = set()
        self.tracked_folders: set[str] = set()

    def run(self) -> Survey:
        if has_repository(Path(self.root)):
            self._learn_tracked(self.root)
        self._folder(self.root)
        self.found.items.sort(key=lambda item: item.path)
        self.found.left.sort()
        return self.found

    def _learn_tracked(self, folder: str) -> None:
        repository = Repository.of(Path(folder))
        top = str(repository.top)
        for name in repository.tracked():
            path = os.path.join(top, name)
            self.tracked.add(path)
            parent = os.path.dirname(path)
            while parent not in self.tracked_folders and len(parent) > len(top):
                self.tracked_folders.add(parent)
                parent = os.path.dirname(parent)

    def _relative(self, path: str) -> str:
        return path[len(self.root) + 1 :]

    def _left(self, path: str, reason: str) -> None:
        self.found.left.append((self._relative(path), reason))

    def _folder(self, folder: str) -> None:
        stack = [folder]
        while stack:
            current = stack.pop()
            try:
                entries = list(os.scandir(current))
            except OSError as error:
                self._left(current, f"cannot be read: {error.strerror}")
                continue
            if current != self.root and any(entry.name == ".git" for entry in entries):
                # A submodule, a linked worktree or a repository of its own.
                try:
                    self._learn_tracked(current)
                except RemediationError:
                    # What git tracks there is not known, so nothing there is removed.
                    self._left(current, "a repository of its own, which git cannot read")
                    continue
            stack.extend(self._entries(entries))

    def _entries(self, entries: list[os.DirEntry[str]]) -> Iterator[str]:
        """Judge the entries of one folder; yield the folders to go into."""
        for entry in entries:
            name = entry.name
            if self._is_excluded(entry.path):
                continue
            if entry.is_dir(follow_symlinks=False):
                if name in CACHE_FOLDERS:
                    self._cache(entry)
                elif name in VERSION_CONTROL:
                    continue
                elif os.path.isfile(os.path.join(entry.path, "pyvenv.cfg")):
                    # Also a broken one: here, what is one in doubt is not touched.
                    self._environment(entry)
                else:
                    yield entry.path
            elif name.endswith(BYTE_CODE):
                self._byte_code(entry)
            elif name in CACHE_FOLDERS and entry.is_symlink():
                self._left(entry.path, "symbolic link")

    def _is_excluded(self, path: str) -> bool:
        if self.policy is None:
            return False
        relative = self.policy.settings.relative(path)
        # `docs/` means what is in the folder.
        return self.policy.is_excluded(relative) or self.policy.is_excluded(f"{relative}/")

    def _cache(self, entry: os.DirEntry[str]) -> None:
        kind = CACHE_FOLDERS[entry.name]
        if entry.path not in self.tracked_folders:
            self._whole(entry.path, kind)
            return
        for path, size in _files_below(entry.path):
            if path in self.tracked:
                self._left(path, "tracked by git")
            else:
                self.found.items.append(Item(self._relative(path), kind, 1, size, False))

    def _byte_code(self, entry: os.DirEntry[str]) -> None:
        if entry.is_symlink():
            self._left(entry.path, "symbolic link")
        elif entry.path in self.tracked:
            self._left(entry.path, "tracked by git")
        elif entry.is_file(follow_symlinks=False):
            size = entry.stat(follow_symlinks=False).st_size
            self.found.items.append(
                Item(self._relative(entry.path), "byte code", 1, size, is_folder=False)
            )

    def _environment(self, entry: os.DirEntry[str]) -> None:
        relative = self._relative(entry.path)
        if _matches(relative, self.keep):
            return
        if not _matches(relative, self.environments):
            self._left(entry.path, "virtual environment (--remove-venv to remove it)")
        elif entry.path in self.tracked_folders:
            self._left(entry.path, "virtual environment with files tracked by git")
        else:
            self._whole(entry.path, "virtual environment")

    def _whole(self, path: str, kind: str) -> None:
        files = size = 0
        for _path, bytes_ in _files_below(path):
            files += 1
            size += bytes_
        self.found.items.append(Item(self._relative(path), kind, files, size, is_folder=True))


def _matches(relative: str, patterns: Sequence[str]) -> bool:
    """Say whether a pattern is the name of the last part, or the whole relative path."""
    name = os.path.basename(relative)
    return any(
        fnmatch.fnmatchcase(name, pattern.strip("/"))
        or fnmatch.fnmatchcase(relative, pattern.removeprefix("./").strip("/"))
        for pattern in patterns
    )


def _files_below(folder: str) -> Iterator[tuple[str, int]]:
    """Yield (path, bytes) of everything below `folder` that is no folder; links count as such."""
    stack = [folder]
    while stack:
        try:
            entries = list(os.scandir(stack.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                stack.append(entry.path)
            else:
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                yield entry.path, status.st_size if stat.S_ISREG(status.st_mode) else 0
