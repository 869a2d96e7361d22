"""What a visit notes of each node: occurrences of names, and what binds them."""

import ast
from collections.abc import Callable
from typing import Any

from .scopes import Binding, Place, Scope
from .templates import is_string_of_parts


class Records:
    """The recorded names of one source: where they occur, and what binds them in which scope."""

    def __init__(self, tree: ast.Module) -> None:
        self.root = Scope("module", tree, None)
        self.stars: list[ast.ImportFrom] = []
        # Strings in which a recorded name occurs as a word, by the id of their node.
        self.strings: dict[int, Place] = {}
        self.names: set[str] = set()
        self.occurrences: dict[str, list[Place]] = {}
        self._scopes: dict[int, Scope] = {id(tree): self.root}
        self._places: dict[int, Place] = {}
        self._noted: set[int] = set()
        # Scopes with bindings that belong to another scope.
        self._unsettled: dict[int, Scope] = {}

    def bind(self, name: str, binding: Binding, scope: Scope | None = None) -> None:
        """Note a binding of `name`, once."""
        scope = scope or binding.place.scope
        noted = scope.noted.setdefault(name, set())
        # Places and aliases live as long as the tree, so that an identity is one's own.
        told = id(binding.place), id(binding.alias), binding.kind
        if told in noted:
            return
        noted.add(told)
        scope.bindings.setdefault(name, []).append(binding)
        if name in scope.declared_global or name in scope.declared_nonlocal:
            self._unsettled[id(scope)] = scope

    def _settle(self) -> None:
        """Move bindings of names declared global or nonlocal to the scopes that they bind in."""
        unsettled, self._unsettled = self._unsettled, {}
        for scope in unsettled.values():
            for name in scope.declared_global | scope.declared_nonlocal:
                moved = scope.bindings.pop(name, None)
                scope.noted.pop(name, None)
                target = scope.binds(name)
                if moved and target is not None:
                    for binding in moved:
                        self.bind(name, binding, target)

    def note_name(self, node: ast.Name, place: Place) -> None:
        if node.id not in self.names:
            return
        if id(node) in self._noted:
            return
        self._noted.add(id(node))
        self.occurrences.setdefault(node.id, []).append(place)
        if isinstance(node.ctx, ast.Store):
            self._bind_target(node, place)

    def _bind_target(self, node: ast.Name, place: Place) -> None:
        above = place.parent.node if place.parent else None
        scope = place.scope
        value: ast.expr | None = None
        if isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            value = above.value
        if isinstance(above, ast.NamedExpr):
            # An assignment expression binds outside the comprehensions that it stands in.
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
        binding = Binding("target" if value is None else "assign", place, value=value)
        self.bind(node.id, binding, scope)

    def note_assignment(
        self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, place: Place
    ) -> None:
        """Note that `name = os.environ` binds `name`, which may not be recorded itself yet."""
        if isinstance(node.value, ast.Name | ast.Attribute):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    here = self._places.setdefault(id(target), Place(target, place, place.scope))
                    self._bind_target(target, here)

    def note_import(self, node: ast.Import, place: Place) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            origin = alias.name if alias.asname else bound
            self.bind(bound, Binding("import", place, alias=alias, origin=origin))

    def note_import_from(self, node: ast.ImportFrom, place: Place) -> None:
        for alias in node.names:
            if alias.name == "*":
                if id(node) not in self._noted:
                    self._noted.add(id(node))
                    self.stars.append(node)
                continue
            origin = f"{node.module}.{alias.name}" if node.level == 0 else None
            binding = Binding("import", place, alias=alias, origin=origin)
            self.bind(alias.asname or alias.name, binding)

    def note_definition(self, node: ast.FunctionDef | ast.ClassDef, place: Place) -> None:
        if node.name in self.names:
            self.bind(node.name, Binding("definition", place))

    def note_parameter(self, node: ast.arg, place: Place) -> None:
        if node.arg in self.names:
            self.bind(node.arg, Binding("parameter", place))

    def note_except(self, node: ast.ExceptHandler, place: Place) -> None:
        if node.name in self.names:
            self.bind(str(node.name), Binding("except", place))

    def note_match(self, node: ast.pattern, place: Place) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name in self.names:
            self.bind(str(name), Binding("match", place))

    def note_string(self, node: ast.Constant, place: Place) -> None:
        is_part = place.parent is not None and is_string_of_parts(place.parent.node)
        if isinstance(node.value, str) and not is_part:
            self.strings[id(node)] = place

    def note_global(self, node: ast.Global, place: Place) -> None:
        place.scope.declared_global.update(self.names.intersection(node.names))
        self._unsettled[id(place.scope)] = place.scope

    def note_nonlocal(self, node: ast.Nonlocal, place: Place) -> None:
        place.scope.declared_nonlocal.update(self.names.intersection(node.names))
        self._unsettled[id(place.scope)] = place.scope


RECORDERS: dict[type[ast.AST], Callable[[Records, Any, Place], None]] = {
    ast.Name: Records.note_name,
    ast.Assign: Records.note_assignment,
    ast.AnnAssign: Records.note_assignment,
    ast.NamedExpr: Records.note_assignment,
    ast.Import: Records.note_import,
    ast.ImportFrom: Records.note_import_from,
    ast.FunctionDef: Records.note_definition,
    ast.AsyncFunctionDef: Records.note_definition,
    ast.ClassDef: Records.note_definition,
    ast.Constant: Records.note_string,
    ast.arg: Records.note_parameter,
    ast.ExceptHandler: Records.note_except,
    ast.MatchAs: Records.note_match,
    ast.MatchStar: Records.note_match,
    ast.MatchMapping: Records.note_match,
    ast.Global: Records.note_global,
    ast.Nonlocal: Records.note_nonlocal,
}
# Type parameters came with Python 3.12.
for _name in ("TypeVar", "ParamSpec", "TypeVarTuple"):
    if hasattr(ast, _name):
        RECORDERS[getattr(ast, _name)] = Records.note_definition
