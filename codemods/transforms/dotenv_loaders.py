"""Drop what loads .env files into the environment, where nothing is left for it to load.

While a .env file feeds the process, its loader stays: see `feeding`.
https://github.com/theskumar/python-dotenv
"""

import ast
import os
from collections.abc import Sequence

from hushflake.lint_plugin.analysis import Binding, Use
from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.settings import Policy

from ..dotenv_paths import assigned, names_looked_for
from ..patch import Patch, Record
from ..removing import import_changes, remove_statements
from ..transform import Job, Transform
from ..unused import unused_bindings

_LOADERS = frozenset({"load_dotenv", "find_dotenv"})
# What a path to a .env file is made with; calling these changes nothing.
_FINDERS = frozenset(
    {
        *("find_dotenv", "Path", "PurePath", "str", "join", "dirname", "abspath", "realpath"),
        *("normpath", "expanduser", "resolve", "absolute", "joinpath", "with_name", "cwd"),
        *("getcwd", "home", "get", "getenv", "get_config_value"),
    }
)
_TELLERS = frozenset({"print", "debug", "info", "warning", "warn"})
_REASONS = {
    "dotenv_values": "dotenv-values",
    "get_key": "dotenv-file",
    "set_key": "dotenv-file",
    "unset_key": "dotenv-file",
}


class DotenvLoaders(Transform):
    """`load_dotenv()` and `find_dotenv()` statements go, and their imports with them."""

    summary = "load_dotenv() and find_dotenv() go with their imports, if they load nothing any more"
    order = 10

    def may_apply(self, data: bytes, _policy: Policy) -> bool:
        return has_word(data, (b"dotenv",))

    def patch(self, job: Job) -> Patch:
        """Remove loader statements, and record why the other uses are left."""
        patch = Patch()
        uses = [use for use in job.index.uses("dotenv") if isinstance(_function(use), str)]
        statements: dict[int, ast.stmt] = {}
        gone: list[Use] = []
        for use in uses:
            statement, reason = _judge(job, use)
            if statement is not None:
                statements[id(statement)] = statement
                gone.append(use)
                patch.records.append(_record(job, use, "rewritten", ""))
            elif reason:
                patch.records.append(_record(job, use, "left", reason))
        if gone:
            _remove(job, patch, list(statements.values()), gone)
        return patch


def _function(use: Use) -> str | None:
    """Return which function of python-dotenv a use is; None for other names of it."""
    name = use.origin.rpartition(".")[2]
    return name if name in _LOADERS or name in _REASONS else None


def _judge(job: Job, use: Use) -> tuple[ast.stmt | None, str]:
    """Return the statement that can go, or why it cannot."""
    name = _function(use) or ""
    place = job.index.place(use.node)
    above = place.parent if place else None
    if job.policy.is_accessor(job.relative):
        return None, "accessor"
    if above is None or not isinstance(above.node, ast.Call) or above.node.func is not use.node:
        return None, "value"
    if name in _REASONS:
        return None, _REASONS[name]
    if any(keyword.arg == "stream" for keyword in above.node.keywords):
        return None, "dotenv-stream"
    # `load_dotenv(find_dotenv())`: the inner call goes with the outer one.
    outer = above.parent
    if name == "find_dotenv" and outer is not None:
        call = outer.parent if isinstance(outer.node, ast.keyword) else outer
        if call is not None and isinstance(call.node, ast.Call):
            for other in job.index.uses("dotenv"):
                if other.node is call.node.func:
                    return _judge(job, other)
    if outer is not None and isinstance(outer.node, ast.Expr):
        if not _only_finds(job, above.node):
            return None, "dotenv-arguments"
        reason = _reason_to_stay(job, above.node)
        return (None, reason) if reason else (outer.node, "")
    return None, "value-used"


def _reason_to_stay(job: Job, loader: ast.Call) -> str:
    path = os.path.join(job.policy.settings.root, job.relative)
    return job.feeding.reason_to_stay(path, names_looked_for(job, loader))


def _only_finds(job: Job, loader: ast.Call) -> bool:
    """Say whether the arguments of a loader do nothing but tell where the project's file is."""
    arguments = [*loader.args, *(keyword.value for keyword in loader.keywords)]
    seen: set[str] = set()
    pending: list[ast.AST] = list(arguments)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            called = job.index.resolve(node.func) or str(called)
            if called.rpartition(".")[2] not in _FINDERS:
                return False
        if isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            values = assigned(job, node)
            if values is None:
                return False
            pending += values
        pending.extend(ast.iter_child_nodes(node))
    return True


def _record(job: Job, use: Use, action: str, reason: str) -> Record:
    return Record(job.source.range(use.node)[0], _function(use) or "", None, action, reason)


def _remove(job: Job, patch: Patch, statements: Sequence[ast.stmt], gone: Sequence[Use]) -> None:
    consumed = {id(use.place.node) for use in gone}
    guards, statements = _guards(job, statements, consumed)
    bindings: list[Binding] = []
    seen: set[tuple[int, str]] = set()
    for use in gone:
        node = use.place.node
        scope = use.place.scope.find(node.id) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Name) and scope is not None and (id(scope), node.id) not in seen:
            seen.add((id(scope), node.id))
            bindings += unused_bindings(job, node.id, scope, consumed)
    inside = {id(node) for guard in guards for node in guard.body}
    changes = import_changes(job, (b for b in bindings if id(b.place.node) not in inside))
    remove_statements(job, patch, [*changes.whole, *guards, *statements])
    changes.shorten(job, patch)


def _guards(
    job: Job, statements: Sequence[ast.stmt], consumed: set[int]
) -> tuple[list[ast.Try], list[ast.stmt]]:
    """Find the `try: from dotenv import …; load_dotenv()  except ImportError: pass` that go whole.

    Returns:
        These, and the statements that do not stand in one.
    """
    guards: list[ast.Try] = []
    others: list[ast.stmt] = []
    going = {id(statement) for statement in statements}
    for statement in statements:
        place = job.index.place(statement)
        above = place.parent.node if place and place.parent else None
        if isinstance(above, ast.Try) and _is_guard(job, above, going, consumed):
            if above not in guards:
                guards.append(above)
        else:
            others.append(statement)
    return guards, others


def _is_guard(job: Job, node: ast.Try, going: set[int], consumed: set[int]) -> bool:
    if node.orelse or node.finalbody:
        return False
    for statement in node.body:
        imports = isinstance(statement, ast.ImportFrom) and statement.module == "dotenv"
        imports |= isinstance(statement, ast.Import) and [n.name for n in statement.names] == [
            "dotenv"
        ]
        if not imports and id(statement) not in going:
            return False
    bound = [
        alias.asname or alias.name
        for s in node.body
        if isinstance(s, ast.Import | ast.ImportFrom)
        for alias in s.names
    ]
    for name in bound:
        job.index.record([name])
        for place in job.index.occurrences.get(name, ()):
            if id(place.node) not in consumed:
                return False
    return all(_only_tells(part) for handler in node.handlers for part in handler.body)


def _only_tells(statement: ast.stmt) -> bool:
    """Say whether a statement does nothing, or says in fixed words that the loader is missing."""
    if isinstance(statement, ast.Pass):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call.keywords:
        return False
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return called in _TELLERS and all(isinstance(part, ast.Constant) for part in call.args)
