"""Find names in a tree and tell what they stand for.

Walking whole trees is what makes analysis slow. A name can only occur where its characters do,
so the names in question are first found in the bytes; the tree is then entered only along the
paths that lead to them.
"""

import ast
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple, cast

from .fstrings import NEEDED as REFIT
from .fstrings import refit
from .prefilter import word_offsets
from .scopes import Binding, Place, Scope, ScopeKind, scopes_meant
from .source import Source

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, *_COMPREHENSIONS)


class Use(NamedTuple):
    """A dotted name in the source that stands for something imported.

    Attributes:
        node: The longest attribute chain, such as the node of `o.environ.get`.
        origin: What it stands for, such as `os.environ.get`.
        place: Where its first name stands.
        binding: What gave that name its value.
    """

    node: ast.expr
    origin: str
    place: Place
    binding: Binding


class Index:
    """Occurrences of names in one source, recorded as they are asked for.

    A use resolves to a dotted origin only if every binding of its name in the scope that it
    means agrees. A name that is bound to several things stands for none: `is_disputed`.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root = Scope("module", source.tree, None)
        self.stars: list[ast.ImportFrom] = []
        # Strings in which a recorded name occurs as a word, by the id of their node.
        self.strings: dict[int, Place] = {}
        self.names: set[str] = set()
        self.occurrences: dict[str, list[Place]] = {}
        self._scopes: dict[int, Scope] = {id(source.tree): self.root}
        self._places: dict[int, Place] = {}
        self._origins: dict[int, str | None] = {}
        self._refitted: dict[int, bool] = {}
        self._resolving: set[int] = set()
        self._noted: set[int] = set()

    def release(self) -> None:
        """Break the cycles of scopes and places, so that a file's memory goes at once.

        Who runs with the cyclic collector off (`uncollected`) calls this after each file.
        """
        for scope in self._scopes.values():
            scope.bindings.clear()
        self._places.clear()
        self.occurrences.clear()
        self.strings.clear()

    # What it is asked.

    def record(self, names: Iterable[str]) -> None:
        """Find every occurrence of `names`; without it they resolve to nothing."""
        new = set(names) - self.names
        if not new:
            return
        self.names |= new
        utf8 = self.source.utf8
        positions = sorted(at for name in new for at in word_offsets(utf8, name.encode("utf-8")))
        if positions:
            self._descend(positions)
            self._settle()
            self._origins.clear()

    def record_module(self, module: str, members: Collection[str] = ()) -> None:
        """Find the imports of a top-level module and the uses of all that they bind.

        Args:
            module: Such as `os`.
            members: Of the names in the module, those that matter; all when empty.
        """
        self.record([module])
        wanted = self._bound_to(module, members)
        while wanted:
            self.record(wanted)
            wanted = self._bound_to(module, members)

    def _bound_to(self, module: str, members: Collection[str]) -> set[str]:
        """Return the names not yet recorded that are bound to something of `module`."""
        wanted = set()
        for scope in self._scopes.values():
            for name, bindings in scope.bindings.items():
                if name not in self.names:
                    origins = (self._origin_of(binding) for binding in bindings)
                    if any(origin and _is_of(origin, module, members) for origin in origins):
                        wanted.add(name)
        return wanted

    def resolve(self, node: ast.expr) -> str | None:
        """Return the dotted origin of a name or attribute chain, or None.

        `g` after `from os import getenv as g` is `os.getenv`. The first name is recorded first
        if it was not; who asks for many should call `record` or `uses` instead.
        """
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        self.record([node.id])
        place = self._places.get(id(node))
        origin = self._resolve_name(place) if place else None
        return ".".join([origin, *reversed(attributes)]) if origin else None

    def uses(self, module: str) -> Iterator[Use]:
        """Yield, in source order, the uses of what is imported from a top-level module."""
        self.record_module(module)
        found: list[Use] = []
        for place, origin in self.resolved(module):
            node, full = self.chain(place, origin)
            found.append(Use(node, full, place, self.bindings(place)[0]))
        found.sort(key=lambda use: self.source.range(use.node))
        yield from found

    def imports(self, module: str) -> list[Binding]:
        """Return the imports of a top-level module or of names in it, in source order."""
        self.record([module])
        found = [
            binding
            for scope in self.scopes()
            for bindings in scope.bindings.values()
            for binding in bindings
            if binding.alias is not None and binding.origin and _is_of(binding.origin, module)
        ]
        return sorted(found, key=lambda binding: self.source.range(cast(ast.alias, binding.alias)))

    def chain(self, place: Place, origin: str = "") -> tuple[ast.expr, str]:
        """Return the longest attribute chain that begins with a name, and its dotted origin."""
        node, above = cast(ast.expr, place.node), place.parent
        while above is not None and isinstance(above.node, ast.Attribute):
            node, origin, above = above.node, f"{origin}.{above.node.attr}", above.parent
        return node, origin

    def place(self, node: ast.AST) -> Place | None:
        """Return where a visited node stands; nodes without a recorded name were not visited."""
        return self._places.get(id(node))

    def bindings(self, place: Place) -> list[Binding]:
        """Return the bindings that a name occurring at `place` may mean."""
        node = place.node
        if not isinstance(node, ast.Name):
            return []
        found = [scope.bindings[node.id] for scope in scopes_meant(place, node.id)]
        return found[0] if len(found) == 1 else [binding for each in found for binding in each]

    def scopes(self) -> list[Scope]:
        """Return the scopes entered so far, the module first."""
        return [self.root, *(scope for scope in self._scopes.values() if scope is not self.root)]

    def resolved(self, module: str) -> Iterator[tuple[Place, str]]:
        """Yield the recorded names that stand for something of `module`, with its origin."""
        for places in list(self.occurrences.values()):
            for place in places:
                origin = self._resolve_name(place) if is_load(place) else None
                if origin is not None and _is_of(origin, module):
                    yield place, origin

    def unresolved(self) -> Iterator[Place]:
        """Yield the recorded names that are bound, but stand for nothing that is known."""
        for places in list(self.occurrences.values()):
            for place in places:
                if is_load(place) and self._resolve_name(place) is None and self.bindings(place):
                    yield place

    def origins(self, place: Place, module: str) -> set[str]:
        """Return what of `module` a name may stand for."""
        origins = {self._origin_of(binding) for binding in self.bindings(place)}
        return {origin for origin in origins if origin and _is_of(origin, module)}

    def is_disputed(self, place: Place, module: str) -> bool:
        """Say whether a name means something of `module` on one path and another on another."""
        origins = {self._origin_of(binding) for binding in self.bindings(place)}
        return len(origins) > 1 and any(origin and _is_of(origin, module) for origin in origins)

    # Resolving.

    def _resolve_name(self, place: Place) -> str | None:
        node = place.node
        if not isinstance(node, ast.Name):
            return None
        if id(node) not in self._origins:
            origins = {self._origin_of(binding) for binding in self.bindings(place)}
            self._origins[id(node)] = origins.pop() if len(origins) == 1 else None
        return self._origins[id(node)]

    def _origin_of(self, binding: Binding) -> str | None:
        """Return what a binding stands for."""
        origin = binding.origin
        if binding.kind == "assign" and binding.value is not None:
            if id(binding) in self._resolving:
                return None
            self._resolving.add(id(binding))
            base = binding.value
            while isinstance(base, ast.Attribute):
                base = base.value
            # A value whose first name is unknown stands for nothing that was asked for.
            if isinstance(base, ast.Name) and base.id in self.names:
                origin = self.resolve(binding.value)
            self._resolving.discard(id(binding))
        return origin

    # Finding.

    def _descend(self, positions: list[int]) -> None:
        """Visit every node on the way to one of `positions` (sorted offsets)."""
        everything = (-1, 0)
        stack: list[tuple[ast.AST, Place | None, Scope, tuple[int, int]]] = [
            (self.source.tree, None, self.root, (0, len(positions)))
        ]
        while stack:
            node, parent, scope, inside = stack.pop()
            place = self._places.get(id(node))
            if place is None:
                place = self._places[id(node)] = Place(node, parent, scope)
            recorder = _RECORDERS.get(type(node))
            if recorder is not None:
                recorder(self, node, place)
            if REFIT and isinstance(node, ast.JoinedStr) and not self._refit(node):
                inside = everything
            for child, inner in self._children(node, scope):
                if inside is not everything:
                    within = self._within(child, positions, *inside)
                    if within[0] < within[1]:
                        stack.append((child, place, inner, within))
                else:
                    stack.append((child, place, inner, everything))

    def _refit(self, node: ast.JoinedStr) -> bool:
        """Put right the positions inside an f-string, once; say whether they are to be trusted."""
        if id(node) not in self._refitted:
            done = refit(self.source, node)
            # The specs nested in a string have its position and are refitted with it.
            for part in ast.walk(node) if not done else _specs(node):
                if isinstance(part, ast.JoinedStr):
                    self._refitted[id(part)] = done
            self._refitted[id(node)] = done
        return self._refitted[id(node)]

    def is_misplaced(self, place: Place) -> bool:
        """Say whether a node stands in an f-string whose positions could not be put right."""
        above: Place | None = place
        while above is not None and not isinstance(above.node, ast.stmt):
            if self._refitted.get(id(above.node)) is False:
                return True
            above = above.parent
        return False

    def _within(self, node: ast.AST, positions: list[int], low: int, high: int) -> tuple[int, int]:
        if getattr(node, "lineno", None) is None:
            return low, high
        starts = self.source.line_starts
        decorators: list[ast.expr] | None = getattr(node, "decorator_list", None)
        first = cast(ast.expr, decorators[0] if decorators else node)
        start = starts[first.lineno - 1] + first.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return bisect_left(positions, start, low, high), bisect_left(positions, end, low, high)

    def _children(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the children of a node, each with the scope that it stands in."""
        if isinstance(node, ast.arg):
            if node.annotation is not None:
                yield node.annotation, scope.parent or scope
        elif not isinstance(node, _SCOPES):
            for child in ast.iter_child_nodes(node):
                yield child, scope
        else:
            inner = self._scopes.get(id(node))
            if inner is None:
                inner = self._scopes[id(node)] = Scope(_kind_of(node), node, scope)
            outside = _evaluated_outside(node)
            for child in _parts(node):
                yield child, scope if id(child) in outside else inner

    # Recording, by type of node.

    def bind(self, name: str, binding: Binding, scope: Scope | None = None) -> None:
        """Note a binding of `name`, once."""
        known = (scope or binding.place.scope).bindings.setdefault(name, [])
        same = any(
            old.place is binding.place and old.alias is binding.alias and old.kind == binding.kind
            for old in known
        )
        if not same:
            known.append(binding)

    def _settle(self) -> None:
        """Move bindings of names declared global or nonlocal to the scopes that they bind in."""
        for scope in list(self._scopes.values()):
            for name in scope.declared_global | scope.declared_nonlocal:
                moved = scope.bindings.pop(name, None)
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
                if node not in self.stars:
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
        is_part = place.parent is not None and isinstance(place.parent.node, ast.JoinedStr)
        if isinstance(node.value, str) and not is_part:
            self.strings[id(node)] = place

    def note_global(self, node: ast.Global, place: Place) -> None:
        place.scope.declared_global.update(self.names.intersection(node.names))

    def note_nonlocal(self, node: ast.Nonlocal, place: Place) -> None:
        place.scope.declared_nonlocal.update(self.names.intersection(node.names))


