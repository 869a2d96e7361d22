"""Follows things under names: of variables, attributes and classes, and of what is imported."""

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from hushflake.lint_plugin.analysis import Binding, Place
from hushflake.lint_plugin.analysis.index import is_load
from hushflake.lint_plugin.analysis.scopes import scopes_meant

from .arriving import Arriving
from .classes import own_attributes
from .text import Hole, Text
from .things import DEEPEST, Function, Instance, Klass, Package, Thing, depth_of


class Naming(Arriving):
    """Meets things wherever one of their names stands."""

    def assigned(self, target: ast.AST | None, thing: Thing) -> None:
        """Follow a thing under the name that it is assigned to."""
        match target:
            case ast.Name(id=name):
                self.index.record([name])
                if isinstance(thing, Instance):
                    thing = self._with_attributes(name, target, thing)
                self.uses(name, target, thing)
                place = self.index.place(target)
                if place is not None and place.scope.kind == "class":
                    self._class_attribute(place, name, thing)
            case ast.Attribute(value=ast.Name(), attr=name):
                place = self.index.place(target)
                if place is None:
                    self.index.visit([self.index.source.range(target)[0]])
                    place = self.index.place(target)
                if place is not None:
                    self._class_attribute(place, name, thing)

    def uses(self, name: str, bound: ast.AST, thing: Thing) -> None:
        """Meet a thing wherever a name stands that was bound at some node."""
        if not self.is_followed(name, bound) or depth_of(thing) > DEEPEST:
            place = self.index.place(bound)
            if place is not None:
                self.cut(place, thing)
            return
        for place in self._bound(name, bound):
            self.meet(place, thing)
        if id(bound) in self._bound_at_top(name):
            self.export(name, _as_seen_outside(thing))

    def names_class(self, place: Place, klass: Klass) -> None:
        """Follow a class under its name. `place`: of its definition."""
        if isinstance(place.node, ast.ClassDef):
            self.index.record([place.node.name])
            self.uses(place.node.name, place.node, klass)

    def own_uses(self, place: Place, names: Collection[str]) -> Iterator[Place]:
        """Yield where a class takes some of its attributes itself: `self.get`, `super().get`."""
        known = self._own.get(id(place.node))
        if known is None:
            known = self._own[id(place.node)] = own_attributes(place.node)
            # Classes in classes in classes: each is gone through.
            lines = getattr(place.node, "end_lineno", 0) - getattr(place.node, "lineno", 0)
            self.spend(lines // 4)
        wanted = [node for name in names for node in known.get(name, ())]
        self.index.visit(self.index.source.range(node)[0] for node in wanted)
        yield from filter(None, map(self.index.place, wanted))

    def imports(self, offsets: Iterable[int]) -> None:
        """Take in what the file imports from others. `offsets`: of the statements that matter."""
        self.index.visit(offsets)
        for scope in self.index.scopes():
            for name, bindings in list(scope.bindings.items()):
                for binding in bindings:
                    if binding.kind == "import":
                        self._imported(name, binding)
        # The same module again brings nothing new.
        stars = {(star.module, star.level): star for star in self.index.stars}
        for star in stars.values():
            self._starred(star)

    def _bound(self, name: str, bound: ast.AST) -> Iterator[Place]:
        """Yield where a recorded name is read that was bound at some node."""
        known = self._by_binding.get(name)
        if known is None:
            known = self._by_binding[name] = self._by_meaning(name)
        for group in known.get(id(bound), ()):
            yield from group

    def _by_meaning(self, name: str) -> dict[int, list[list[Place]]]:
        """Return where a name is read, by the identities of the nodes that bound it.

        Places with the same bindings are one list: there may be thousands of both.
        """
        groups: dict[tuple[int, ...], list[Place]] = {}
        found: dict[int, list[list[Place]]] = {}
        for place in self.index.occurrences.get(name, ()):
            if not is_load(place):
                continue
            scopes = scopes_meant(place, name)
            meaning = tuple(map(id, scopes))
            group = groups.get(meaning)
            if group is None:
                group = groups[meaning] = []
                bindings = [each for scope in scopes for each in scope.bindings[name]]
                for node in dict.fromkeys(id(each.place.node) for each in bindings):
                    found.setdefault(node, []).append(group)
            group.append(place)
        return found

    def _bound_at_top(self, name: str) -> frozenset[int]:
        """Return the identities of the nodes that bind a name in the body of the module."""
        bindings = self.index.root.bindings.get(name, ())
        count, known = self._at_top.get(name, (0, frozenset()))
        if count != len(bindings):
            known = frozenset(id(each.place.node) for each in bindings)
            self._at_top[name] = len(bindings), known
        return known

    def _with_attributes(self, name: str, bound: ast.AST, instance: Instance) -> Instance:
        """Return an object with what is assigned to attributes of it: `env.prefix = "APP_"`."""
        changed: dict[str, tuple[Text, ...]] = {}
        for place in self._bound(name, bound) if self.is_followed(name, bound) else ():
            if not self.spend(0):
                break
            above = place.parent
            node = above.node if above is not None else None
            statement = above.parent.node if above is not None and above.parent else None
            if (
                isinstance(node, ast.Attribute)
                and node.attr in instance.of.attributes
                and isinstance(statement, ast.Assign)
                and node in statement.targets
            ):
                changed[node.attr] = tuple(self.texts.of(statement.value))
        if not changed:
            return instance
        return replace(instance, attributes={**instance.attributes, **changed})

    def _class_attribute(self, place: Place, name: str, thing: Thing) -> None:
        """Follow a thing that is an attribute of the objects of a class."""
        around = place.parent
        while around is not None and not isinstance(around.node, ast.ClassDef):
            around = around.parent
        if around is None or not isinstance(around.node, ast.ClassDef):
            return
        node = around.node
        klass = thing.of if isinstance(thing, Instance) else thing
        if isinstance(klass, Klass) and klass.node is node:
            # `C.default = C()`: an object that has such an attribute again, and so without end.
            self.own_kind.setdefault(id(node), set()).add(name)
            if not klass.methods:
                return
        for use in self.own_uses(around, {name}):
            self.meet(use, thing)
        self.names_class(around, Klass(node.name, things={name: thing}, node=node))

    def _imported(self, name: str, binding: Binding) -> None:
        file, member = self.project.imported(self.path, binding)
        things = self._things_of(file, member, binding)
        if not things:
            return
        self.index.record([name])
        bound = binding.place.node
        for thing in things:
            if not self.is_followed(name, bound):
                self.cut(binding.place, thing)
                continue
            for place in self._bound(name, bound):
                self.meet(place, thing)
            if binding.place.scope.kind == "module" and not isinstance(thing, Package):
                self.export(name, thing)

    def _things_of(self, file: str, member: str, binding: Binding) -> list[Thing]:
        if not file:
            return []
        if member:
            return list(self.known.get(file, {}).get(member, ()))
        # `import app.settings` binds `app`.
        statement, alias = binding.place.node, binding.alias
        is_part = isinstance(statement, ast.Import) and alias is not None and not alias.asname
        return [Package(file)] if file in self.known or is_part else []

    def _starred(self, star: ast.ImportFrom) -> None:
        file = self.project.file_of(self.path, star.module or "", star.level)
        exported = self.known.get(file, {})
        self.index.record(exported)
        for name, things in exported.items():
            places = [
                place
                for place in self.index.occurrences.get(name, ())
                if is_load(place) and not self.index.bindings(place)
            ]
            for thing in things:
                self.export(name, thing)
                for place in places:
                    self.meet(place, thing)


def _as_seen_outside(thing: Thing) -> Thing:
    """Return a thing as other files see it: what functions around it were given is not known."""
    if not isinstance(thing, Function):
        return thing
    ways = tuple(
        replace(
            way,
            text=tuple(
                None if isinstance(part, Hole) and part.owner > 0 else part for part in way.text
            ),
        )
        for way in thing.ways
    )
    return replace(thing, ways=ways)
