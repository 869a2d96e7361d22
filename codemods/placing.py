"""The place for a new import of the accessor, and how it is spelt.

Sorted among the imports of its section, after docstring and `__future__`, before the first use,
and below every statement that changed the environment before that use, because an accessor module
may read the environment when it is imported.
"""

import ast
import os
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Source

from .patch import Patch
from .transform import Job

_LINE_LENGTH = 88
_STANDARD, _THIRD_PARTY, _FIRST_PARTY, _LOCAL = range(1, 5)
Name = tuple[str, str | None]

# A comment by which linters let an import stand below code: of every rule, or of E402.
_LATE = re.compile(
    rb"[ \t]*(#[ \t]*noqa(?:[ \t]*:[ \t]*(?:[A-Z0-9]+[, \t]+)*E402(?:[, \t]+[A-Z0-9]+)*)?)"
    rb"[ \t]*[\r\n]*",
    re.IGNORECASE,
)


class Bounds(NamedTuple):
    """Where an import of `module` may stand in the body of a source.

    Attributes:
        module: Dotted name of the accessor.
        limit: Index of the first statement that uses it: the import must be above.
        barrier: Index of the last statement that the import must be below, or -1.
    """

    module: str
    limit: int
    barrier: int


class _Spot(NamedTuple):
    """Where a new import goes.

    Attributes:
        offset: Of the bytes.
        before: Empty lines that it needs above; after: below.
        remark: The comment that it needs, as its neighbours have it.
    """

    offset: int
    before: int = 0
    after: int = 0
    remark: str = ""


def insert(
    job: Job, patch: Patch, bounds: Bounds, names: list[Name], going: Sequence[ast.stmt]
) -> None:
    """Put a new import of `names` into `patch`; the statements `going` go."""
    source = job.source
    newline = _newline_of(source.utf8)
    text = _spelt(bounds.module, names, newline)
    patch.added.append(
        ast.dump(ast.ImportFrom(bounds.module, [ast.alias(*name) for name in names], 0))
    )
    spot = _spot(job, bounds, going)
    if spot is None or not _stands_apart(source, bounds, spot.offset):
        spot = _above_line_of(source, bounds)
    if spot is None:
        # The first use shares its line with what the import must be below.
        start, _ = source.range(source.tree.body[bounds.limit])
        patch.splice(start, start, f"{_spelt(bounds.module, names, '')}; ".encode())
        return
    before, after = newline * spot.before, newline * spot.after
    if spot.remark:
        first, end, rest = text.partition(newline)
        text = f"{first}  {spot.remark}{end}{rest}"
    if spot.offset and source.utf8[spot.offset - 1 : spot.offset] not in (b"\n", b"\r"):
        # The last line of the file has no end.
        patch.splice(spot.offset, spot.offset, f"{newline}{before}{text}".encode())
    else:
        patch.splice(spot.offset, spot.offset, f"{before}{text}{newline}{after}".encode())


def _spot(job: Job, bounds: Bounds, going: Sequence[ast.stmt]) -> _Spot | None:
    """Return the place for a new import in a source that has none of the accessor."""
    body, section = job.source.tree.body, _section(bounds.module, job)
    first = max(_after_prologue(body), bounds.barrier + 1)
    run = _first_run(body, first, bounds.limit)
    if not run:
        return _below_star(job, bounds, section) or _apart(
            job.source, body, min(first, bounds.limit)
        )
    same = [node for node in run if _section_of(node, job) == section and node not in going]
    lower = [node for node in run if _section_of(node, job) < section]
    gone = [node for node in lower if node in going]
    if same:
        return _sorted_among(job.source, bounds, same)
    if lower:
        replaces = lower[-1] in gone and all(node in going for node in lower)
        spaced = _has_spaced_sections(job, run)
        above = [node for node in lower if node not in going] or lower
        offset = _line_end(job.source, (above[-1] if not replaces else lower[-1]))
        if replaces or not spaced:
            return _Spot(offset)
        return _Spot(offset, before=1, after=_lines_until(job.source, body, above[-1]))
    higher = run[0]
    spot = _before(job.source, body, body.index(higher))
    return spot and spot._replace(after=int(_has_spaced_sections(job, run)))


