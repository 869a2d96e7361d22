"""Calls that other imports must not run before: the import of the accessor stays below them.

By principle: an import of the accessor runs all that the accessor imports. A call for its effect
that stands above further imports stands there on purpose, as style guides want all imports first:
`matplotlib.use("Agg")`, `django.setup()`, `gi.require_version(…)`. So does a call that is known
to change what an import does. The libraries that replace parts of the standard library
(`monkey.patch_all()`) break what was imported before, so nothing may be put above them at all.
"""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.analysis import Place

from .transform import Job

# Libraries that replace sockets, locks and threads, by the modules with their functions.
# https://www.gevent.org/api/gevent.monkey.html, https://eventlet.readthedocs.io/en/latest/patching.html
_PATCHERS = {
    "gevent": ("gevent.monkey.patch_",),
    "eventlet": ("eventlet.monkey_patch", "eventlet.patcher.monkey_patch"),
    "psycogreen": ("psycogreen.gevent.patch_psycopg", "psycogreen.eventlet.make_psycopg_green"),
}
# What changes how later imports go, also where none follows yet.
_KNOWN = (
    *("warnings.filterwarnings", "warnings.simplefilter", "warnings.resetwarnings"),
    *("matplotlib.use", "multiprocessing.set_start_method", "multiprocess.set_start_method"),
    *("torch.multiprocessing.set_start_method", "multiprocessing.set_forkserver_preload"),
    # Put themselves in the place of a module, or hook imports.
    *("pymysql.install_as_MySQLdb", "truststore.inject_into_ssl", "pyximport.install"),
    *("typeguard.install_import_hook", "jaxtyping.install_import_hook", "gi.require_version"),
    *("beartype.claw.beartype_this_package", "beartype.claw.beartype_package"),
    # Set up what modules use while they are imported.
    *("django.setup", "os.chdir", "locale.setlocale", "uvloop.install", "nest_asyncio.apply"),
    *("newrelic.agent.initialize", "ddtrace.patch_all", "ddtrace.patch", "elasticapm.instrument"),
)
_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in _KNOWN)
# Where modules are looked for has rules of its own; see `search_path`.
_PATHS = ("sys.path.", "sys.meta_path.", "sys.path_hooks.", "sys.modules.", "site.")
_IMPORTS = (ast.Import, ast.ImportFrom)
_NOT_RUN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def patches(job: Job) -> Iterator[tuple[ast.AST, Place]]:
    """Yield where a library that replaces parts of the standard library is told to do so."""
    for library, functions in _PATCHERS.items():
        if library.encode() in job.source.utf8:
            for use in job.index.uses(library):
                if use.origin.startswith(functions):
                    yield use.node, use.place


def last_effect(job: Job, limit: int) -> int:
    """Return the index of the last statement above `limit` that must run first.

    Returns:
        -1 if there is none.
    """
    is_followed = False
    for position in reversed(range(limit)):
        node = job.source.tree.body[position]
        if isinstance(node, _IMPORTS):
            is_followed = True
        elif any(_must_run_first(job, effect, is_followed) for effect in _effects(node)):
            return position
    return -1


def _effects(node: ast.stmt) -> Iterator[ast.Call | ast.Attribute | ast.Subscript]:
    """Yield the calls for their effect in a statement, and what it sets in other objects;
    functions and classes are left out.
    """
    pending: list[ast.AST] = [node]
    while pending:
        inner = pending.pop()
        if isinstance(inner, ast.Expr):
            if isinstance(inner.value, ast.Call):
                yield inner.value
        elif isinstance(inner, ast.Assign):
            yield from (
                one for one in inner.targets if isinstance(one, ast.Attribute | ast.Subscript)
            )
        elif isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(
            inner, _NOT_RUN
        ):
            pending.extend(
                child for child in ast.iter_child_nodes(inner) if not isinstance(child, ast.expr)
            )


def _must_run_first(
    job: Job, effect: ast.Call | ast.Attribute | ast.Subscript, is_followed: bool
) -> bool:
    if not isinstance(effect, ast.Call):
        # `matplotlib.rcParams["backend"] = "Agg"` above an import, of a module that is imported.
        return is_followed and bool(_module_of(job, effect))
    name = getattr(effect.func, "attr", getattr(effect.func, "id", ""))
    if not is_followed and name not in _LAST_NAMES:
        return False
    origin = job.index.resolve(effect.func) or ""
    return origin in _KNOWN or (is_followed and not origin.startswith(_PATHS))


def _module_of(job: Job, target: ast.expr) -> str:
    """Return the module in which something is set; "" for any other object, and for the path."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    origin = (job.index.resolve(target) if isinstance(target, ast.Name) else None) or ""
    return "" if origin in ("sys", "site", "os") else origin
