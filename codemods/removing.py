"""Take away imports and statements, and what stays of their lines."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from hushflake.lint_plugin.analysis import Binding, Source

from .patch import Patch
from .reshape_error import ReshapeError
from .spans import without_names
from .transform import Job

# These speak to tools alone.
_DIRECTIVE = re.compile(
    rb"#[ \t]*(?:noqa|type:|pylint:|pyright:|mypy:|isort:|ruff:|fmt:|yapf:|pragma:|nosec|nopep8)",
    re.I,
)


def has_remark(source: Source, statement: ast.stmt) -> bool:
    """Say whether a comment in or after a statement without strings speaks to people."""
    start, end = source.range(statement)
    after = re.match(rb"[ \t\f;]*(#[^\r\n]*)", source.utf8[end : end + 1000])
    comments = re.findall(rb"#[^\r\n]*", source.utf8[start:end])
    comments += [after[1]] if after else []
    return any(not _DIRECTIVE.match(comment) for comment in comments)


class ImportChanges:
    """What becomes of import statements when some of their names go.

    Attributes:
        whole: Statements that go whole.
        shorter: The others, each with the names that go. Who changes one of these otherwise
            takes it out.
    """

    def __init__(self) -> None:
        self.whole: list[ast.stmt] = []
        self.shorter: list[tuple[ast.Import | ast.ImportFrom, list[ast.alias]]] = []

    def take(self, statement: ast.stmt) -> list[ast.alias]:
        """Return the names that go from a statement, and leave their removal to the caller."""
        for position, (other, names) in enumerate(self.shorter):
            if other is statement:
                del self.shorter[position]
                return names
        if statement in self.whole and isinstance(statement, ast.Import | ast.ImportFrom):
            self.whole.remove(statement)
            return list(statement.names)
        return []

    def shorten(self, job: Job, patch: Patch) -> None:
        """Put the shorter statements into `patch`."""
        for statement, gone in self.shorter:
            _shorten(job, patch, statement, gone)


def import_changes(job: Job, bindings: Iterable[Binding]) -> ImportChanges:
    """Sort the imported names that go by their statements.

    A statement with a comment stays: what it says would be lost.
    """
    changes = ImportChanges()
    by_statement: dict[int, list[Binding]] = {}
    for binding in bindings:
        by_statement.setdefault(id(binding.place.node), []).append(binding)
    for group in by_statement.values():
        statement = group[0].place.node
        if isinstance(statement, ast.Import | ast.ImportFrom):
            gone = [binding.alias for binding in group if binding.alias is not None]
            if len(gone) == len(statement.names):
                if not has_remark(job.source, statement):
                    changes.whole.append(statement)
            else:
                changes.shorter.append((statement, gone))
    return changes


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
    patch.splice(start, end, text.encode("utf-8"))
    kept = {(alias.name, alias.asname) for alias in statement.names if alias not in gone}
    expect_import(patch, statement, kept)


def expect_import(
    patch: Patch, statement: ast.Import | ast.ImportFrom, names: set[tuple[str, str | None]]
) -> None:
    """Expect that an import statement has just these names now."""

    def has_names(new: ast.AST, _same: object) -> bool:
        return (
            isinstance(new, ast.Import | ast.ImportFrom)
            and type(new) is type(statement)
            and getattr(new, "module", None) == getattr(statement, "module", None)
            and getattr(new, "level", None) == getattr(statement, "level", None)
            and {(alias.name, alias.asname) for alias in new.names} == names
        )

    patch.expected[id(statement)] = has_names


def block_of(job: Job, statement: ast.stmt) -> list[ast.stmt]:
    """Return the list of statements that a visited statement stands in."""
    place = job.index.place(statement)
    above = place.parent.node if place and place.parent else job.source.tree
    for field in ("body", "orelse", "finalbody"):
        block = getattr(above, field, None)
        if isinstance(block, list) and statement in block:
            return block
    return []


def remove_statements(job: Job, patch: Patch, statements: Sequence[ast.stmt]) -> None:
    """Take statements away; a block that would be left empty gets a `pass`."""
    going = {id(statement) for statement in statements}
    blocks = {id(block): block for block in (block_of(job, node) for node in statements) if block}
    for block in blocks.values():
        gone = [node for node in block if id(node) in going]
        first = next((node for node in block if id(node) not in going), None)
        if first is None and block is not job.source.tree.body:
            _replace_by_pass(job, patch, gone.pop(0))
        elif block[0] is gone[0] and _is_string(first):
            # The string would become a docstring.
            statement = gone.pop(0)
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                _replace_by_pass(job, patch, statement)
        for run in _runs(gone):
            _remove_run(job, patch, run, block)


def _is_string(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _replace_by_pass(job: Job, patch: Patch, statement: ast.stmt) -> None:
    patch.removed.add(id(statement))
    patch.splice(*job.source.range(statement), b"pass")
    patch.added.append(ast.dump(ast.Pass()))


def _runs(statements: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Yield the statements in order, those together that share lines."""
    run: list[ast.stmt] = []
    for statement in statements:
        if run and run[-1].end_lineno != statement.lineno:
            yield run
            run = []
        run.append(statement)
    if run:
        yield run


