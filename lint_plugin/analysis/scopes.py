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

    __slots__ = ("bindings", "declared_global", "declared_nonlocal", "kind", "node", "parent")

    def __init__(self, kind: ScopeKind, node: ast.AST, parent: "Scope | None") -> None:
        self.kind = kind
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
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
