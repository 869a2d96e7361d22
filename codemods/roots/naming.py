"""What the files of a repository import, by their bytes; and from which root that is found.

A repository shows best itself where its modules are imported from: `from app.core import db` in
`backend/app/main.py` says that `backend` is a root.
"""

import ast
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure, parse

from .tree import Tree

_FROM = re.compile(
    r"^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]*)", re.MULTILINE
)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([A-Za-z_][^\n#;]*)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_CATCHES = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Found(NamedTuple):
    """An import that a file of the repository answers.

    Attributes:
        root: The folder that the name is found in.
        name: The dotted name.
        files: What runs for it, packages first.
    """

    root: str
    name: str
    files: tuple[str, ...]


def names(text: str) -> Iterator[str]:
    """Yield the dotted names that a text imports, as far as its lines show them."""
    for found in _FROM.finditer(text):
        words = list(_words(found[2]))
        yield from (f"{found[1]}.{word}" for word in words)
        if not words:
            yield found[1]
    for found in _IMPORT.finditer(text):
        yield from _words(found[1])


def certain(text: str, path: str) -> list[str] | None:
    """The names that a file imports for certain: in no `try` that goes on without them.

    None where it does not parse.
    """
    source = parse(text.encode("utf-8", "replace"), path)
    if isinstance(source, ParseFailure):
        return None
    return list(_imported(source.tree.body))


def is_relative(text: str) -> bool:
    """Say whether a text has an import that only a module of a package can have."""
    return re.search(r"^[ \t]*from[ \t]+\.", text, re.MULTILINE) is not None


def _words(text: str) -> Iterator[str]:
    for part in text.strip("()").split(","):
        found = _WORD.search(part)
        if found:
            yield found[0]


def _imported(body: Iterable[ast.AST]) -> Iterator[str]:
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level and node.module:
                names_ = (alias.name for alias in node.names)
                yield from (f"{node.module}.{name}".removesuffix(".*") for name in names_)
        elif isinstance(node, ast.Try) and any(map(_catches_imports, node.handlers)):
            pending += [*node.orelse, *node.finalbody]
        else:
            pending += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(node, ast.Name) and node.id in _CATCHES for node in ast.walk(handler.type)
    )


class Index:
    """Dotted names to the roots that they are found in."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._holding: dict[str, set[str]] = {}
        for path in tree.python:
            folder, _, name = path.rpartition("/")
            if name.endswith(".py"):
                self._holding.setdefault(name.removesuffix(".py"), set()).add(folder)
        for folder in tree.folders - {""}:
            above, _, name = folder.rpartition("/")
            self._holding.setdefault(name, set()).add(above)
        self.find = lru_cache(100_000)(self._find)

    def _find(self, name: str, folder: str) -> Found | None:
        """Find a dotted name for a file in `folder`; None where no file is meant for certain."""
        first = name.partition(".")[0]
        holding = self._holding.get(first)
        if not holding or first in sys.stdlib_module_names:
            return None
        longest = max(self.tree.length(name, root) for root in holding)
        fitting = [root for root in holding if self.tree.length(name, root) == longest]
        above = [root for root in fitting if is_in(folder, root)]
        if above:
            root = max(above, key=len)
        elif len(fitting) == 1:
            root = fitting[0]
        else:
            return None
        files = tuple(self.tree.modules_of(name, root))
        beyond = name.split(".")[longest : longest + 1]
        if not files or (beyond and not self._has(files[-1], beyond[0])):
            return None
        return Found(root, name, files)

    def _has(self, path: str, name: str) -> bool:
        """Say whether a module may hold a name; else another one of its name is meant."""
        text = self.tree.text(path)
        return re.search(rf"\b{name}\b|import[ \t]*\*|__getattr__", text) is not None


def is_in(path: str, folder: str) -> bool:
    """Say whether a path is a folder or lies below it."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def folder_of(path: str) -> str:
    """The folder of a file."""
    return posixpath.dirname(path)