def is_load(place: Place) -> bool:
    """Say whether a name is read at `place`, not bound or deleted."""
    return isinstance(place.node, ast.Name) and isinstance(place.node.ctx, ast.Load)


def _is_of(origin: str, module: str, members: Collection[str] = ()) -> bool:
    first, _, rest = origin.partition(".")
    return first == module and (not rest or not members or rest.partition(".")[0] in members)


def _kind_of(node: ast.AST) -> ScopeKind:
    if isinstance(node, ast.ClassDef):
        return "class"
    return "comprehension" if isinstance(node, _COMPREHENSIONS) else "function"


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a scope; what has no position of its own gives its children."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.arguments | ast.comprehension):
            yield from ast.iter_child_nodes(child)
        else:
            yield child


def _evaluated_outside(node: ast.AST) -> set[int]:
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


def _specs(node: ast.JoinedStr) -> Iterator[ast.AST]:
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and isinstance(part.format_spec, ast.JoinedStr):
            yield part.format_spec
            yield from _specs(part.format_spec)


_RECORDERS: dict[type[ast.AST], Callable[[Index, Any, Place], None]] = {
    ast.Name: Index.note_name,
    ast.Assign: Index.note_assignment,
    ast.AnnAssign: Index.note_assignment,
    ast.NamedExpr: Index.note_assignment,
    ast.Import: Index.note_import,
    ast.ImportFrom: Index.note_import_from,
    ast.FunctionDef: Index.note_definition,
    ast.AsyncFunctionDef: Index.note_definition,
    ast.ClassDef: Index.note_definition,
    ast.Constant: Index.note_string,
    ast.arg: Index.note_parameter,
    ast.ExceptHandler: Index.note_except,
    ast.MatchAs: Index.note_match,
    ast.MatchStar: Index.note_match,
    ast.MatchMapping: Index.note_match,
    ast.Global: Index.note_global,
    ast.Nonlocal: Index.note_nonlocal,
}
# Type parameters came with Python 3.12.
for _name in ("TypeVar", "ParamSpec", "TypeVarTuple"):
    if hasattr(ast, _name):
        _RECORDERS[getattr(ast, _name)] = Index.note_definition
