"""Reads that decide whether the environment gets a key: `if not os.getenv(k): os.environ[k] = …`.

Such code feeds what libraries and child processes read, and asks whether that is needed. The
accessor would answer for its other sources as well: a key that a store holds would then never
reach the environment.
"""

import ast
from collections.abc import Iterator, Sequence

from .forms import FEEDING, Access
from .index import Index
from .scopes import Place

_STORES = frozenset({"store", "setdefault", "update", "putenv"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def mark_feeding(index: Index, found: Sequence[Access]) -> None:
    """Give those of the reads that feed the environment their reason."""
    stores = [access for access in found if access.form in _STORES]
    reads = [access for access in found if access.is_read and access.key_node is not None]
    if not stores or not reads:
        return
    by_key: dict[str, list[Access]] = {}
    for read in reads:
        if read.key_node is not None:
            by_key.setdefault(ast.dump(read.key_node), []).append(read)
    for store in stores:
        asked = [read for key in _keys(index, store) for read in by_key.get(ast.dump(key), ())]
        if asked and _mark(index, asked, list(_tests(index, store))):
            _mark_guarded(index, asked, store)


def _mark(index: Index, reads: Sequence[Access], tests: Sequence[ast.AST]) -> bool:
    """Mark the reads that decide; say whether there are any."""
    inside = {id(node) for test in tests for node in ast.walk(test)}
    names = {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}
    deciding = [
        read
        for read in reads
        if id(read.node) in inside or names.intersection(_bound_to(index, read))
    ]
    for read in deciding:
        read.reason = read.reason or FEEDING
    return bool(deciding)


def _mark_guarded(index: Index, reads: Sequence[Access], store: Access) -> None:
    """Mark the reads beside the change: what was asked whether it is there is then taken.

    `if "K" in os.environ: os.environ["K"] = os.environ["K"].strip()` is about one variable.
    """
    place = index.place(store.node)
    while place is not None and not isinstance(place.node, (ast.If, ast.Try, *_FUNCTIONS)):
        place = place.parent
    if place is None or isinstance(place.node, _FUNCTIONS):
        return
    inside = {id(node) for node in ast.walk(place.node)}
    for read in reads:
        if id(read.node) in inside:
            read.reason = read.reason or FEEDING


def _keys(index: Index, store: Access) -> Iterator[ast.expr]:
    """Yield the keys that a change of the environment sets."""
    if store.key_node is not None and store.form != "update":
        yield store.key_node
        return
    place = index.place(store.node)
    call = store.node
    if store.form == "putenv" and place and place.parent:
        call = place.parent.node
    if not isinstance(call, ast.Call):
        return
    if store.form == "putenv":
        yield from call.args[:1]
        return
    for argument in call.args:
        if isinstance(argument, ast.Dict):
            yield from (key for key in argument.keys if key is not None)
    yield from (ast.Constant(word.arg) for word in call.keywords if word.arg)


def _bound_to(index: Index, read: Access) -> Iterator[str]:
    """Yield the names that a read's value is bound to."""
    above = index.place(read.node)
    while above is not None:
        node = above.node
        if isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name):
            yield node.target.id
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        if isinstance(node, ast.stmt):
            return
        above = above.parent


def _tests(index: Index, store: Access) -> Iterator[ast.AST]:
    """Yield what decides, within its function, whether a place is reached."""
    child = index.place(store.node)
    above = child.parent if child else None
    while child is not None and above is not None and not isinstance(child.node, _FUNCTIONS):
        yield from _deciding(above, child)
        if isinstance(child.node, ast.stmt):
            yield from _exits_above(above.node, child.node)
        child, above = above, above.parent


def _deciding(above: Place, child: Place) -> Iterator[ast.AST]:
    """Yield what a node asks before it comes to one of its parts."""
    node, inner = above.node, child.node
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if inner is not test:
            yield test
        case ast.BoolOp(values=values) if inner in values:
            yield from values[: values.index(inner)]
        case ast.Match(subject=subject) if inner is not subject:
            yield subject
        case ast.Try(body=body) if isinstance(inner, ast.ExceptHandler):
            yield from body


def _exits_above(above: ast.AST, statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the tests of `if …: return` that stand before a statement in its block."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(above, field, None)
        if isinstance(block, list) and statement in block:
            for node in block[: block.index(statement)]:
                if isinstance(node, ast.If) and isinstance(node.body[-1], _ENDS):
                    yield node.test
