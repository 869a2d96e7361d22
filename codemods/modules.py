"""Where the modules of a project are: dotted names to files, without importing anything."""

import ast
import os
from collections.abc import Sequence

from hushflake.lint_plugin.analysis import Index, Source, parse
from hushflake.lint_plugin.reading import is_inside, is_virtual_environment, read

_BASES = ("", "src/")
# How far below the root an import root is looked for.
_DEPTH = 3


def packages(module: str) -> list[str]:
    """Return the packages around a module: `a` and `a.b` for `a.b.c`."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def is_import_of(statement: ast.ImportFrom, relative: str, module: str) -> bool:
    """Say whether a from-import is of `module`, by its full name or as seen from a file.

    The file may be imported from any folder above it: `backend/app/main.py` as `app.main`.

    Args:
        statement: The import.
        relative: The file that it stands in, as seen from the root, with `/`.
        module: Dotted name.
    """
    if not statement.level:
        return statement.module == module
    folders = relative.split("/")[:-1]
    if statement.level > len(folders) or ".." in folders:
        return False
    above = folders[: len(folders) - statement.level + 1]
    found = [*above, *(statement.module.split(".") if statement.module else [])]
    wanted = module.split(".")
    return found[-len(wanted) :] == wanted


def import_roots(root: str, accessor: str) -> tuple[str, ...]:
    """Return the folders below `root`, with `/` at the end, that modules are looked for in.

    These are `root` itself (as `""`), `src`, and what else not far below holds the accessor.
    """
    if file_of(root, accessor):
        return _BASES
    found = []
    pending = [("", 0)]
    while pending:
        base, depth = pending.pop()
        if base and file_of(root, accessor, (base,)):
            found.append(base)
        try:
            with os.scandir(os.path.join(root, base)) as entries:
                folders = [entry.name for entry in entries if _may_hold_modules(entry)]
        except OSError:
            continue
        if depth < _DEPTH:
            pending += [(f"{base}{folder}/", depth + 1) for folder in folders]
    return (*_BASES, *sorted(found))


def _may_hold_modules(entry: "os.DirEntry[str]") -> bool:
    return (
        entry.is_dir(follow_symlinks=False)
        and entry.name.isidentifier() | ("-" in entry.name)
        and entry.name not in ("node_modules", "site-packages", "venv")
        and not is_virtual_environment(entry.path)
    )


def is_module(root: str, module: str, bases: Sequence[str]) -> bool:
    """Say whether a dotted name is a module or a package of the project."""
    path = module.replace(".", "/")
    return bool(file_of(root, module, bases)) or any(
        os.path.isdir(os.path.join(root, base, path)) for base in bases
    )


def binds_name(root: str, module: str, name: str) -> bool:
    """Say whether a module of the project imports or defines a name at its top."""
    file = file_of(root, module, import_roots(root, module))
    try:
        source = parse(read(os.path.join(root, file)), file) if file else None
    except OSError:
        return False
    if not isinstance(source, Source):
        return False
    index = Index(source)
    index.record([name])
    found = name in index.root.bindings
    index.release()
    return found


def file_of(root: str, module: str, bases: Sequence[str] = _BASES) -> str:
    """Return the file of a module relative to `root`, or nothing if it is none of the project's."""
    path = module.replace(".", "/")
    for base in bases:
        for file in (f"{base}{path}.py", f"{base}{path}/__init__.py"):
            found = os.path.join(root, file)
            if os.path.isfile(found) and is_inside(found, root):
                return file
    return ""
