"""Where a value goes within its scope: through names and strings into output.

Only what carries the value itself is followed. `len(token)`, `token is None`, `mask(token)` and
`token[:4]` tell something about a value and end the way.
"""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from .analysis import Index, Place
from .analysis.templates import is_field, is_string_of_parts
from .node_names import name_of


class Leak(NamedTuple):
    """A place where a value reaches output.

    Attributes:
        node: The expression that carries the value there.
        sink: What puts it out, in words.
    """

    node: ast.expr
    sink: str


# Functions that put out what they are given, and the words for it.
_PRINTERS = {
    "print": "printed",
    "pprint": "printed",
    "pp": "printed",
    "echo": "printed",
    "secho": "printed",
    "warn": "put into a warning",
}
_LOG_METHODS = {
    *("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"),
    *("success", "trace", "notice", "msg"),
}
_STREAMS = {"stdout", "stderr"}
# What makes text or a container of a value, which then holds it as it is.
_CARRIERS = {
    *("str", "repr", "ascii", "format", "dict", "list", "tuple", "set", "sorted", "dumps"),
    *("pformat", "join", "quote", "quote_plus", "fstring", "SecretStr", "bytes", "copy", "items"),
    *("values", "deepcopy", "ChainMap", "OrderedDict", "MappingProxyType"),
}
_METHODS = {
    *("strip", "lstrip", "rstrip", "lower", "upper", "encode", "decode", "format", "replace"),
    *("copy", "items", "values", "removeprefix", "removesuffix", "title", "join", "reveal"),
    *("get_secret_value",),
}
_FURTHEST = 50


def leaks(index: Index, start: ast.AST, dumpers: frozenset[str] = frozenset()) -> Iterator[Leak]:
    """Yield where the value of an expression is put out.

    Args:
        index: The names of the file.
        start: The expression; visited already, as every recorded name is.
        dumpers: Functions that count as output here, such as `dumps`.
    """
    yield from reaches(index, start, partial(_sink, dumpers=dumpers))


def reaches(index: Index, start: ast.AST, sink: Callable[[Place, ast.AST], str]) -> Iterator[Leak]:
    """Yield where the value of an expression comes to one of some sinks.

    Args:
        index: The names of the file.
        start: The expression; visited already.
        sink: Says of a node and a part of it what the node is in words, "" if it is no sink.
    """
    pending: list[ast.AST] = [start]
    seen: set[int] = set()
    while pending and len(seen) < _FURTHEST:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        place = index.place(node)
        if place is not None:
            for found in _climb(place, sink):
                if isinstance(found, Leak):
                    yield found
                else:
                    pending.extend(_uses(index, found))


def _climb(place: Place, sink_of: Callable[[Place, ast.AST], str]) -> Iterator[Leak | Place]:
    """Yield the sink that an expression reaches, and the places of names that it is bound to."""
    child, above = place, place.parent
    while above is not None:
        sink = sink_of(above, child.node)
        if sink and isinstance(place.node, ast.expr):
            yield Leak(place.node, sink)
        yield from _targets(above, child.node)
        if sink or not _holds(above.node, child.node):
            return
        child, above = above, above.parent


def _holds(node: ast.AST, inner: ast.AST) -> bool:
    """Say whether an expression's value holds that of a part of it."""
    match node:
        case ast.Call():
            return _carries(node, inner)
        case ast.comprehension(iter=source):
            return inner is source
        case ast.IfExp(test=test):
            return inner is not test
        case ast.Dict(keys=keys):
            return inner not in keys
        case ast.BinOp(op=ast.Add() | ast.Mod() | ast.BitOr()):
            return True
        case ast.Attribute(attr=name):
            return name in _METHODS
        case (
            ast.FormattedValue() | ast.JoinedStr() | ast.Tuple() | ast.List() | ast.Set()
            | ast.Starred() | ast.BoolOp() | ast.Await() | ast.keyword() | ast.DictComp()
            | ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.NamedExpr()
        ):  # fmt: skip
            return True
    return is_field(node) or is_string_of_parts(node)


