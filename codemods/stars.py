"""What a star import brings: another function of the accessor's name would hide it.

Told from the source of the starred module. A module of the project or of the standard library is
read, with those that it stars itself. What another distribution defines, or a module that is not
in the repository, cannot be told: it may bring the name, and hardly ever does.
"""

import ast
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Binding, Index, ParseFailure, parse
from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.settings import Settings

from . import files
from .errors import CodemodFailureError
from .modules import is_import_of
from .transform import Job

_CACHED = 1024


def star_imports(body: Sequence[ast.stmt]) -> Iterator[ast.ImportFrom]:
    """Yield the star imports of a module; they stand in no function."""
    pending: list[ast.AST] = [*reversed(body)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ImportFrom):
            if node.names[0].name == "*":
                yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            pending += [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr)][::-1]


def brings(job: Job, statement: ast.ImportFrom, name: str) -> bool | None:
    """Say whether a star import binds `name` to something else than the accessor's function.

    Returns:
        None where that cannot be told.
    """
    settings = job.policy.settings
    path = os.path.join(settings.root, job.relative)
    pending = [(path, (statement.level, statement.module or ""))]
    seen: set[str] = set()
    is_known = True
    while pending:
        found = _files(*pending.pop(), settings.root)
        if found is None:
            is_known = False
            continue
        for file in set(found) - seen:
            seen.add(file)
            given = _read(file, name, settings)
            if given.defines:
                return True
            is_known = is_known and given.defines is not None
            pending += [(file, star) for star in given.stars]
    return False if is_known else None


def defines(file: str, name: str, settings: Settings) -> bool:
    """Say whether a file binds `name` in its module to something else than the accessor's."""
    return bool(_read(file, name, settings).defines)


class _Given(NamedTuple):
    """Whether a module defines a name itself (None: unknown), and what it stars: pairs of level
    and module.
    """

    defines: bool | None
    stars: tuple[tuple[int, str], ...] = ()


_UNKNOWN = _Given(defines=None)


def _read(file: str, name: str, settings: Settings) -> _Given:
    try:
        status = os.stat(file)
    except OSError:
        return _UNKNOWN
    relative = settings.relative(file)
    version = status.st_mtime_ns, status.st_size
    return _read_version(file, relative, name, settings.accessor, *version)


@lru_cache(_CACHED)
def _read_version(file: str, relative: str, name: str, accessor: str, *_version: int) -> _Given:
    try:
        data = files.read(file)
    except CodemodFailureError:
        return _UNKNOWN
    named = has_word(data, (name.encode(),))
    if not named and b"*" not in data:
        return _Given(defines=False)
    source = parse(data, file)
    if isinstance(source, ParseFailure):
        return _UNKNOWN
    stars = tuple((star.level, star.module or "") for star in star_imports(source.tree.body))
    index = Index(source)
    index.record([name] if named else [])
    bindings = index.root.bindings.get(name, ())
    is_defined = any(not _is_ours(binding, relative, accessor, name) for binding in bindings)
    index.release()
    return _Given(is_defined, stars)


def _is_ours(binding: Binding, relative: str, accessor: str, name: str) -> bool:
    """Say whether a binding is an import of the accessor's function `name`."""
    statement = binding.place.node
    return (
        isinstance(statement, ast.ImportFrom)
        and binding.alias is not None
        and binding.alias.name == name
        and is_import_of(statement, relative, accessor)
    )


def _files(importer: str, star: tuple[int, str], root: str) -> list[str] | None:
    """Return the files that a module may be; None if it is of another distribution."""
    level, module = star
    parts = module.split(".") if module else []
    folder = os.path.dirname(importer)
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return list(_existing(os.path.join(folder, *parts))) or None
    folders = [folder]
    while root and folder != root and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
        folders.append(folder)
    folders.append(os.path.join(root, "src"))
    found = [file for base in folders for file in _existing(os.path.join(base, *parts))]
    if not found and parts[0] in sys.stdlib_module_names:
        # One that is not written in Python holds no name that anybody would give an accessor.
        return list(_existing(os.path.join(sysconfig.get_path("stdlib"), *parts)))
    return found or None


def _existing(path: str) -> Iterator[str]:
    for file in (f"{path}.py", os.path.join(path, "__init__.py")):
        if os.path.isfile(file):
            yield file
