"""Follows in one file the things that read: from where they are made to where they get a key."""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from hushflake.lint_plugin.analysis import Place

from .arriving import get_of
from .base import LEVELS
from .calling import arguments, filled_in, wanted_by
from .classes import constants, made, presumed
from .defining import Defining
from .elements import rows
from .models import Model, Use
from .text import holes
from .things import Bound, Function, Instance, Klass, Making, Package, Table, Thing
from .wrapping import Seed

# Functions that give a function back as it is, or one that is called in the same way.
_KEEPING = frozenset({"lru_cache", "cache", "wraps", "staticmethod", "classmethod", "cached"})


class Scan(Defining):
    """The things of one file, and what they read."""

    def follow(self, seeds: Iterable[Seed] = ()) -> None:
        """Go on with what was met, and with reads that wait for their callers."""
        self.seeds += seeds
        self._drain()
        for _ in range(LEVELS):
            if not self.define_waiting():
                return
            self._drain()
        self.leave_waiting()

    def library(self, top: str, origins: Mapping[str, Thing]) -> None:
        """Take in the uses of a library. `top`: its module; `origins`: dotted name -> thing."""
        for use in self.index.uses(top):
            origin, place = use.origin, self.index.place(use.node)
            while origin and origin not in origins and place is not None:
                # `environ.Env.read_env`: a part of something that is known.
                inner = place.node.value if isinstance(place.node, ast.Attribute) else None
                place = self.index.place(inner) if inner is not None else None
                origin = origin.rpartition(".")[0]
            if origin in origins:
                self.meet(place, origins[origin])

    def _drain(self) -> None:
        while self.queue:
            place, thing = self.queue.popleft()
            if not self.spend(0):
                self.cut(place, thing)
                continue
            above = place.parent
            if above is not None:
                at = _AT.get(type(above.node), Scan._at_any)
                at(self, place, above, above.node, thing)

    # -- where a thing stands ------------------------------------------------------------
    # `place` is that of the thing, `above` that of the node around it, `outer` that node.

    def _at_attribute(
        self, _place: Place, above: Place, outer: ast.Attribute, thing: Thing
    ) -> None:
        if isinstance(outer.ctx, ast.Load):
            self._attribute(above, outer.attr, thing)

    def _at_call(self, place: Place, above: Place, outer: ast.Call, thing: Thing) -> None:
        if outer.func is place.node:
            self._called(above, outer, thing)
        else:
            self._handed_on(place, above, outer, thing)

    def _at_subscript(self, place: Place, above: Place, outer: ast.Subscript, thing: Thing) -> None:
        if outer.value is not place.node or not isinstance(thing, Table | Instance):
            self._at_any(place, above, outer, thing)
        elif isinstance(outer.ctx, ast.Load):
            self._item(above, outer.slice, thing)

    def _at_compare(self, place: Place, above: Place, outer: ast.Compare, thing: Thing) -> None:
        is_in = len(outer.ops) == 1 and isinstance(outer.ops[0], ast.In | ast.NotIn)
        if is_in and isinstance(thing, Table) and outer.left is not place.node:
            self.read_table(above, thing, "membership", outer.left)

    def _at_assignment(
        self,
        place: Place,
        above: Place,
        outer: ast.Assign | ast.AnnAssign | ast.NamedExpr,
        thing: Thing,
    ) -> None:
        if outer.value is not place.node:
            self._at_any(place, above, outer, thing)
            return
        for target in outer.targets if isinstance(outer, ast.Assign) else [outer.target]:
            self.assigned(target, thing)
        if isinstance(outer, ast.NamedExpr):
            self.meet(above, thing)

    def _at_with(self, _place: Place, _above: Place, outer: ast.withitem, thing: Thing) -> None:
        self.assigned(outer.optional_vars, thing)

    def _at_choice(self, _place: Place, above: Place, _outer: ast.AST, thing: Thing) -> None:
        self.meet(above, thing)

    def _at_return(self, place: Place, _above: Place, _outer: ast.AST, thing: Thing) -> None:
        self.returned(place, thing)

    def _at_class(self, place: Place, above: Place, outer: ast.ClassDef, thing: Thing) -> None:
        if place.node in outer.bases:
            self.derived(above, thing)

    def _at_dict(self, place: Place, above: Place, outer: ast.Dict, thing: Thing) -> None:
        if isinstance(thing, Table) and (at := self._value_at(outer, place.node)) is not None:
            if outer.keys[at] is None:
                # `{**dotenv_values(), **os.environ}` has the keys of both.
                self.meet(above, thing)
        else:
            self._at_any(place, above, outer, thing)

    def _value_at(self, table: ast.Dict, value: ast.AST) -> int | None:
        """Return which value of a dictionary a node is, None for none."""
        known = self._values_of.get(id(table))
        if known is None:
            known = {id(each): at for at, each in enumerate(table.values)}
            self._values_of[id(table)] = known
        return known.get(id(value))

    def _at_any(self, place: Place, _above: Place, _outer: ast.AST, thing: Thing) -> None:
        """Take in what an annotation says of a name; a function elsewhere gets out of sight."""
        top = _annotation(place)
        if top is None or top.parent is None:
            self._escapes(place, thing)
        elif isinstance(thing, Klass) and thing.is_used_in(self.spelt):
            instance = presumed(thing)
            outer = top.parent.node
            if isinstance(outer, ast.arg):
                self.index.record([outer.arg])
                self.uses(outer.arg, outer, instance)
            elif isinstance(outer, ast.AnnAssign):
                self.assigned(outer.target, instance)
            else:
                self.makes(top.parent, instance)

    # -- what is done with it ------------------------------------------------------------

    def _escapes(self, place: Place, thing: Thing) -> None:
        function = thing.function if isinstance(thing, Bound) else thing
        statement = place.statement().node
        if isinstance(function, Function) and not isinstance(statement, ast.Delete | ast.Expr):
            self.escape_ways(function)

    def _attribute(self, place: Place, name: str, thing: Thing) -> None:
        match thing:
            case Klass():
                self._attribute(place, name, Instance(thing, constants(thing.attributes)))
            case Instance():
                self._attribute_of(place, name, thing)
            case Package(file=file, name=before):
                self._member(place, file, f"{before}.{name}".lstrip("."))
            case Table() if name == "copy":
                self.meet(place, Function(returns=thing))
            case Table() if name in ("get", "pop", "setdefault"):
                self.meet(place, get_of(thing))

    def _attribute_of(self, place: Place, name: str, instance: Instance) -> None:
        klass = instance.of
        if name in self.own_kind.get(id(klass.node), ()) and klass.methods:
            self.meet(place, instance)
        if name in klass.things:
            self.meet(place, klass.things[name])
        function = klass.methods.get(name)
        if function is None and name not in klass.left and not name.startswith("__"):
            dynamic = klass.methods.get("__getattr__")
            if dynamic is not None and dynamic.parameters:
                given = {dynamic.parameters[0].name: self.texts.argument(ast.Constant(name))}
                self.arrive(place, dynamic, given, instance)
                return
            function = klass.methods.get("*")
        if function is not None:
            self.meet(place, Bound(function, instance, name))

    def _member(self, place: Place, file: str, name: str) -> None:
        """Go on with what a module holds under a name, or a module below it."""
        for thing in self.known.get(file, {}).get(name, ()):
            self.meet(place, thing)
        inner = self.project.submodule(file, name)
        if inner:
            self.meet(place, Package(inner))

    def _called(self, place: Place, call: ast.Call, thing: Thing) -> None:
        match thing:
            case Function():
                self._call(place, call, thing, None)
            case Bound(function=function, of=instance):
                self._call(place, call, function, instance)
            case Instance(of=klass) if "__call__" in klass.methods:
                self._call(place, call, klass.methods["__call__"], thing)
            case Klass():
                self._made(place, call, thing)
            case Table() if call.args:
                pass
            case Model():
                given = next((w.value for w in call.keywords if w.arg == "_env_file"), None)
                if given is not None:
                    self.file_uses.append(Use(call, given, thing))

    def _call(
        self,
        place: Place,
        call: ast.Call,
        function: Function,
        instance: Instance | None,
    ) -> None:
        # What must be looked at for one call: a function may have thousands of parameters.
        self.spend(len(function.parameters) // 4)
        given = arguments(function.parameters, call, self.texts, wanted_by(function))
        self.arrive(place, function, given, instance)
        if function.returns is not None:
            self.meet(place, filled_in(function.returns, function.identity, given))

    def _made(self, place: Place, call: ast.Call, klass: Klass) -> None:
        self.spend((len(klass.attributes) + len(klass.init)) // 4)
        starting = klass.methods.get("__init__")
        wanted = {
            hole.name for texts in klass.attributes.values() for t in texts for hole in holes(t)
        }
        wanted |= wanted_by(starting) if starting is not None else set()
        given = arguments(klass.init, call, self.texts, wanted)
        if klass.maker is not None:
            instance = klass.maker(Making(self.module, klass, call, given))
        else:
            instance = made(klass, given)
        if starting is not None:
            self.arrive(place, starting, given, instance)
        if klass.things or any(name != "__init__" for name in klass.methods):
            self.meet(place, instance)

    def _item(self, place: Place, key: ast.expr, thing: Table | Instance) -> None:
        if isinstance(thing, Table):
            self.read_table(place, thing, "subscript", key)
            return
        function = thing.of.methods.get("__getitem__")
        if function is not None and function.parameters:
            given = {function.parameters[0].name: self.texts.argument(key)}
            self.arrive(place, function, given, thing)

    def _handed_on(self, place: Place, above: Place, call: ast.Call, thing: Thing) -> None:
        """Take in a function that is an argument: of `partial`, `map`, or of what keeps it."""
        name = _called_name(call)
        if isinstance(thing, Table):
            if name == "dict":
                self.meet(above, thing)
            return
        function = thing.function if isinstance(thing, Bound) else thing
        if not isinstance(function, Function) or not call.args or call.args[0] is not place.node:
            self._escapes(place, thing)
        elif name == "partial":
            self._partial(above, call, function, thing)
        elif name == "map" and len(call.args) == 2 and function.parameters:
            instance = thing.of if isinstance(thing, Bound) else None
            for row in rows(self.texts, call.args[1], 0):
                if isinstance(row, ast.expr):
                    given = {function.parameters[0].name: self.texts.argument(row)}
                    self.arrive(above, function, given, instance)
        elif name in _KEEPING:
            self.meet(above, thing)
        else:
            self._escapes(place, thing)

    def _partial(self, place: Place, call: ast.Call, function: Function, thing: Thing) -> None:
        rest = ast.Call(call.func, call.args[1:], call.keywords)
        self.spend(len(function.parameters))
        bare = [each._replace(default=None) for each in function.parameters]
        given = arguments(bare, rest, self.texts, wanted_by(function))
        left = tuple(each for each in function.parameters if each.name not in given)
        made_of = replace(function, parameters=left, given={**function.given, **given})
        self.meet(place, replace(thing, function=made_of) if isinstance(thing, Bound) else made_of)


def _called_name(call: ast.Call) -> str:
    """Return the name of the function that is called; of `f(…)(x)` that of `f`."""
    function = call.func.func if isinstance(call.func, ast.Call) else call.func
    name: str = getattr(function, "attr", getattr(function, "id", ""))
    return name


def _annotation(place: Place) -> Place | None:
    """Return the place of the whole annotation that a node is a part of, None for another node."""
    here = place
    while here.parent is not None:
        outer = here.parent.node
        match outer:
            case ast.arg(annotation=hint) | ast.AnnAssign(annotation=hint) if hint is here.node:
                return here
            case ast.FunctionDef(returns=hint) | ast.AsyncFunctionDef(returns=hint) if (
                hint is here.node
            ):
                return here
            case ast.Subscript() | ast.BinOp() | ast.Tuple() | ast.Attribute():
                here = here.parent
            case _:
                return None
    return None


_AT: dict[type, Callable[[Scan, Place, Place, Any, Thing], None]] = {
    ast.Attribute: Scan._at_attribute,
    ast.Call: Scan._at_call,
    ast.Subscript: Scan._at_subscript,
    ast.Compare: Scan._at_compare,
    ast.Assign: Scan._at_assignment,
    ast.AnnAssign: Scan._at_assignment,
    ast.NamedExpr: Scan._at_assignment,
    ast.withitem: Scan._at_with,
    ast.IfExp: Scan._at_choice,
    ast.BoolOp: Scan._at_choice,
    ast.Await: Scan._at_choice,
    ast.Return: Scan._at_return,
    ast.ClassDef: Scan._at_class,
    ast.Dict: Scan._at_dict,
}
