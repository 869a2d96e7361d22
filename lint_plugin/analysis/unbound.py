"""Reads through a name that may have no value there: Python raises NameError, an accessor does not.

A name has none before its only binding (`print(env["A"]); env = os.environ`), past a binding that
may not have run (`if x: import os`), and after `del`. What a function reads through a name of its
module is not asked, unless somebody deletes the name: when it is called nobody can say.
"""

import ast
from collections.abc import Iterator, Sequence

from .forms import Access
from .index import Index
from .scopes import Binding, Place, Scope, scopes_meant

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)
_NEVER = 1 << 60  # a line after all others
# How a statement binds a name that it spells out.
_STATED = ("import", "assign", "definition")


def mark_unbound(index: Index, found: Sequence[Access]) -> None:
    """Give those of the accesses through a name that may be unbound their reason."""
    known: dict[tuple[int, str], _Bound] = {}
    for access in found:
        if not access.reason and access.form != "import" and _may_be_unbound(index, access, known):
            access.reason = "unbound"


def _may_be_unbound(index: Index, access: Access, known: dict[tuple[int, str], "_Bound"]) -> bool:
    place = access.place
    if not isinstance(place.node, ast.Name):
        return False
    name, scopes = place.node.id, scopes_meant(place, place.node.id)
    if len(scopes) != 1 or scopes[0].kind == "class":
        return False
    scope = scopes[0]
    bound = known.get((id(scope), name))
    if bound is None:
        bound = known[id(scope), name] = _Bound(index, name, scope)
    at_once = _runs_in(place, scope)
    if bound.is_deleted and not (at_once and bound.before_deletions(place)):
        return True
    # A function inside one is made where it stands, so it runs later than that.
    is_asked = at_once or scope.kind == "function"
    return is_asked and bound.is_known and not bound.before(place)


def _runs_in(place: Place, scope: Scope) -> bool:
    """Say whether a place runs when the block of a scope does, and not in a function of it."""
    inner: Scope | None = place.scope
    while inner is not None and inner is not scope:
        if inner.kind not in ("class", "comprehension"):
            return False
        inner = inner.parent
    return True


def _deletions(index: Index, name: str, scope: Scope) -> Iterator[Place]:
    for place in index.occurrences.get(name, ()):
        is_deleted = isinstance(getattr(place.node, "ctx", None), ast.Del)
        if is_deleted and scope in scopes_meant(place, name):
            yield place


class _Bound:
    """What binds and deletes a name in its scope, and what those statements stand in."""

    def __init__(self, index: Index, name: str, scope: Scope) -> None:
        bindings: list[Binding] = scope.bindings[name]
        self.bindings = bindings
        deletions = list(_deletions(index, name, scope))
        self.is_deleted = bool(deletions)
        self.first_deletion = min((_start(one.node) for one in deletions), default=(0, 0))
        # Loops with a deletion in them: what stands in one may run after it.
        self.loops = {
            id(above.node)
            for one in deletions
            for above in _above(one)
            if isinstance(above.node, _LOOPS)
        }
        self.is_known = all(b.kind in _STATED and b.place.scope is scope for b in bindings)
        self.statements = {id(binding.place.statement().node) for binding in bindings}
        self.around = {id(above.node) for binding in bindings for above in _above(binding.place)}
        # Where the first statement ends that stands in no other one and binds the name.
        self.first_end = min(
            (
                _end(statement.node)
                for statement in (binding.place.statement() for binding in bindings)
                if statement.parent and isinstance(statement.parent.node, _SCOPES)
            ),
            default=(_NEVER, 0),
        )
        # Node -> where each of its blocks ends -> where the first statement of it ends that has
        # bound the name when it has been passed.
        self.bound: dict[int, dict[tuple[int, int], tuple[int, int]]] = {}
        seen: set[int] = set()
        for binding in bindings:
            for above in _above(binding.place):
                if above.parent is not None and id(above.node) not in seen:
                    seen.add(id(above.node))
                    self._note(above.parent.node, above.node)

    def _note(self, above: ast.AST, node: ast.AST) -> None:
        block = next((block for block in _blocks(above) if node in block), None)
        if block is not None and self._binds(node):
            ends = self.bound.setdefault(id(above), {})
            end = _end(block[-1])
            ends[end] = min(_end(node), ends.get(end, _end(node)))

    def before_deletions(self, place: Place) -> bool:
        """Say whether a place always runs before the name is deleted."""
        if any(id(above.node) in self.loops for above in _above(place)):
            return False
        return _start(place.node) < self.first_deletion

    def before(self, place: Place) -> bool:
        """Say whether the name has been bound whenever a place of the same scope is reached."""
        if self.first_end <= _start(place.node):
            return True  # As nearly always; and a place may be nested thousands deep.
        for inner in _above(place):
            if id(inner.node) in self.statements and self._within(inner.node, place):
                return True
            here = _start(inner.node)
            ends = self.bound.get(id(inner.parent.node), {}) if inner.parent else {}
            # In the same block, and above.
            if any(first <= here <= end for end, first in ends.items()):
                return True
        return False

    def _within(self, statement: ast.AST, place: Place) -> bool:
        """Say whether one statement binds and then reads: `if (env := os.environ) and env["A"]`."""
        return any(
            isinstance(binding.place.parent and binding.place.parent.node, ast.NamedExpr)
            and binding.place.statement().node is statement
            and _start(binding.place.node) < _start(place.node)
            for binding in self.bindings
        )

    def _any(self, block: Sequence[ast.AST]) -> bool:
        return any(id(node) in self.around and self._binds(node) for node in block)

    def _settles(self, block: Sequence[ast.AST]) -> bool:
        """Say whether who passes a block has the name, or never comes to what follows."""
        return self._any(block) or (bool(block) and isinstance(block[-1], _ENDS))

    def _binds(self, node: ast.AST) -> bool:
        """Say whether a statement has bound the name when it has been passed."""
        if id(node) in self.statements:
            return True
        match node:
            case ast.If(test=ast.Constant(value=value), body=body) if value:
                return self._any(body)
            case ast.If(body=body, orelse=orelse):
                return self._settles(body) and self._settles(orelse)
            case ast.With(body=body) | ast.AsyncWith(body=body):
                return self._any(body[:1])
            case ast.Try() | ast.TryStar():
                handled = all(self._settles(handler.body) for handler in node.handlers)
                tried = self._any(node.body[:1]) or (handled and self._any(node.body))
                return tried or self._any(node.finalbody)
        return False


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.AST]]:
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block


def _above(place: Place) -> Iterator[Place]:
    above: Place | None = place
    while above is not None:
        yield above
        above = above.parent


def _start(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)
