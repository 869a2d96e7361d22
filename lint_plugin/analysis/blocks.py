"""How a tree hangs together: the children of a node, and which of them stand in another scope."""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from .scopes import ScopeKind

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, *_COMPREHENSIONS)
# What holds no name and has no position: the contexts of names, operators, and plain values.
_BARE = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "arg",
        "kind",
        "type_comment",
        "level",
        "simple",
        "conversion",
    }
)
_fields: dict[type[ast.AST], tuple[str, ...]] = {}


# Statements and elements: in the order of their lines. In long lists the first is searched for.
_ORDERED = frozenset(
    {"body", "orelse", "finalbody", "elts", "args", "kwonlyargs", "defaults", "keywords"}
)
_LONG = 8


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node in order, as `ast.iter_child_nodes` does, in half the time.

    Contexts and operators are left out.
    """
    for name in _fields_of(type(node)):
        value = getattr(node, name, None)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item
        elif isinstance(value, ast.AST):
            yield value


class Sought(NamedTuple):
    """What is looked for in a source.

    Attributes:
        positions: Offsets, in order.
        lines: The line of each, from 1.
        starts: Where each line begins.
    """

    positions: Sequence[int]
    lines: Sequence[int]
    starts: Sequence[int]


def near(node: ast.AST, sought: Sought, low: int, high: int) -> Iterator[ast.AST]:
    """Yield those children of a node that may hold one of some positions.

    Args:
        node: The node.
        sought: The positions.
        low: The first of them that counts.
        high: The first after it that does not.
    """
    first, last = sought.lines[low], sought.lines[high - 1]
    for name in _fields_of(type(node)):
        value = getattr(node, name, None)
        if isinstance(value, list):
            is_ordered = name in _ORDERED
            if is_ordered and len(value) > _LONG:
                if (high - low) * _LONG < len(value):
                    yield from _apart(value, sought, low, high)
                    continue
                value = value[bisect_left(value, first, key=_end_line) :]
            for item in value:
                line = getattr(item, "lineno", None)
                if line is None:
                    if isinstance(item, ast.AST):
                        yield item
                elif line > last and not getattr(item, "decorator_list", None):
                    if is_ordered:
                        break
                elif item.end_lineno >= first:
                    yield item
        elif isinstance(value, ast.AST):
            yield value


def _apart(nodes: Sequence[Any], sought: Sought, low: int, high: int) -> Iterator[ast.AST]:
    """Yield those of many nodes, in the order of their places, that hold one of a few positions."""
    starts = sought.starts

    def end(node: Any) -> int:
        offset: int = starts[node.end_lineno - 1] + node.end_col_offset
        return offset

    at = 0
    for number in range(low, high):
        at = bisect_right(nodes, sought.positions[number], at, key=end)
        if at == len(nodes):
            return
        # It may hold the next positions too, or begin behind this one: who asks looks closer.
        yield nodes[at]
        at += 1


_end_line = attrgetter("end_lineno")


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    names = _fields.get(kind)
    if names is None:
        names = _fields[kind] = tuple(name for name in kind._fields if name not in _BARE)
    return names


def kind_of(node: ast.AST) -> ScopeKind:
    """Return what kind of scope a node opens."""
    if isinstance(node, ast.ClassDef):
        return "class"
    return "comprehension" if isinstance(node, _COMPREHENSIONS) else "function"


def parts(
    below: Iterable[ast.AST], inside: Callable[[ast.AST], Iterable[ast.AST]] = children
) -> Iterator[ast.AST]:
    """Yield the children of a scope; what has no position of its own gives its own children.

    Args:
        below: The children.
        inside: Returns those of what has no position.
    """
    for child in below:
        if isinstance(child, ast.arguments | ast.comprehension):
            yield from inside(child)
        else:
            yield child


def evaluated_outside(node: ast.AST) -> set[int]:
    """Return the parts of a scope that are evaluated in the scope around it."""
    outside: list[ast.AST | None] = []
    if isinstance(node, _COMPREHENSIONS):
        outside.append(node.generators[0].iter)
    if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
        outside += [*node.args.defaults, *node.args.kw_defaults]
    if isinstance(node, _FUNCTIONS):
        outside += [*node.decorator_list, node.returns]
    if isinstance(node, ast.ClassDef):
        outside += [*node.decorator_list, *node.bases, *node.keywords]
    return {id(part) for part in outside if part is not None}


def specs(node: ast.JoinedStr) -> Iterator[ast.AST]:
    """Yield the format specifications in an f-string, nested ones too."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and isinstance(part.format_spec, ast.JoinedStr):
            yield part.format_spec
            yield from specs(part.format_spec)
