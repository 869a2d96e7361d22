"""`setup.py`: `package_dir={"": "src"}` and `find_packages("src")`, where they are written out."""

import ast
import posixpath
from collections.abc import Iterator

from hushflake.lint_plugin.analysis import ParseFailure, parse

from ..tree import Tree
from .base import Sign, inside

_FINDERS = frozenset({"find_packages", "find_namespace_packages"})


def signs(tree: Tree) -> Iterator[Sign]:
    for path in sorted(one for one in tree.python if posixpath.basename(one) == "setup.py"):
        source = parse(tree.text(path).encode("utf-8", "replace"), path)
        if isinstance(source, ParseFailure):
            continue
        for given in _given(source.tree):
            root = inside(posixpath.dirname(path), given)
            if root is not None and root in tree.folders:
                yield Sign(root, path)


def _given(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        keywords = {one.arg: one.value for one in node.keywords}
        if name in _FINDERS:
            where = keywords.get("where", node.args[0] if node.args else None)
            yield from _text(where)
        folders = keywords.get("package_dir") if name == "setup" else None
        if isinstance(folders, ast.Dict):
            for key, value in zip(folders.keys, folders.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "":
                    yield from _text(value)


def _text(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
