"""The modules that the accessor itself imports: they cannot import it back while it loads."""

import ast
import os
from collections.abc import Iterator, Sequence

from hushflake.lint_plugin.analysis import ParseFailure, parse

_BASES = ("", "src/")
# How far below the root an import root is looked for.
_DEPTH = 3


def before_accessor(root: str, accessor: str) -> frozenset[str]:
    """Return the files, relative to `root` with `/`, that run while the accessor is imported.

    Followed are the imports outside of functions, through modules below `root` or `root/src`.
    The packages around the accessor are among them only if something of them is imported from
    there: else they may import from it. The import root is `root`, `root/src`, or the folder not
    far below that holds the accessor.
    """
    bases = _bases(root, accessor)
    start = _file_of(root, accessor, bases)
    if not start:
        return frozenset()
    own = {_file_of(root, package, bases) for package in _packages(accessor)}
    found: set[str] = set()
    pending = [(start, accessor)]
    while pending:
        path, module = pending.pop()
        for name in _imports(os.path.join(root, path), module):
            # `from pkg import VERSION` needs what runs in pkg/__init__.py, which is not done yet.
            package = name.rpartition(".")[0]
            is_value = bool(package) and not _is_module(root, name, bases)
            for reached in (*_packages(name), name):
                file = _file_of(root, reached, bases)
                needed = file not in own or (is_value and reached == package)
                if file and file != start and file not in found and needed:
                    found.add(file)
                    pending.append((file, reached))
    return frozenset(found)


def _packages(module: str) -> list[str]:
    """Return the packages around a module: `a` and `a.b` for `a.b.c`."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _bases(root: str, accessor: str) -> tuple[str, ...]:
    """Return the folders below `root`, with `/` at the end, that modules are looked for in."""
    if _file_of(root, accessor):
        return _BASES
    found = []
    pending = [("", 0)]
    while pending:
        base, depth = pending.pop()
        if base and _file_of(root, accessor, (base,)):
            found.append(base)
        try:
            with os.scandir(os.path.join(root, base)) as entries:
                folders = [
                    entry.name
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False)
                    and entry.name.isidentifier() | ("-" in entry.name)
                    and entry.name not in ("node_modules", "site-packages", "venv")
                    and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
                ]
        except OSError:
            continue
        if depth < _DEPTH:
            pending += [(f"{base}{folder}/", depth + 1) for folder in folders]
    return (*_BASES, *sorted(found))


def _is_module(root: str, module: str, bases: Sequence[str]) -> bool:
    path = module.replace(".", "/")
    return bool(_file_of(root, module, bases)) or any(
        os.path.isdir(os.path.join(root, base, path)) for base in bases
    )


def _file_of(root: str, module: str, bases: Sequence[str] = _BASES) -> str:
    """Return the file of a module relative to `root`, or nothing if it is none of the project's."""
    path = module.replace(".", "/")
    for base in bases:
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
