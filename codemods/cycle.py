"""The modules that the accessor itself imports: they cannot import it back while it loads."""

import ast
import os
from collections.abc import Iterator

from hushflake.lint_plugin.analysis import ParseFailure, parse


def before_accessor(root: str, accessor: str) -> frozenset[str]:
    """Return the files, relative to `root` with `/`, that run while the accessor is imported.

    Followed are the imports outside of functions, through modules below `root` or `root/src`.
    The packages around the accessor are not among them: they may import from it.
    """
    start = _file_of(root, accessor)
    if not start:
        return frozenset()
    own = {_file_of(root, package) for package in _packages(accessor)}
    found: set[str] = set()
    pending = [(start, accessor)]
    while pending:
        path, module = pending.pop()
        for name in _imports(os.path.join(root, path), module):
            for reached in (*_packages(name), name):
                file = _file_of(root, reached)
                if file and file != start and file not in found and file not in own:
                    found.add(file)
                    pending.append((file, reached))
    return frozenset(found)


def _packages(module: str) -> list[str]:
    """Return the packages around a module: `a` and `a.b` for `a.b.c`."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _file_of(root: str, module: str) -> str:
    """Return the file of a module relative to `root`, or nothing if it is none of the project's."""
    path = module.replace(".", "/")
    for base in ("", "src/"):
        for file in (f"{base}{path}.py", f"{base}{path}/__init__.py"):
            if os.path.isfile(os.path.join(root, file)):
                return file
    return ""


def _imports(path: str, module: str) -> Iterator[str]:
    """Yield the dotted names that a file imports when it runs; names in modules among them."""
    try:
        with open(path, "rb") as stream:
            source = parse(stream.read(), path)
    except OSError:
        return
    if isinstance(source, ParseFailure):
        return
    package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
    pending: list[ast.AST] = list(source.tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr))
