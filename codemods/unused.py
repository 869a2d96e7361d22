"""Which imports nothing needs any more. What may use a name in any other way than by name, does."""

import ast
import re
from collections.abc import Sequence

from hushflake.lint_plugin.analysis import Binding, Index, Scope, Source, scopes_meant
from hushflake.lint_plugin.analysis.respelt import normal, normal_text

from .transform import Job

# On an import, these say that it is there for others.
_KEPT = re.compile(
    rb"(?<![^\r\n])[^#\r\n]*+#[^\r\n]*(?:noqa(?![^\r\n]*:)|noqa\s*:[^\r\n]*\bF401|unused-import)",
    re.I,
)
_DOCTEST = re.compile(r"^[ \t]*(?:>>>|\.\.\.).*", re.MULTILINE)


def unused_bindings(job: Job, name: str, scope: Scope, consumed: set[int]) -> list[Binding]:
    """Return the imports that bind `name` in `scope`, if nothing needs the name any more.

    Args:
        job: The source.
        name: The bound name.
        scope: Where it is bound.
        consumed: Name nodes (by id) that the rewrite takes away.
    """
    index, bindings = job.index, scope.bindings.get(name, [])
    imports = [binding for binding in bindings if binding.alias is not None]
    if not imports or len(imports) != len(bindings):
        return []
    if not all(_may_go(job.source, binding, name) for binding in imports):
        return []
    is_shared = scope.kind == "module"
    if is_shared and (name in job.taken or job.relative.endswith("__init__.py")):
        return []
    for place in index.occurrences.get(name, ()):
        if id(place.node) not in consumed and scope in scopes_meant(place, name):
            return []
    if _runs_text_with_our_names(index) or _is_mentioned(index, name):
        return []
    if is_shared:
        job.lost.add(name)
    return imports


def runs_text(index: Index, functions: Sequence[str] = ("exec", "eval", "compile")) -> bool:
    """Say whether a source calls what may use any name from within a string."""
    index.record(functions)
    return any(index.occurrences.get(function) for function in functions)


def _runs_text_with_our_names(index: Index) -> bool:
    """Say whether a source runs text that may use its names: `exec` without a namespace of its own.

    `exec(code, namespace)` finds what is in that dictionary alone; where the source asks for its
    own names as a dictionary, they may be in there.
    """
    if not runs_text(index):
        return False
    own = ("globals", "locals", "vars")
    if runs_text(index, ("compile", *own)) or b"__dict__" in index.source.utf8:
        return True
    places = [place for name in ("exec", "eval") for place in index.occurrences.get(name, ())]
    calls = [(place, place.parent.node if place.parent else None) for place in places]
    return not all(
        isinstance(call, ast.Call)
        and call.func is place.node
        and len(call.args) > 1
        and not any(isinstance(argument, ast.Starred) for argument in call.args)
        and not (isinstance(call.args[1], ast.Constant) and call.args[1].value is None)
        for place, call in calls
    )


def _may_go(source: Source, binding: Binding, name: str) -> bool:
    """Say whether an import stands plainly in a module or function, and for itself."""
    statement, above = binding.place.node, binding.place.parent
    if above is None or not isinstance(
        above.node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef
    ):
        return False
    if binding.alias is not None and binding.alias.asname == binding.alias.name:
        # `import os as os` is how a stub or package re-exports.
        return False
    if (
        isinstance(statement, ast.Import)
        and binding.alias is not None
        and "." in binding.alias.name
    ):
        # `import os.path` also loads a module.
        return False
    if name in binding.place.scope.declared_global | binding.place.scope.declared_nonlocal:
        return False
    start, end = source.range(statement)
    line_end = re.compile(rb"[^\r\n]*").match(source.utf8, end)
    return not _KEPT.search(source.utf8[start : line_end.end() if line_end else end])


def _is_mentioned(index: Index, name: str) -> bool:
    """Say whether a string or type comment uses `name` as code."""
    if any(name in scope.declared_global | scope.declared_nonlocal for scope in index.scopes()):
        return True
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    type_comment = re.compile(
        rb"#[ \t]*type:[^\r\n]*(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)"
    )
    if type_comment.search(normal(index.source.utf8)):
        return True
    texts = {str(getattr(place.node, "value", "")) for place in index.strings.values()}
    for text in map(normal_text, texts):
        if not word.search(text):
            continue
        if any(word.search(line.group()) for line in _DOCTEST.finditer(text)):
            return True
        if len(text) < 1000 and _reads_as_code(text, name):
            return True
    return False


def _reads_as_code(text: str, name: str) -> bool:
    """Say whether a string is `name` itself, as in `__all__`, or an expression that uses it."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name:
            return True
        # An annotation may be quoted within a quoted one.
        inner = node.value if isinstance(node, ast.Constant) else None
        if isinstance(inner, str) and name in inner and _reads_as_code(inner, name):
            return True
    return False
