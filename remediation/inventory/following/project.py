"""The Python files of a run: what an import in one of them names, told by their paths alone."""

import ast
import posixpath
from collections import OrderedDict
from collections.abc import Callable, Iterable

from hushflake.lint_plugin.analysis import Binding
from hushflake.lint_plugin.module import Module

# How many parsed files are kept for the next question.
_KEPT = 24
# How many files may be parsed to look up a constant or a class, and how much of them, in bytes.
_LOOKED_UP = 2000
_LOOKED_UP_BYTES = 64 << 20


class Project:
    """The files of a run.

    Attributes:
        paths: Relative to the root, with `/` -> as the walk names them.
    """

    def __init__(self, paths: Iterable[tuple[str, str]], load: Callable[[str], Module | None]):
        """
        Args:
            paths: Path relative to the root, and as the walk names it.
            load: Parses a file; None for one that cannot be read.
        """
        self.paths = dict(paths)
        self._load = load
        self._kept: OrderedDict[str, Module | None] = OrderedDict()
        self._left = _LOOKED_UP
        self._bytes_left = _LOOKED_UP_BYTES
        self._found: dict[str, tuple[dict[str, str], dict[str, tuple[str, str]]]] = {}
        self._by_name: dict[str, list[str]] = {}
        self._packages: set[str] = set()
        for path in self.paths:
            folder, name = posixpath.split(path)
            if name == "__init__.py":
                self._packages.add(folder)
                name = posixpath.basename(folder)
            self._by_name.setdefault(name.removesuffix(".py"), []).append(path)

    def module(self, path: str) -> Module | None:
        """Return a parsed file, None for one that cannot be read. `path`: relative to the root."""
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        if path not in self.paths or self._left <= 0 or self._bytes_left <= 0:
            return None
        self._left -= 1
        found = self._kept[path] = self._load(self.paths[path])
        self._bytes_left -= len(found.utf8) if found is not None else 0
        if len(self._kept) > _KEPT:
            _, oldest = self._kept.popitem(last=False)
            if oldest is not None:
                oldest.release()
        return found

    def release(self) -> None:
        """Let the parsed files go."""
        for module in filter(None, self._kept.values()):
            module.release()
        self._kept.clear()

    def name_of(self, path: str) -> str:
        """Return what a file is called where it is imported: the last part of its module."""
        folder, name = posixpath.split(path)
        return posixpath.basename(folder) if name == "__init__.py" else name.removesuffix(".py")

    def file_of(self, source: str, module: str, level: int = 0) -> str:
        """Return the file of a module that is imported, "" where it is none of these.

        Args:
            source: The file with the import, relative to the root.
            module: Dotted name.
            level: The dots in front of it.
        """
        if level:
            folder = posixpath.dirname(source)
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            return self._at(posixpath.join(folder, module.replace(".", "/")))
        folder = posixpath.dirname(source)
        own, near = self._candidates(module)
        if folder in own:
            return own[folder]
        # The nearest: two services of one repository may have modules of one name.
        while folder and folder not in near:
            folder = posixpath.dirname(folder)
        return near.get(folder, ("", ""))[1]

    def _candidates(self, module: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        """Return the files that a module can be.

        By the folder that it is looked for in; and by each folder around such a one, with the one
        that is fewest folders further down. A package is looked in by its own modules alone.
        """
        found = self._found.get(module)
        if found is None:
            own: dict[str, str] = {}
            near: dict[str, tuple[str, str]] = {}
            tail = module.replace(".", "/")
            for path in self._by_name.get(module.rpartition(".")[2], ()):
                base = _base(path, tail)
                if base is None:
                    continue
                own.setdefault(base, path)
                if base in self._packages:
                    continue
                around = base
                while True:
                    known = near.get(around)
                    if known is None or _depth(base) < _depth(known[0]):
                        near[around] = base, path
                    if not around:
                        break
                    around = posixpath.dirname(around)
            found = self._found[module] = own, near
        return found

    def imported(self, source: str, binding: Binding) -> tuple[str, str]:
        """Return what a name that was imported stands for: a file, and a name in it.

        The name is "" for the module itself, the file is "" for what is none of these.
        """
        statement, alias = binding.place.node, binding.alias
        if alias is None:
            return "", ""
        if isinstance(statement, ast.ImportFrom):
            module, level = statement.module or "", statement.level
            inner = self.file_of(source, f"{module}.{alias.name}".lstrip("."), level)
            if inner:
                return inner, ""
            return self.file_of(source, module, level), alias.name
        if alias.asname:
            return self.file_of(source, alias.name), ""
        # `import app.settings` binds `app`, which need not be a package with a file of its own.
        inner = self.file_of(source, alias.name)
        depth = alias.name.count(".") + inner.endswith("/__init__.py")
        for _ in range(depth):
            inner = posixpath.dirname(inner)
        return (posixpath.join(inner, "__init__.py") if depth else inner), ""

    def submodule(self, file: str, name: str) -> str:
        """Return the file of a module in a package, "" where there is none. `name`: dotted."""
        folder, own = posixpath.split(file)
        if own != "__init__.py":
            return ""
        return self._at(posixpath.join(folder, name.replace(".", "/")))

    def _at(self, path: str) -> str:
        path = posixpath.normpath(path) if path else ""
        path = "" if path == "." else path
        for file in (f"{path}.py", posixpath.join(path, "__init__.py")):
            if file in self.paths:
                return file
        return ""


def _base(path: str, tail: str) -> str | None:
    """Return the folder that a module of this name is looked for in, None if it is another."""
    whole = path.removesuffix("/__init__.py").removesuffix(".py")
    if whole == tail:
        return ""
    return whole[: -len(tail) - 1] if whole.endswith(f"/{tail}") else None


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0
