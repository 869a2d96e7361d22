"""What a call, a subscript or an attribute of a thing reads."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hushflake.lint_plugin.analysis import Place

from .base import LEVELS, Base
from .calling import Arrival, arrivals
from .text import MINE, SELF, Hole, constant, holes, join
from .things import TABLE_PARAMETERS, Argument, Function, Instance, Required, Table, Way
from .wrapping import Seed


class Arriving(Base):
    """Takes in the reads that things come to."""

    def arrive(
        self,
        place: Place,
        function: Function,
        given: Mapping[str, Argument],
        instance: Instance | None = None,
    ) -> None:
        """Take in what a function reads when it is called at a place.

        Args:
            place: Of the call, or of what else stands for one.
            function: It.
            given: Parameter -> argument.
            instance: What it is a method of.
        """
        if not self.spend(len(function.ways) + len(given) // 4):
            self.cut(place, function)
            return
        attributes = instance.attributes if instance is not None else {}
        for arrival in arrivals(function, place.node, given, attributes):
            self._take(place, arrival if instance is None else _of(arrival, instance, self, place))

    def presume(self, node: ast.AST, function: Function, instance: Instance) -> None:
        """Take in what objects of a class read, where none is seen. `node`: of the class."""
        for arrival in arrivals(function, node, {}, instance.attributes):
            known = tuple(text for text in arrival.texts if constant(text) is not None)
            if known:
                self.found.append(arrival._replace(texts=known, presumed=True))

    def read_table(
        self,
        place: Place,
        table: Table,
        form: str,
        key: ast.expr,
    ) -> None:
        """Take in a read of a mapping that is no call."""
        needed: Required = "always" if form == "subscript" else "never"
        way = Way((Hole(MINE, "key"),), replace(table.origin, form=form), required=needed)
        self.arrive(place, Function((way,)), {"key": self.texts.argument(key)})

    def _take(self, place: Place, arrival: Arrival) -> None:
        self.spend(len(arrival.texts) - 1)
        known = tuple(text for text in arrival.texts if not holes(text))
        if known:
            self.found.append(arrival._replace(texts=known))
        for text in arrival.texts:
            if not holes(text):
                continue
            way = arrival.way
            if not way.steps:
                # The call of a library: it is the read that others come to.
                self.found.append(arrival._replace(texts=(text,)))
            if len(way.steps) < LEVELS:
                span = self.module.source.span(arrival.node)
                steps = (*way.steps, f"{self.path}:{span.line}:{span.column}")
                seed = Seed(
                    place, text, way.origin, arrival.default, arrival.required, arrival.type,
                    arrival.cast, steps,
                )  # fmt: skip
                self.seeds.append(seed)
            elif not way.by_object or any(hole.owner != SELF for hole in holes(text)):
                # Through too many functions: who calls them gives keys that are not known. What an
                # object gives by itself was told with the first of its methods.
                self.escaped.update(way.steps)


def get_of(table: Table) -> Function:
    """Return the function that `get` of a mapping is."""
    way = Way((Hole(MINE, "key"),), replace(table.origin, form="environ.get"), "default")
    return Function((way,), TABLE_PARAMETERS)


def _of(arrival: Arrival, instance: Instance, base: Base, place: Place) -> Arrival:
    """Return a read of an object with what is known of that object."""
    if instance.of.prefixing:
        begins = [base.texts.of(each) for each in _prefixes(place, instance.of.prefixing)]
        texts = tuple(each for text in arrival.texts for each in join([*begins, [text]]))
        arrival = arrival._replace(texts=texts)
    if instance.files:
        origin = arrival.way.origin
        origin = replace(origin, sources=(*origin.sources, *instance.files))
        arrival = arrival._replace(way=replace(arrival.way, origin=origin))
    names = {constant(text) for text in arrival.texts}
    expected = instance.expected.get(next(iter(names)) or "") if len(names) == 1 else None
    if expected is not None:
        arrival = arrival._replace(
            type=arrival.type or expected.type, default=arrival.default or expected.default
        )
    return arrival


def _prefixes(place: Place, method: str) -> list[ast.expr]:
    """Return what the `with env.prefixed("APP_"):` around a place put in front, outer first."""
    found: list[ast.expr] = []
    above = place.parent
    while above is not None:
        if isinstance(above.node, ast.With | ast.AsyncWith):
            found += list(_given_to(above.node, method))[::-1]
        above = above.parent
    return found[::-1]


def _given_to(statement: ast.With | ast.AsyncWith, method: str) -> Iterator[ast.expr]:
    for item in statement.items:
        match item.context_expr:
            case ast.Call(func=ast.Attribute(attr=name), args=[text, *_]) if name == method:
                yield text
