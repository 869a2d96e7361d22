"""Take away imports whose names nothing uses any more, and what stays of their lines."""

import ast
import re
from collections.abc import Iterable, Sequence

from hushflake.lint_plugin.analysis import Binding, Index, Scope, Source

from .patch import Patch
from .spans import ReshapeError, without_names
from .transform import Job

# On an import, these say that it is there for others.
_KEPT = re.compile(rb"#[^\r\n]*(?:noqa(?![^\r\n]*:)|noqa\s*:[^\r\n]*\bF401|unused-import)", re.I)
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
    for place in index.occurrences.get(name, ()):
        if id(place.node) not in consumed and place.scope.find(name) is scope:
            return []
    if _is_mentioned(index, name):
        return []
    return imports


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
    if type_comment.search(index.source.utf8):
        return True
    for text in index.strings:
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
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def remove_bindings(job: Job, patch: Patch, bindings: Iterable[Binding]) -> list[ast.stmt]:
    """Take imported names out of their statements; return the statements that go whole."""
    by_statement: dict[int, list[Binding]] = {}
    for binding in bindings:
        by_statement.setdefault(id(binding.place.node), []).append(binding)
    whole: list[ast.stmt] = []
    for group in by_statement.values():
        statement = group[0].place.node
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        gone = [binding.alias for binding in group if binding.alias is not None]
        if len(gone) == len(statement.names):
            parent = group[0].place.parent
            block = getattr(parent.node, "body", []) if parent else []
            if len(block) > 1:
                whole.append(statement)
        else:
            _shorten(job, patch, statement, gone)
    return whole


def _shorten(
    job: Job, patch: Patch, statement: ast.Import | ast.ImportFrom, gone: Sequence[ast.alias]
) -> None:
    start, end = job.source.range(statement)
    pairs = [(alias.name, alias.asname) for alias in gone]
    try:
        text = without_names(job.source.text(start, end), pairs)
    except ReshapeError:
        # An unused name stays; that is untidy and harmless.
        return
    job.touched.add(id(statement))
    patch.splice(start, end, text.encode("utf-8"))
    kept = [(alias.name, alias.asname) for alias in statement.names if alias not in gone]

    def is_shorter(new: ast.AST, _same: object) -> bool:
        return (
            type(new) is type(statement)
            and getattr(new, "module", None) == getattr(statement, "module", None)
            and getattr(new, "level", None) == getattr(statement, "level", None)
            and [(alias.name, alias.asname) for alias in getattr(new, "names", ())] == kept
        )

    patch.expected[id(statement)] = is_shorter


def remove_statement(
    job: Job, patch: Patch, statement: ast.stmt, block: Sequence[ast.stmt]
) -> None:
    """Take a statement away with its line, if it has the line for itself."""
    source = job.source
    patch.removed.add(id(statement))
    start, end = source.range(statement)
    position = list(block).index(statement)
    above = block[position - 1] if position else None
    below = block[position + 1] if position + 1 < len(block) else None
    if below is not None and below.lineno == statement.end_lineno:
        patch.splice(start, source.range(below)[0], b"")
        return
    line_start = source.line_starts[statement.lineno - 1]
    if source.utf8[line_start:start].strip(b" \t\f"):
        # Something stands before it on its line: `x = 1; import os`, or `def f(): import os`.
        if above is not None and above.end_lineno == statement.lineno:
            patch.splice(source.range(above)[1], end, b"")
        else:
            patch.removed.discard(id(statement))
        return
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    first, last = _with_empty_lines(job, patch, first, last)
    starts = [*source.line_starts, len(source.utf8)]
    patch.splice(starts[first], starts[min(last, len(starts) - 1)], b"")


def _with_empty_lines(job: Job, patch: Patch, first: int, last: int) -> tuple[int, int]:
    """Widen the lines `first` to `last` (from 0, half open) by empty lines that part nothing."""
    source = job.source
    starts = [*source.line_starts, len(source.utf8)]
    # Where an import comes instead, the lines part it as they parted the old one.
    inserted = {splice.start for splice in patch.splices if splice.start == splice.end}
    if inserted & {starts[first], starts[min(last, len(starts) - 1)]}:
        return first, last
    above = first
    while above > 0 and _is_empty(source, above - 1) and above - 1 not in job.gone_lines:
        above -= 1
    below = last
    while below < len(starts) - 1 and _is_empty(source, below):
        below += 1
    job.gone_lines.update(range(first, last))
    opens = above == 0 or (above == first and _opens_block(source, above - 1))
    if opens and above == first:
        job.gone_lines.update(range(last, below))
        return first, below
    if first > above and below > last:
        if below - last <= first - above:
            job.gone_lines.update(range(last, below))
            return first, below
        job.gone_lines.update(range(above, first))
        return above, last
    return first, last


def _is_empty(source: Source, line: int) -> bool:
    starts = [*source.line_starts, len(source.utf8)]
    return not source.utf8[starts[line] : starts[line + 1]].strip(b" \t\f\r\n")


def _opens_block(source: Source, line: int) -> bool:
    starts = [*source.line_starts, len(source.utf8)]
    return source.utf8[starts[line] : starts[line + 1]].rstrip().endswith(b":")