def _carries(call: ast.Call, inner: ast.AST) -> bool:
    if inner is call.func:
        return isinstance(inner, ast.Attribute) and inner.attr in _METHODS
    return name_of(call.func) in _CARRIERS


def _sink(place: Place, inner: ast.AST, dumpers: frozenset[str]) -> str:
    """Return what a node does with a part of it if it puts that out."""
    node = place.node
    if isinstance(node, ast.Raise):
        return "put into an exception" if inner is node.exc else ""
    if not isinstance(node, ast.Call) or inner is node.func:
        return ""
    name, receiver = name_of(node.func), _receiver(node.func)
    if name in _PRINTERS and "template" not in receiver.lower():
        return _PRINTERS[name]
    if name in _LOG_METHODS and ("log" in receiver.lower() or receiver == "console"):
        return "logged"
    if name in ("write", "writelines") and receiver in _STREAMS:
        return "printed"
    if name in dumpers:
        return "dumped"
    above = place.parent.node if place.parent else None
    raised = isinstance(above, ast.Raise) and above.exc is node
    return "put into an exception" if raised else ""


def _receiver(function: ast.expr) -> str:
    """Return the name of what a method is called on: `log` of `self.log.info`."""
    if not isinstance(function, ast.Attribute):
        return ""
    value = function.value
    return name_of(value.func if isinstance(value, ast.Call) else value)


def _targets(place: Place, inner: ast.AST) -> Iterator[Place]:
    """Yield the names and attributes that a statement binds the value of a part of it to."""
    targets: list[ast.expr] = []
    match place.node:
        case ast.Assign(targets=several, value=value) if inner is value:
            targets = several
        case ast.AnnAssign(target=target, value=value) if inner is value:
            targets = [target]
        case ast.NamedExpr(target=target, value=value) if inner is value:
            targets = [target]
        case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
            # Of a pair the second is the value: `for key, value in os.environ.items()`.
            is_pair = isinstance(target, ast.Tuple) and len(target.elts) == 2
            targets = [target.elts[1] if is_pair else target] if inner is source else []  # type: ignore[attr-defined]
    for each in targets:
        if isinstance(each, ast.Name | ast.Attribute):
            yield Place(each, place, place.scope)


def _uses(index: Index, target: Place) -> Iterator[ast.AST]:
    """Yield the reads of a name, or of an attribute of a name, that a value was bound to."""
    node = target.node
    base = node
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name):
        return
    # Most attributes that a value is bound to stand in the file only there.
    if node is not base and index.source.utf8.count(_last(node).encode()) < 2:
        return
    index.record([base.id])
    bound_in = target.scope.find(base.id)
    for place in list(index.occurrences.get(base.id, ())):
        if isinstance(node, ast.Name):
            loads = isinstance(place.node, ast.Name) and isinstance(place.node.ctx, ast.Load)
            if loads and place.scope.find(base.id) is bound_in:
                yield place.node
        elif place.scope.find(base.id) is bound_in or _is_self(place, target, base.id):
            yield from _same_attribute(place, node)


def _is_self(place: Place, target: Place, name: str) -> bool:
    """Say whether two methods of one class speak of the same `self`."""
    ours, theirs = target.scope.parent, place.scope.parent
    return name in ("self", "cls") and ours is not None and ours is theirs


def _same_attribute(place: Place, wanted: ast.AST) -> Iterator[ast.AST]:
    above = place.parent
    text = _dotted(wanted)
    while above is not None and isinstance(above.node, ast.Attribute):
        if above.node.attr == _last(wanted) and _dotted(above.node) == text:
            if isinstance(above.node.ctx, ast.Load):
                yield above.node
            return
        above = above.parent


def _last(node: ast.AST) -> str:
    """Return the last name of an attribute chain."""
    return node.attr if isinstance(node, ast.Attribute) else ""


def _dotted(node: ast.AST) -> str:
    """Return an attribute chain on a name as text."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([*parts, node.id if isinstance(node, ast.Name) else ast.unparse(node)])
