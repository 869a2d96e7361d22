"""Which literals are documentation: what a program shows of itself, and what shows how to use it.

Besides comments and docstrings that is text bound to a name that says so: `EXAMPLES = ...`,
`help="..."`, `{"description": "..."}`. An address or a key in it illustrates.
"""

import ast
from collections.abc import Iterator

from .analysis.blocks import children
from .credentials.names import split
from .node_names import name_of

WORDS = {
    *("help", "helps", "usage", "example", "examples", "documentation", "docstring"),
    *("description", "desc", "longdesc", "epilog", "synopsis", "readme", "hint", "tooltip"),
}


def is_documentation(statement: ast.stmt, line: int) -> bool:
    """Say whether what stands on a line of a statement is documentation, or bound to its name."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        for name, value in _bound(node):
            if _spans(value, line) and _is_called_so(name):
                return True
        # Of a compound statement only the head, for what is in it is asked for itself.
        stack.extend(
            child
            for child in children(node)
            if not isinstance(child, ast.stmt | ast.ExceptHandler) and _spans(child, line)
        )
    return False


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
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


def _spans(node: ast.AST, line: int) -> bool:
    start, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return start is None or (start <= line and (end is None or line <= end))
