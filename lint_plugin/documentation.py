"""Which literals are documentation: what a program shows of itself, and what shows how to use it.

Besides comments and docstrings that is text bound to a name that says so: `EXAMPLES = ...`,
`help="..."`, `{"description": "..."}`. An address or a key in it illustrates.
"""

import ast
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from .analysis.blocks import children
from .credentials.names import split
from .node_names import name_of

WORDS = {
    *("help", "helps", "usage", "example", "examples", "documentation", "docstring"),
    *("description", "desc", "longdesc", "epilog", "synopsis", "readme", "hint", "tooltip"),
}


class Documented:
    """The lines of one statement that are documentation, or bound to a name that says so.

    A statement is read once: a table of thousands of values is asked about each of them.
    """

    def __init__(self, statement: ast.stmt) -> None:
        """Look at a statement; of a compound one at its head, for what is in it is asked itself."""
        spans = []
        stack: list[ast.AST] = [statement]
        match statement:
            case ast.Expr(value=ast.Constant(value=str())):
                spans.append((statement.lineno, statement.end_lineno or statement.lineno))
        while stack:
            node = stack.pop()
            for name, value in _bound(node):
                if _is_called_so(name):
                    spans.append((value.lineno, value.end_lineno or value.lineno))
            stack.extend(
                child
                for child in children(node)
                if not isinstance(child, ast.stmt | ast.ExceptHandler)
            )
        spans.sort()
        self._starts = [start for start, _ in spans]
        # The last line of all that begin up to there.
        self._ends = list(accumulate((end for _, end in spans), max))

    def __contains__(self, line: int) -> bool:
        at = bisect_right(self._starts, line) - 1
        return at >= 0 and line <= self._ends[at]


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield name_of(target), value
                if isinstance(target, ast.Subscript):
                    yield name_of(target.value), value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield name_of(target), value
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield name_of(key), value


def _is_called_so(name: str) -> bool:
    # `RETURN` is what a module of Ansible calls its description of the result.
    return name == "RETURN" or not WORDS.isdisjoint(split(name))
