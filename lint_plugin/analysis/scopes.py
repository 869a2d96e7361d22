"""Scopes and what is bound in them, by the rules of the Python reference, section 4.2.2.

Only names somebody asked for are recorded (`Index`), so a scope here may be emptier than in the
program; of the recorded names it holds every binding.
"""

import ast
from typing import Literal

ScopeKind = Literal["module", "class", "function", "comprehension"]
BindingKind = Literal["import", "assign", "parameter", "definition", "target", "except", "match"]


class Place:
    """A visited node, what it stands in, and the scope that its names are looked up in."""

    __slots__ = ("node", "parent", "scope")

    def __init__(self, node: ast.AST, parent: "Place | None", scope: "Scope") -> None:
        self.node = node
        self.parent = parent
        self.scope = scope

    def statement(self) -> "Place":
        """Return the place of the innermost statement around this node."""
        place = self
        while not isinstance(place.node, ast.stmt) and place.parent is not None:
            place = place.parent
        return place


class Binding:
    """One way in which a name gets a value.

    Attributes:
        kind: How.
        place: Where; of an import the statement.
        alias: Of an import, which of its names.
        origin: Of an absolute import, the dotted name of the object.
        value: Of `name = value`, the value; such a name may stand for another.
    """

    __slots__ = ("alias", "kind", "origin", "place", "value")

    def __init__(
        self,
        kind: BindingKind,
        place: Place,
        *,
        alias: ast.alias | None = None,
        origin: str | None = None,
        value: ast.expr | None = None,
    ) -> None:
        self.kind = kind
        self.place = place
        self.alias = alias
        self.origin = origin
        self.value = value


class Scope:
    """A block whose names are its own."""

    __slots__ = (
        "bindings", "declared_global", "declared_nonlocal", "kind", "node", "noted", "parent",
    )  # fmt: skip

    def __init__(self, kind: ScopeKind, node: ast.AST, parent: "Scope | None") -> None:
        self.kind = kind
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        # What tells the bindings of a name apart: their places, aliases and kinds.
        self.noted: dict[str, set[tuple[int, int, str]]] = {}
        self.declared_global: set[str] = set()
        self.declared_nonlocal: set[str] = set()

    def module(self) -> "Scope":
        """Return the outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def binds(self, name: str) -> "Scope | None":
        """Return the scope that an assignment to `name` in this one binds it in."""
        if name in self.declared_global:
            return self.module()
        if name in self.declared_nonlocal:
            return self._enclosing_function(name)
        return self

    def find(self, name: str) -> "Scope | None":
        """Return the scope whose binding a use of `name` here means, or None if none binds it."""
        scope: Scope | None = self
        while scope is not None:
            # Names of a class body are seen in that body alone, not in what is nested in it.
            if scope is self or scope.kind != "class":
                if name in scope.declared_global:
                    scope = scope.module()
                    return scope if name in scope.bindings else None
                if name in scope.bindings:
                    return scope
            scope = scope.parent
        return None

    def _enclosing_function(self, name: str) -> "Scope | None":
        scope = self.parent
        while scope is not None and scope.kind != "module":
            if scope.kind == "function" and name in scope.bindings:
                return scope
            scope = scope.parent
        return None


def scopes_meant(place: Place, name: str) -> list[Scope]:
    """Return the scopes whose binding a use of `name` at `place` may mean; none if none binds it.

    A class body looks a name up in the module until the body itself has bound it, and past the
    functions around it. Both are possible where that is not certain: in a loop, below an `if`.
    """
    scope = place.scope.find(name)
    if scope is None or _is_mangled_apart(place.scope, scope, name):
        return []
    is_load = isinstance(getattr(place.node, "ctx", None), ast.Load)
    if scope.kind != "class" or scope is not place.scope or not is_load:
        return [scope]
    bindings = scope.bindings[name]
    if any(_surely_before(binding, scope, place) for binding in bindings):
        return [scope]
    module = scope.module()
    outside = [module] if name in module.bindings else []
    if _is_in_loop(place, scope) or any(_maybe_before(binding, place) for binding in bindings):
        return [scope, *outside]
    return outside


def _is_mangled_apart(used: Scope, bound: Scope, name: str) -> bool:
    """Say whether a private name of a class, `__os` for `_C__os`, is another one outside of it.

    https://docs.python.org/3/reference/expressions.html#private-name-mangling
    """
    if not name.startswith("__") or name.endswith("__"):
        return False
    return _class_around(used) is not _class_around(bound)


def _class_around(scope: Scope) -> ast.AST | None:
    """Return the innermost class around a scope, itself included, whose name mangles names."""
    above: Scope | None = scope
    while above is not None:
        if isinstance(above.node, ast.ClassDef) and above.node.name.strip("_"):
            return above.node
        above = above.parent
    return None


def _surely_before(binding: Binding, scope: Scope, place: Place) -> bool:
    """Say whether a statement of the class body itself has bound the name before `place`."""
    bound, used = binding.place.statement().node, place.statement().node
    return any(bound is node for node in getattr(scope.node, "body", ())) and (
        _end(bound) <= _start(used)
    )


def _maybe_before(binding: Binding, place: Place) -> bool:
    bound, used = binding.place.statement().node, place.statement().node
    if bound is not used:
        return _start(bound) < _start(used)
    # A statement binds when it has evaluated all in it, but for `:=`.
    above = binding.place.parent
    return above is not None and isinstance(above.node, ast.NamedExpr)


def _is_in_loop(place: Place, scope: Scope) -> bool:
    above: Place | None = place
    while above is not None and above.node is not scope.node:
        if isinstance(above.node, ast.For | ast.AsyncFor | ast.While):
            return True
        above = above.parent
    return False


def _start(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)
