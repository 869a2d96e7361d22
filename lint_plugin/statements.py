"""Which statements stand around a line."""

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence


class Owners:
    """The innermost statement of every line of a tree, and what it stands in.

    A chain of thousands of `elif` is as many statements, each inside of the one before.
    """

    def __init__(self, tree: ast.Module, lines: int) -> None:
        """Look at every statement once."""
        self._statements: list[ast.stmt] = []
        self._parents: list[int] = []
        self._by_line = [-1] * (lines + 2)
        pending = [(statement, -1) for statement in tree.body]
        while pending:
            # The last of a block comes first, so that of two on one line the first one owns it.
            statement, parent = pending.pop()
            number = len(self._statements)
            self._statements.append(statement)
            self._parents.append(parent)
            first, last = first_line(statement), statement.end_lineno or statement.lineno
            self._by_line[first : last + 1] = [number] * (last + 1 - first)
            pending += [(inner, number) for inner in blocks(statement)]

    def path_to(self, line: int) -> list[ast.stmt]:
        """Return the statements around a line, outermost first."""
        number = self._by_line[line] if 0 <= line < len(self._by_line) else -1
        found = []
        while number >= 0:
            found.append(self._statements[number])
            number = self._parents[number]
        found.reverse()
        return found


def first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def spanning(body: list[ast.stmt], line: int) -> ast.stmt | None:
    # Statements of a block stand in order; several may share a line.
    index = bisect_left(body, line, key=lambda node: node.end_lineno or node.lineno)
    if index < len(body) and first_line(body[index]) <= line:
        return body[index]
    return None


def blocks(node: ast.stmt) -> list[ast.stmt]:
    """Return the statements below a statement, in order."""
    inner: list[ast.stmt] = []
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for item in getattr(node, name, None) or ():
            if isinstance(item, ast.stmt):
                inner.append(item)
            elif isinstance(item, (ast.ExceptHandler, ast.match_case)):
                inner.extend(item.body)
    return inner


def on_line(body: Sequence[ast.stmt], line: int) -> Iterator[ast.stmt]:
    """Yield the statements of a block that span a line: several may share it."""
    index = bisect_left(body, line, key=lambda node: node.end_lineno or node.lineno)
    while index < len(body) and first_line(body[index]) <= line:
        yield body[index]
        index += 1
