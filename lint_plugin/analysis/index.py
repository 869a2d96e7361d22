"""Find names in a tree and tell what they stand for.

Walking whole trees is what makes analysis slow. A name can only occur where its characters do,
so the names in question are first found in the bytes; the tree is then entered only along the
paths that lead to them.
"""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, cast

from .blocks import SCOPES, Sought, children, evaluated_outside, kind_of, near, parts, specs
from .fstrings import NEEDED as REFIT
from .fstrings import refit
from .prefilter import Words
from .records import RECORDERS, Records
from .respelt import respelt
from .scopes import Binding, Place, Scope, scopes_meant
from .source import Source


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


# Those of whose children some stand in another scope than the node itself.
_SCOPED = frozenset((*SCOPES, ast.arg))


class Index(Records):
    """Occurrences of names in one source, recorded as they are asked for.

    A use resolves to a dotted origin only if every binding of its name in the scope that it
    means agrees. A name that is bound to several things stands for none: `is_disputed`.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        super().__init__(source.tree)
        self._origins: dict[int, str | None] = {}
        self._refitted: dict[int, bool] = {}
        self._resolving: set[int] = set()
        self._words = Words(source.utf8)
        self._respelt: Mapping[bytes, list[int]] | None = None

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
        positions = sorted(at for name in new for at in self._offsets(name.encode("utf-8")))
        if positions:
            self._descend(positions)
            self._settle()
            self._origins.clear()

    def _offsets(self, name: bytes) -> Iterator[int]:
        yield from self._words.offsets(name)
        if not self.source.utf8.isascii():
            if self._respelt is None:
                self._respelt = respelt(self.source.utf8)
            yield from self._respelt.get(name, ())

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

    def visit(self, offsets: Iterable[int]) -> None:
        """Visit the nodes on the way to some offsets, so that `place` knows them."""
        positions = sorted(offsets)
        if positions:
            self._descend(positions)
            self._settle()
            self._origins.clear()

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
        """Visit every node on the way to one of `positions` (sorted offsets).

        This is where the analysis spends its time: a row of the stack is a node, the place and
        the scope around it, and the positions (from, to) in it; from -1 for a node of which
        everything is visited.
        """
        starts, places = self.source.line_starts, self._places
        sought = Sought(positions, [bisect_right(starts, at) for at in positions], starts)
        stack: list[tuple[ast.AST, Place | None, Scope, int, int]] = [
            (self.source.tree, None, self.root, 0, len(positions))
        ]
        while stack:
            node, parent, scope, low, high = stack.pop()
            place = places.get(id(node))
            if place is None:
                place = places[id(node)] = Place(node, parent, scope)
            kind = type(node)
            recorder = RECORDERS.get(kind)
            if recorder is not None:
                recorder(self, node, place)
            if REFIT and kind is ast.JoinedStr and not self._refit(node):  # type: ignore[arg-type]
                low = -1
            if low < 0:
                everything = self._scoped(node, scope, children(node))
                stack.extend((child, place, inner, -1, 0) for child, inner in everything)
                continue
            found = near(node, sought, low, high)
            of_child: Callable[[ast.AST], Iterable[ast.AST]] = children
            if kind in _SCOPED:
                of_child = partial(near, sought=sought, low=low, high=high)
            for child, inner in self._scoped(node, scope, found, of_child):
                begin, end = self._within(child, positions, low, high)
                if begin < end:
                    stack.append((child, place, inner, begin, end))

    def _refit(self, node: ast.JoinedStr) -> bool:
        """Put right the positions inside an f-string, once; say whether they are to be trusted."""
        if id(node) not in self._refitted:
            done = refit(self.source, node)
            # The specs nested in a string have its position and are refitted with it.
            for part in ast.walk(node) if not done else specs(node):
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
        line: int | None = getattr(node, "lineno", None)
        if line is None:
            return low, high
        starts = self.source.line_starts
        column: int = node.col_offset  # type: ignore[attr-defined]
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            line, column = decorators[0].lineno, decorators[0].col_offset
        start = starts[line - 1] + column
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        if high - low == 1:  # most nodes are asked for one name
            at = positions[low]
            return (low, high) if start <= at < end else (low, low)
        return bisect_left(positions, start, low, high), bisect_left(positions, end, low, high)

    def _scoped(
        self,
        node: ast.AST,
        scope: Scope,
        below: Iterable[ast.AST],
        of_child: Callable[[ast.AST], Iterable[ast.AST]] = children,
    ) -> Iterable[tuple[ast.AST, Scope]]:
        """Return children of a node, each with the scope that it stands in."""
        if type(node) not in _SCOPED:
            return [(child, scope) for child in below]
        if isinstance(node, ast.arg):
            # An annotation is evaluated outside the function.
            return [(node.annotation, scope.parent or scope)] if node.annotation else []
        inner = self._scopes.get(id(node))
        if inner is None:
            inner = self._scopes[id(node)] = Scope(kind_of(node), node, scope)
        outside = evaluated_outside(node)
        return [
            (child, scope if id(child) in outside else inner) for child in parts(below, of_child)
        ]


def is_load(place: Place) -> bool:
    """Say whether a name is read at `place`, not bound or deleted."""
    return isinstance(place.node, ast.Name) and isinstance(place.node.ctx, ast.Load)


def _is_of(origin: str, module: str, members: Collection[str] = ()) -> bool:
    first, _, rest = origin.partition(".")
    return first == module and (not rest or not members or rest.partition(".")[0] in members)
