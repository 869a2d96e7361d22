"""The modules that the accessor itself imports: they cannot import it back while it loads."""

import ast
import os
from collections.abc import Iterator, Sequence

from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.reading import read

from .modules import file_of, import_roots, is_module, packages


def before_accessor(root: str, accessor: str) -> frozenset[str]:
    """Return the files, relative to `root` with `/`, that run while the accessor is imported.

    Followed are the imports outside of functions, through modules below `root` or `root/src`.
    The packages around the accessor, and what is in them, are among them only if something of them
    is imported from there: else they may import from it. What the packages around it import from
    elsewhere is: whoever imports such a module first runs it in the midst of itself. The import
    root is `root`, `root/src`, or the folder not far below that holds the accessor.
    """
    bases = import_roots(root, accessor)
    start = file_of(root, accessor, bases)
    if not start:
        return frozenset()
    own = {file_of(root, package, bases) for package in packages(accessor)}
    found: set[str] = set()
    pending = [(start, accessor)]
    while pending:
        path, module = pending.pop()
        for name in _imports(os.path.join(root, path), module):
            # `from pkg import VERSION` needs what runs in pkg/__init__.py, which is not done yet.
            package = name.rpartition(".")[0]
            is_value = bool(package) and not is_module(root, name, bases)
            for reached in (*packages(name), name):
                file = file_of(root, reached, bases)
                needed = file not in own or (is_value and reached == package)
                if file and file != start and file not in found and needed:
                    found.add(file)
                    pending.append((file, reached))
    return frozenset(found | run_by_packages(root, accessor, bases))


def run_by_packages(root: str, accessor: str, bases: Sequence[str]) -> frozenset[str]:
    """Return the files outside of the packages around an accessor that those import.

    Args:
        root: The folder that all is relative to.
        accessor: Its dotted name; the module need not be there yet.
        bases: The import roots, with `/` at the end.
    """
    around = [(file, name) for name in packages(accessor) if (file := file_of(root, name, bases))]
    inside = tuple(file.removesuffix("__init__.py") for file, _ in around[:1])
    found: set[str] = set()
    pending = around
    while pending:
        path, module = pending.pop()
        for name in _imports(os.path.join(root, path), module):
            for reached in (*packages(name), name):
                file = file_of(root, reached, bases)
                if file and file not in found and file != path:
                    found.add(file)
                    pending.append((file, reached))
    return frozenset(file for file in found if inside and not file.startswith(inside))


def _imports(path: str, module: str) -> Iterator[str]:
    """Yield the dotted names that a file imports when it runs; names in modules among them."""
    try:
        source = parse(read(path), path)
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
