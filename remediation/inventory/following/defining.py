"""Functions, methods and classes of a file that read what they are given the name of."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hushflake.lint_plugin.analysis import Place

from .classes import attributes_of, inherited, presumed
from .models import Model, Settings, derived
from .naming import Naming
from .text import SELF, Hole, Text, holes, is_given_here
from .things import SPECIAL, Bound, Function, Instance, Klass, Parameter, Thing, Way
from .wrapping import Body, owner_of, parameters, way_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Defining(Naming):
    """Makes things of definitions, and follows them under their names."""

    def define_waiting(self) -> bool:
        """Follow the functions around the reads that wait for callers; say whether there were."""
        waiting, self.seeds = self.seeds, []
        groups: dict[int, tuple[Place, list[Way]]] = {}
        bodies: dict[int, Body] = {}
        for seed in waiting:
            function = owner_of(seed)
            if function is None or not self.spend(0):
                self.escaped.update(seed.steps)
                continue
            body = bodies.get(id(function.node))
            if body is None:
                body = bodies[id(function.node)] = Body(self.index, function)
            way = way_of(seed, body, self.texts)
            groups.setdefault(id(function.node), (function, []))[1].append(way)
        methods: list[tuple[Place, dict[str, Function]]] = []
        of_class: dict[int, dict[str, Function]] = {}
        for function, ways in groups.values():
            made = Function(
                tuple(ways), parameters(function, self.texts), identity=id(function.node)
            )
            above = function.parent
            if above is None or not isinstance(above.node, ast.ClassDef):
                self._define(function, made)
                continue
            # All methods of a class at once: it may have thousands.
            name = getattr(function.node, "name", "")
            known = of_class.get(id(above.node))
            if known is None or name in known:
                known = of_class[id(above.node)] = {}
                methods.append((above, known))
            known[name] = made
        for place, functions in methods:
            self._define_methods(place, functions)
        return bool(groups)

    def leave_waiting(self) -> None:
        """Take in that some reads wait for callers through too many functions."""
        self.escaped.update(step for seed in self.seeds for step in seed.steps)
        self.seeds = []

    def _define(self, function: Place, made: Function) -> None:
        node = function.node
        if isinstance(node, ast.Lambda):
            self.meet(function, made)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.index.record([node.name])
            self.uses(node.name, node, made)

    def _define_methods(self, place: Place, functions: Mapping[str, Function]) -> None:
        node = place.node
        if not isinstance(node, ast.ClassDef):
            return
        attributes, init = self._attributes_of(node)
        above = self.bases_of_class.get(id(node))
        if above is not None:
            attributes, init = {**above.attributes, **attributes}, above.init
        methods: dict[str, Function] = {}
        by_object: list[Way] = []
        for name, made in functions.items():
            ways = [way for way in made.ways if _is_resolvable(way, name, attributes)]
            given = tuple(way for way in ways if is_given_here(way.text))
            by_object += [
                replace(way, by_object=True) for way in ways if not is_given_here(way.text)
            ]
            if given and (not name.startswith("__") or name in SPECIAL):
                methods[name] = replace(made, ways=given)
        left = self._names_in(node) - set(methods)
        klass = Klass(node.name, methods, attributes, init, left=left, node=node)
        if by_object:
            # What an object reads by itself is known where one is made, whoever makes it read.
            starting = Function(tuple(by_object), init)
            klass = klass.with_more(Klass(node.name, {"__init__": starting}, node=node))
            self.presume(node, starting, presumed(klass))
        if klass.methods:
            self._self_calls(place, klass)
            self.names_class(place, klass)

    def _self_calls(self, place: Place, klass: Klass) -> None:
        """Meet the methods of a class where its own methods call them."""
        wanted = {
            hole.name
            for function in klass.methods.values()
            for way in function.ways
            for hole in holes(way.text)
            if hole.owner == SELF
        }
        instance = Instance(klass, {name: ((Hole(SELF, name),),) for name in wanted})
        for use in self.own_uses(place, klass.methods):
            name = getattr(use.node, "attr", "")
            self.meet(use, Bound(klass.methods[name], instance, name))

    def derived(self, place: Place, thing: Thing) -> None:
        """Follow a class that derives from a thing. `place`: of its definition."""
        node = place.node
        if not isinstance(node, ast.ClassDef):
            return
        if isinstance(thing, Model):
            self._settings(node, thing)
        elif isinstance(thing, Klass) and thing.node is not node and id(node) not in thing.line:
            self.spend((len(thing.methods) + len(thing.attributes) + len(thing.line)) // 4)
            klass = inherited(thing, node, self._attributes_of(node))
            known = self.bases_of_class.get(id(node))
            self.bases_of_class[id(node)] = klass if known is None else known.with_more(klass)
            self._self_calls(place, klass)
            self.names_class(place, klass)

    def _attributes_of(
        self, node: ast.ClassDef
    ) -> tuple[dict[str, tuple[Text, ...]], tuple[Parameter, ...]]:
        known = self._attributes.get(id(node))
        if known is None:
            known = self._attributes[id(node)] = attributes_of(node, self.texts)
        return known

    def _names_in(self, node: ast.ClassDef) -> frozenset[str]:
        known = self._names.get(id(node))
        if known is None:
            known = self._names[id(node)] = frozenset(_names_in(node))
        return known

    def _settings(self, node: ast.ClassDef, above: Model) -> None:
        """Follow a class of settings; one with several bases is worked out again with each."""
        known = self.settings.get(id(node))
        bases = known.bases if known is not None else ()
        if any(each is above for each in bases):
            return
        bases = (*bases, above)
        model = derived(node, bases, self.index, self.path, self.project)
        self.settings[id(node)] = Settings(node, model, bases)
        self.index.record([node.name])
        self.uses(node.name, node, model)

    def returned(self, place: Place, thing: Thing) -> None:
        """Follow what a function returns, under the function's name."""
        above = place.parent
        while above is not None and not isinstance(above.node, _FUNCTIONS):
            above = above.parent
        if above is not None:
            self.makes(above, thing)

    def makes(self, function: Place, thing: Thing) -> None:
        """Follow a function whose result is a thing."""
        node, above = function.node, function.parent
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        made = Function((), parameters(function, self.texts), returns=thing, identity=id(node))
        if above is not None and isinstance(above.node, ast.ClassDef):
            klass = Klass(above.node.name, {node.name: made}, node=above.node)
            self.names_class(above, klass)
        else:
            self.index.record([node.name])
            self.uses(node.name, node, made)


def _is_resolvable(way: Way, method: str, attributes: Mapping[str, Sequence[Text]]) -> bool:
    """Say whether a call, or an object, can make the key of a way known."""
    if method == "__getattr__" and not is_given_here(way.text):
        return False
    return all(hole.owner != SELF or hole.name in attributes for hole in holes(way.text))


def _names_in(node: ast.ClassDef) -> Iterable[str]:
    """Yield what the body of a class binds, and what its constructor sets."""
    for statement in ast.walk(node):
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                yield name
