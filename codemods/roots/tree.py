"""The files of a repository as the search for import roots sees them. Nothing is imported."""

import os
import posixpath
from collections.abc import Iterator
from functools import cached_property, lru_cache

from hushflake.lint_plugin.kinds.table import Kinds
from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.walk import walk

# Folders of version control, environments and what is installed are never entered.
_NOT_ENTERED = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".tox"}
)
# Where files that say how something is run lie: hardly ever deeper.
_DEPTH = 5
_MOST = 20_000  # of such files
_KEPT = 4096  # texts, as a file is asked about more than once


class Tree:
    """A repository: paths are relative to its top, with `/`."""

    def __init__(self, top: str) -> None:
        self.top = os.path.abspath(top)
        self._text = lru_cache(_KEPT)(self._read)

    @cached_property
    def python(self) -> frozenset[str]:
        """The files that hold Python, scripts without a suffix among them."""
        kinds = Kinds((), only=lambda kind: kind.rewrites and kind.group == "code")
        found = walk([self.top], kinds=kinds).files
        return frozenset(
            os.path.relpath(file.path, self.top).replace(os.sep, "/") for file in found
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that hold Python, somewhere below them; `""` is the top."""
        found: set[str] = {""}
        for path in self.python:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The other files not far below the top, for those who know them by their names."""
        found: list[str] = []
        pending = [("", 0)]
        while pending and len(found) < _MOST:
            folder, depth = pending.pop(0)
            try:
                entries = sorted(os.scandir(os.path.join(self.top, folder)), key=lambda e: e.name)
            except OSError:
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_file(follow_symlinks=False) and not path.endswith(".py"):
                    found.append(path)
                elif depth < _DEPTH and _is_entered(entry):
                    pending.append((path, depth + 1))
        return tuple(found)

    def text(self, path: str) -> str:
        """The text of a file; "" where there is none, or none that a person has written."""
        return self._text(path)

    def _read(self, path: str) -> str:
        try:
            data = read(os.path.join(self.top, path), LARGEST_TEXT, follow=False)
        except (OSError, ValueError):
            return ""
        return data.decode("utf-8", "replace")

    def has(self, path: str) -> bool:
        """Say whether a file is there, as a file and not as a link."""
        full = os.path.join(self.top, path)
        return os.path.isfile(full) and not os.path.islink(full)

    def is_package(self, folder: str) -> bool:
        """Say whether a folder is a regular package."""
        return bool(folder) and f"{folder}/__init__.py" in self.python

    def above_packages(self, path: str) -> str:
        """The folder above the packages that a file is in."""
        folder = posixpath.dirname(path)
        while self.is_package(folder):
            folder = posixpath.dirname(folder)
        return folder

    def modules_of(self, name: str, root: str) -> Iterator[str]:
        """Yield the files that run when a dotted name is imported from a root, in order."""
        base = f"{root}/" if root else ""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            path = base + "/".join(parts[:count])
            for file in (f"{path}.py", f"{path}/__init__.py"):
                if file in self.python:
                    yield file

    def length(self, name: str, root: str) -> int:
        """How many parts of a dotted name are modules or packages below a root."""
        base = f"{root}/" if root else ""
        parts = name.split(".")
        count = 0
        while count < len(parts):
            path = base + "/".join(parts[: count + 1])
            if f"{path}.py" in self.python:
                return count + 1
            if path not in self.folders:
                break
            count += 1
        return count


def dotted(path: str, root: str) -> str:
    """The name of a file below a root; "" where it has none."""
    if root and not path.startswith(f"{root}/"):
        return ""
    steps = path[len(root) + 1 if root else 0 :].removesuffix(".py").split("/")
    if steps[-1] == "__init__":
        steps.pop()
    if not steps or not path.endswith(".py") or not all(map(str.isidentifier, steps)):
        return ""
    return ".".join(steps)


def _is_entered(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.name not in _NOT_ENTERED