def _below_star(job: Job, bounds: Bounds, section: int) -> _Spot | None:
    """Return the place below the import that ours must be below, if it is an import."""
    body = job.source.tree.body
    above = body[bounds.barrier] if 0 <= bounds.barrier < bounds.limit else None
    if not isinstance(above, ast.ImportFrom):
        return None
    return _Spot(
        _line_end(job.source, above),
        before=int(_section_of(above, job) != section),
        after=_lines_until(job.source, body, above),
    )


def _stands_apart(source: Source, bounds: Bounds, offset: int) -> bool:
    """Say whether an offset parts statements, below all that the import must be below."""
    body = source.tree.body
    above = [node for node in body if source.range(node)[0] < offset]
    lowest = max(_after_prologue(body), bounds.barrier + 1)
    return lowest <= len(above) <= bounds.limit and all(
        _line_end(source, node) <= offset for node in above
    )


def _above_line_of(source: Source, bounds: Bounds) -> _Spot | None:
    """Return the place above the whole line that the first use begins on, if it may go there."""
    body = source.tree.body
    index = min(bounds.limit, len(body) - 1)
    while index and (body[index - 1].end_lineno or 0) >= body[index].lineno:
        index -= 1
    spot = _apart(source, body, index)
    if spot is None or not _stands_apart(source, bounds, spot.offset):
        return None
    if isinstance(body[index], ast.Import | ast.ImportFrom):
        return spot._replace(before=0, after=0)
    return spot


