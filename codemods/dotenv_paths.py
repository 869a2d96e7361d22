"""Which files a loader of .env files looks for, as far as its arguments say."""

import ast
import os

from hushflake.lint_plugin.analysis import scopes_meant

from .transform import Job

# Functions that look the name of the file up somewhere else.
_LOOKUPS = frozenset({"get", "getenv", "get_config_value"})
# Where a loader takes the path of its file: `load_dotenv(dotenv_path)`, `find_dotenv(filename)`.
_PATH_ARGUMENTS = frozenset({"dotenv_path", "filename"})


def names_looked_for(job: Job, loader: ast.Call) -> set[str] | None:
    """Return what the files that a loader looks for are called.

    Nothing for a loader without a path: it searches upward from its own file. None if it cannot
    be known.
    """
    pending = [node for node in _paths(loader) if not _is_none(node)]
    if not pending:
        return set()
    names: set[str] = set()
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, ast.IfExp | ast.JoinedStr) or (
            # `Path(…).parents[1]` is a folder; of anything else the part is not known.
            isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") != "parents"
        ):
            return None
        if isinstance(node, ast.Call):
            called = job.index.resolve(node.func) or ""
            name = called.rpartition(".")[2] or getattr(node.func, "attr", "")
            if name in _LOOKUPS:
                return None
            if name == "find_dotenv":
                names |= {".env"} if not _paths(node) else set()
                pending += _paths(node)
                continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(os.path.basename(node.value.rstrip("/")))
        if isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            pending += assigned(job, node) or ()
        pending += [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
    return _names_of_files(names)


def _names_of_files(names: set[str]) -> set[str] | None:
    """Of the last parts of all texts in a path, return those of files; None without any."""
    found = {name for name in names if "env" in name}
    return found or None


def _paths(loader: ast.Call) -> list[ast.expr]:
    named = [word.value for word in loader.keywords if word.arg in _PATH_ARGUMENTS]
    return [*loader.args[:1], *named]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def assigned(job: Job, name: ast.Name) -> list[ast.expr] | None:
    """Return what is assigned to a name; None if it is one of many, or a caller's."""
    job.index.record([name.id])
    place = job.index.place(name)
    values: list[ast.expr] = []
    for scope in scopes_meant(place, name.id) if place else ():
        for binding in scope.bindings[name.id]:
            if binding.alias is not None or binding.kind == "definition":
                continue
            if binding.value is None:
                return None
            values.append(binding.value)
    return values
