"""Where a module changes the search path for modules: the accessor may be in a new place of it."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from hushflake.lint_plugin.analysis import Place, Scope, scopes_meant

from .modules import file_of, import_roots
from .transform import Job

_PATHS = ("sys.path", "sys.meta_path", "sys.path_hooks", "sys.modules")
_PATH_METHODS = frozenset({"append", "extend", "insert", "remove", "pop", "clear", "update"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def path_changes(job: Job) -> tuple[list[int], list[int]]:
    """Return the offsets of the changes that run when the module is imported.

    Returns:
        Of the changes that stand in no function; and of what may call, at import, the functions
        with a change in them. None if the accessor is our own, installed: it is found anyway.
    """
    if is_installed(job):
        return [], []
    return run_at_import(job, _changes(job))


def run_at_import(job: Job, places: Iterable[tuple[ast.AST, Place]]) -> tuple[list[int], list[int]]:
    """Return the offsets at which some places run when the module is imported.

    Returns:
        Of the places that stand in no function; and of what may call, at import, the functions
        that the others stand in.
    """
    at_once, names = [], set()
    for node, place in places:
        if at_import(place):
            at_once.append(job.source.range(node)[0])
        elif name := _outermost(place):
            names.add(name)
    return at_once, list(_calls(job, names))


def _calls(job: Job, names: Iterable[str]) -> Iterator[int]:
    """Yield where a module names at import its functions of these names, or one that names them."""
    index = job.index
    pending, seen = list(names), set(names)
    while pending:
        name = pending.pop()
        index.record([name])
        for at in index.occurrences.get(name, ()):
            if index.root not in scopes_meant(at, name):
                continue
            if at_import(at):
                yield job.source.range(at.node)[0]
            elif (caller := _outermost(at)) and caller not in seen:
                seen.add(caller)
                pending.append(caller)


def _outermost(place: Place) -> str:
    """Return the name of the function or class of the module that a place stands in."""
    name, above = "", place.parent
    while above is not None:
        if isinstance(above.node, _DEFINITIONS):
            name = above.node.name
        above = above.parent
    return name


def is_installed(job: Job) -> bool:
    """Say whether the accessor is our own, and no module of the project has its name."""
    return _is_installed(job.policy.settings.root, job.policy.settings.accessor)


@lru_cache(8)
def _is_installed(root: str, accessor: str) -> bool:
    is_ours = accessor.partition(".")[0] == "hushflake"
    return is_ours and not (root and file_of(root, accessor, import_roots(root, accessor)))


def _changes(job: Job) -> Iterator[tuple[ast.AST, Place]]:
    """Yield what changes where modules are looked for, anywhere in the file."""
    utf8 = job.source.utf8
    if b"addsitedir" in utf8:
        for use in job.index.uses("site"):
            if use.origin == "site.addsitedir":
                yield use.node, use.place
    if b"sys" not in utf8 or not (b"path" in utf8 or b"modules" in utf8):
        return
    for binding in job.index.imports("sys"):
        if binding.origin in _PATHS and binding.alias is not None:
            # `from sys import path; path += […]` binds the name again: take each use for a change.
            name = binding.alias.asname or binding.alias.name
            job.index.record([name])
            for at in job.index.occurrences.get(name, ()):
                yield at.node, at
    for use in job.index.uses("sys"):
        place = job.index.place(use.node)
        above = place.parent.node if place and place.parent else None
        owner, _, method = use.origin.rpartition(".")
        is_change = (
            isinstance(above, ast.Call) and owner in _PATHS and method in _PATH_METHODS
        ) or (
            use.origin in _PATHS
            and any(
                isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
                for node in (use.node, above)
            )
        )
        if is_change:
            yield use.node, use.place


def at_import(place: Place) -> bool:
    """Say whether what stands at a place runs when its module is imported: in no function."""
    scope: Scope | None = place.scope
    while scope is not None:
        if scope.kind == "function":
            return False
        scope = scope.parent
    return True