def _after_prologue(body: Sequence[ast.stmt]) -> int:
    """Return the index of the first statement after docstring and `__future__`."""
    first = 0
    for index, node in enumerate(body):
        is_docstring = (
            not index
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_docstring or is_future:
            first = index + 1
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            break
    return first


def _first_run(body: Sequence[ast.stmt], first: int, limit: int) -> list[ast.stmt]:
    """Return the first imports at or after `first` that follow each other, above `limit`."""
    run: list[ast.stmt] = []
    for node in body[first:limit]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            run.append(node)
        elif run:
            break
    return run


def _sorted_among(source: Source, bounds: Bounds, same: Sequence[ast.stmt]) -> _Spot | None:
    body = source.tree.body
    ours = (True, bounds.module.lower())
    keys = [_sort_key(node) for node in same]
    by_name = keys != sorted(keys) and [key[1] for key in keys] == sorted(key[1] for key in keys)
    for position, (node, key) in enumerate(zip(same, keys, strict=True)):
        if key[1] > ours[1] if by_name else key > ours:
            if position:
                # After its neighbour above, so that a comment on `node` stays with it.
                neighbours = same[position - 1 : position + 1]
                return _Spot(_line_end(source, neighbours[0]), remark=_remark(source, neighbours))
            return _before(source, body, body.index(node))
    return _Spot(_line_end(source, same[-1]), remark=_remark(source, same[-2:]))


def _remark(source: Source, nodes: Sequence[ast.stmt]) -> str:
    """Return the comment of imports that stand below code, if all of them have the same."""
    above = source.tree.body[: source.tree.body.index(nodes[0])]
    if all(
        isinstance(node, ast.Import | ast.ImportFrom) for node in above[_after_prologue(above) :]
    ):
        return ""
    rests = [source.utf8[source.range(node)[1] : _line_end(source, node)] for node in nodes]
    found = {match[1] if (match := _LATE.fullmatch(rest)) else b"" for rest in rests}
    return found.pop().decode() if len(found) == 1 else ""


def _sort_key(node: ast.stmt) -> tuple[bool, str]:
    if isinstance(node, ast.ImportFrom):
        return True, (node.module or "").lower()
    return False, node.names[0].name.lower() if isinstance(node, ast.Import) else ""


def _section_of(node: ast.stmt, job: Job) -> int:
    if isinstance(node, ast.ImportFrom):
        return _LOCAL if node.level else _section(node.module or "", job)
    return _section(node.names[0].name, job) if isinstance(node, ast.Import) else _STANDARD


def _section(module: str, job: Job) -> int:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return _STANDARD
    root = job.policy.settings.root
    if root and top:
        for folder in _import_roots(root, job.relative):
            path = os.path.join(folder, top)
            if os.path.isdir(path) or os.path.isfile(path + ".py"):
                return _FIRST_PARTY
    return _THIRD_PARTY


@lru_cache(256)
def _import_roots(root: str, relative: str) -> tuple[str, ...]:
    """The folders that a file may import modules of its project from: no packages, as a module
    in one may have the name of a distribution.
    """
    found = [root, os.path.join(root, "src")]
    folder = os.path.dirname(relative)
    while folder and not folder.startswith(".."):
        path = os.path.join(root, folder)
        if not os.path.exists(os.path.join(path, "__init__.py")):
            found.append(path)
        folder = os.path.dirname(folder)
    return tuple(found)


def _has_spaced_sections(job: Job, run: Sequence[ast.stmt]) -> bool:
    """Say whether sections are set apart by empty lines, as far as the file shows it."""
    for above, below in pairwise(run):
        if _section_of(above, job) != _section_of(below, job):
            between = job.source.utf8[job.source.range(above)[1] : job.source.range(below)[0]]
            return any(not line.strip() for line in re.split(rb"\r\n|\r|\n", between)[1:-1])
    return True


def _before(source: Source, body: Sequence[ast.stmt], index: int) -> _Spot | None:
    """Return the start of a statement's line, or None if another statement begins the line."""
    node = body[index]
    decorators = getattr(node, "decorator_list", None)
    line = (decorators[0] if decorators else node).lineno
    if index and (body[index - 1].end_lineno or 0) >= line:
        return None
    return _Spot(source.line_starts[line - 1])


def _apart(source: Source, body: Sequence[ast.stmt], index: int) -> _Spot | None:
    """Return the place above a statement that is no import, with empty lines around."""
    spot = _before(source, body, index)
    if spot is None:
        return None
    line = source.position(spot.offset)[0]
    touches = index > 0 and body[index - 1].end_lineno == line - 1
    return spot._replace(before=int(touches), after=_empty_lines_above(body[index]))


def _empty_lines_above(node: ast.stmt) -> int:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return 2 if isinstance(node, definitions) else 1


def _lines_until(source: Source, body: Sequence[ast.stmt], above: ast.stmt) -> int:
    """Return the empty lines to add between an import after `above` and what follows at once."""
    position = list(body).index(above) + 1
    if position == len(body) or isinstance(body[position], ast.Import | ast.ImportFrom):
        return 0
    start = source.line_starts[body[position].lineno - 1]
    between = source.utf8[_line_end(source, above) : start]
    return 0 if re.match(rb"[ \t\f]*[\r\n]", between) else _empty_lines_above(body[position])


def _line_end(source: Source, node: ast.stmt) -> int:
    line = node.end_lineno or node.lineno
    start = source.range(node)[1]
    while line < len(source.line_starts):
        rest = source.utf8[start : source.line_starts[line]]
        if b"#" in rest or not rest.rstrip(b"\r\n").endswith(b"\\"):
            # A backslash makes the next line, empty as it may be, a part of this one.
            return source.line_starts[line]
        start, line = source.line_starts[line], line + 1
    return len(source.utf8)


def _newline_of(utf8: bytes) -> str:
    end = utf8.find(b"\n")
    if end < 0:
        return "\r" if b"\r" in utf8 else "\n"
    return "\r\n" if utf8[max(end - 1, 0) : end] == b"\r" else "\n"


def _spelt(module: str, names: Sequence[Name], newline: str) -> str:
    spelt = [name if alias is None else f"{name} as {alias}" for name, alias in names]
    line = f"from {module} import {', '.join(spelt)}"
    if len(line) <= _LINE_LENGTH or not newline:
        return line
    return newline.join([f"from {module} import (", *(f"    {name}," for name in spelt), ")"])
