"""What a loop goes over, and what several names are assigned from, where it is written out."""

import ast
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from hushflake.lint_plugin.analysis import Place

# An element: an expression, or the parts of one that stand apart, as the two of `items()`.
Row = ast.expr | tuple[ast.expr, ...]
_MOST = 200
_DEEP = 40
# Functions whose result has the elements of their argument.
_SAME = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "chain"})


class Tables(Protocol):
    """What knows the expressions behind names."""

    def table(self, node: ast.expr, depth: int) -> ast.expr:
        """Return the expression that a name is bound to, once and for all; others as they are."""
        ...


def rows(tables: Tables, node: ast.expr, depth: int) -> list[Row]:
    """Return the elements of an expression that is looped over; none where they are not known.

    Of too many the last one returned stands for the rest, and is nothing that is known.
    """
    limited = _Limited(tables)
    found = list(islice(_rows(limited, node, depth), _MOST + 1))
    if len(found) > _MOST or limited.left <= 0:
        return [*found[:_MOST], ast.Constant(None)]
    return found


class _Limited:
    """Tables of which so many are looked at: a list of lists of the same list has no end."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.left = _MOST

    def table(self, node: ast.expr, depth: int) -> ast.expr:
        self.left -= 1
        return self._tables.table(node, depth)


def _rows(tables: _Limited, node: ast.expr, depth: int) -> Iterator[Row]:
    if depth > _DEEP:
        tables.left = 0
    if tables.left <= 0:
        return
    node = tables.table(node, depth)
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                if isinstance(part, ast.Starred):
                    yield from _rows(tables, part.value, depth + 1)
                else:
                    yield part
        case ast.Dict(keys=keys):
            yield from (key for key in keys if key is not None)
        case ast.BinOp(op=ast.Add() | ast.BitOr(), left=left, right=right):
            yield from _rows(tables, left, depth + 1)
            yield from _rows(tables, right, depth + 1)
        case ast.Call():
            yield from _rows_of_call(tables, node, depth)


def _rows_of_call(tables: _Limited, call: ast.Call, depth: int) -> Iterator[Row]:
    match call:
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            for row in _rows(tables, inner, depth + 1):
                yield (ast.Constant(0), row) if isinstance(row, ast.AST) else (ast.Constant(0),)
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _SAME:
            yield from _rows(tables, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=inner, attr="keys"), args=[]):
            yield from _rows(tables, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=inner, attr="values" | "items" as what), args=[]):
            found = tables.table(inner, depth)
            if isinstance(found, ast.Dict):
                for key, value in zip(found.keys, found.values, strict=True):
                    if what == "values":
                        yield value
                    elif key is not None:
                        yield key, value


def unpacked(place: Place) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the target that a name is a part of, with what the loop or assignment goes over."""
    child, above = place, place.parent
    while above is not None and isinstance(above.node, ast.Tuple | ast.List | ast.Starred):
        child, above = above, above.parent
    target = child.node
    if above is None or not isinstance(target, ast.expr):
        return
    match above.node:
        case ast.For(target=found, iter=source) | ast.AsyncFor(target=found, iter=source):
            if found is target:
                yield target, source
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() as made:
            for generator in made.generators:
                if generator.target is target:
                    yield target, generator.iter
        case ast.Assign(value=value):
            # `a, b = "A", "B"` goes over one row.
            yield target, ast.List([value])
