"""The nodes on some lines of a source, told from where words stand in its bytes."""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .blocks import children
from .index import Index


class Standing(NamedTuple):
    """A node and those around it, innermost first."""

    node: ast.AST
    around: tuple[ast.AST, ...]


def offsets(data: bytes, words: Iterable[bytes]) -> list[int]:
    """Return where some words stand in a source, found by what is far faster than a pattern."""
    found: list[int] = []
    for word in words:
        at = data.find(word)
        while at >= 0:
            found.append(at)
            at = data.find(word, at + len(word))
    return found


def standing_at(index: Index, at: Iterable[int]) -> Iterator[Standing]:
    """Yield the nodes on the lines of some offsets of the source, outer before inner."""
    starts = index.source.line_starts
    lines = sorted({bisect_right(starts, offset) for offset in at})
    if not lines:
        return
    stack: list[Standing] = [Standing(index.source.tree, ())]
    while stack:
        here = stack.pop()
        yield here
        # Deep nesting would make the rows long: what is far outside is asked for by nobody.
        around = (here.node, *here.around[:3])
        below = [child for child in children(here.node) if _spans(child, lines)]
        stack.extend(Standing(child, around) for child in reversed(below))


def _spans(node: ast.AST, lines: Sequence[int]) -> bool:
    start = getattr(node, "lineno", None)
    if start is None:
        return True
    for decorator in getattr(node, "decorator_list", ()):
        start = min(start, decorator.lineno)
    at = bisect_left(lines, start)
    return at < len(lines) and lines[at] <= (getattr(node, "end_lineno", None) or start)