def _remove_run(job: Job, patch: Patch, run: Sequence[ast.stmt], block: Sequence[ast.stmt]) -> None:
    """Take statements away with their lines, if they have the lines for themselves."""
    source = job.source
    start, end = source.range(run[0])[0], source.range(run[-1])[1]
    position = list(block).index(run[0])
    above = block[position - 1] if position else None
    position = list(block).index(run[-1]) + 1
    below = block[position] if position < len(block) else None
    first, last = run[0].lineno - 1, run[-1].end_lineno or run[-1].lineno
    if below is not None and below.lineno == last:
        patch.splice(start, source.range(below)[0], b"")
    elif source.utf8[source.line_starts[first] : start].strip(b" \t\f"):
        # Something stands before it on its line: `x = 1; import os`, or `def f(): import os`.
        if above is None or above.end_lineno != run[0].lineno:
            return
        patch.splice(source.range(above)[1], end, b"")
    else:
        _remove_lines(job, patch, first, last)
    patch.removed.update(map(id, run))


def _remove_lines(job: Job, patch: Patch, first: int, last: int) -> None:
    """Take the lines `first` to `last` (from 0, half open) away, but for their comments."""
    source = job.source
    starts = [*source.line_starts, len(source.utf8)]
    start, end = starts[first], starts[min(last, len(starts) - 1)]
    comments = list(_remarks(source.text(start, end)))
    if comments:
        lines = source.utf8[start:end].splitlines(keepends=True)
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(b" \t\f"))]
        newline = lines[0][len(lines[0].rstrip(b"\r\n")) :]
        kept = [indent + comment.encode("utf-8") + newline for comment in comments]
        patch.splice(start, end, b"".join(kept))
        return
    first, last = _with_empty_lines(job, patch, first, last)
    patch.splice(starts[first], starts[min(last, len(starts) - 1)], b"")


def _remarks(text: str) -> Iterator[str]:
    """Yield the comments in some lines that speak to people."""
    if "#" not in text:
        return
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type == tokenize.COMMENT and not _DIRECTIVE.match(token.string.encode()):
                yield token.string


def _with_empty_lines(job: Job, patch: Patch, first: int, last: int) -> tuple[int, int]:
    """Widen the lines `first` to `last` (from 0, half open) by empty lines that part nothing."""
    source, gone = job.source, job.gone_lines
    starts = [*source.line_starts, len(source.utf8)]
    lines = len(starts) - 1
    # Where an import comes instead, the lines part it as they parted the old one.
    inserted = {splice.start for splice in patch.splices if splice.start == splice.end}
    replaced = inserted & {starts[first], starts[min(last, lines)]}
    above, empty_above = first - 1, 0
    while above >= 0 and (above in gone or _is_empty(source, above)):
        empty_above += above not in gone
        above -= 1
    below = last
    while below < lines and _is_empty(source, below):
        below += 1
    gone.update(range(first, last))
    # The last statement of a block takes the lines along that set it apart from the others.
    closes_block = below == last < lines and _indent(source, last) < _indent(source, first)
    if replaced or (below == last and not closes_block):
        return first, last
    opens_block = not empty_above and (above < 0 or _opens_block(source, above))
    if not closes_block and (opens_block or 0 < below - last <= empty_above):
        gone.update(range(last, below))
        return first, below
    if empty_above and not gone.intersection(range(first - empty_above, first)):
        gone.update(range(first - empty_above, first))
        return first - empty_above, last
    return first, last


def _is_empty(source: Source, line: int) -> bool:
    starts = [*source.line_starts, len(source.utf8)]
    return not source.utf8[starts[line] : starts[line + 1]].strip(b" \t\f\r\n")


def _indent(source: Source, line: int) -> int:
    starts = [*source.line_starts, len(source.utf8)]
    text = source.utf8[starts[line] : starts[line + 1]]
    return len(text) - len(text.lstrip(b" \t\f"))


def _opens_block(source: Source, line: int) -> bool:
    starts = [*source.line_starts, len(source.utf8)]
    return source.utf8[starts[line] : starts[line + 1]].rstrip().endswith(b":")
