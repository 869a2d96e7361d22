"""What a call hands over: arguments to parameters, and from them the keys that are read."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..types import type_of_cast
from .text import MINE, SELF, UNKNOWN, Hole, Text, filled, holes
from .texts import Texts
from .things import Argument, Function, Parameter, Required, Thing, Way

# Under which name the arguments beyond the parameters are kept: `*0`, `*1`, …
_EXTRA = "*"


class Arrival(NamedTuple):
    """A read that a call comes to.

    Attributes:
        node: The call, or what else stands for it.
        texts: What the key can be.
        way: How it got there.
        default: What is taken without a value; None for nothing.
        required: Whether it fails without the key: always, or where no default is given.
        type: What becomes of the text.
        secret: Whether it is converted to something that hides its value.
        cast: What it is converted with.
        presumed: Whether it counts only where no call is found that says more.
    """

    node: ast.AST
    texts: tuple[Text, ...]
    way: Way
    default: Argument | None
    required: Required
    type: str
    secret: bool
    cast: ast.expr | None = None
    presumed: bool = False


def wanted_by(function: Function) -> frozenset[str]:
    """Return the parameters that make a key: of the function, or of one that it returns."""
    inner = function.returns.ways if isinstance(function.returns, Function) else ()
    return frozenset(hole.name for way in (*function.ways, *inner) for hole in holes(way.text))


def arguments(
    parameters: Sequence[Parameter], call: ast.Call, texts: Texts, wanted: Collection[str]
) -> dict[str, Argument]:
    """Return parameter -> what a call gives for it; those that have a default, and are not given,
    have that.

    Args:
        parameters: Of the function.
        call: The call.
        texts: Of the source.
        wanted: The parameters of which it matters what text they are.
    """

    def argument(name: str, node: ast.expr) -> Argument:
        return texts.argument(node) if name in wanted else Argument((), node, texts.path)

    given = {each.name: each.default for each in parameters if each.default is not None}
    places = [each.name for each in parameters if each.kind in ("both", "positional")]
    for at, node in enumerate(call.args):
        if isinstance(node, ast.Starred):
            break
        name = places[at] if at < len(places) else f"{_EXTRA}{at - len(places)}"
        given[name] = argument(name, node)
    for word in call.keywords:
        if word.arg is not None:
            given[word.arg] = argument(word.arg, word.value)
    return given


def arrivals(
    function: Function,
    node: ast.AST,
    given: Mapping[str, Argument],
    attributes: Mapping[str, Sequence[Text]],
) -> Iterator[Arrival]:
    """Yield the reads that a call of a function comes to.

    Args:
        function: It.
        node: The call.
        given: Of `arguments`.
        attributes: Of the object that it is a method of.
    """
    given = {**function.given, **given}

    def give(hole: Hole) -> Sequence[Text]:
        if hole.owner == MINE:
            found = given.get(hole.name)
            return found.texts if found is not None else [UNKNOWN]
        if hole.owner == SELF:
            return attributes.get(hole.name, [UNKNOWN])
        return [((hole._replace(changes=())),)]

    for way in function.ways:
        default = given.get(way.default) if isinstance(way.default, str) else way.default
        if default is None and way.default == f"{_EXTRA}0":
            default = given.get("default")
        if default is not None and is_none(default.node):
            default = None
        cast = given.get(way.cast) if way.cast else None
        kind, secret = type_of_cast(cast.node) if cast is not None else ("", False)
        yield Arrival(
            node,
            tuple(filled(way.text, give)),
            way,
            default,
            way.required,
            kind or way.type,
            secret or way.origin.secret,
            cast.node if cast is not None else None,
        )


def filled_in(thing: Thing, identity: int, given: Mapping[str, Argument]) -> Thing:
    """Return what a call returns, with the arguments of the call in it.

    Args:
        thing: What the function returns.
        identity: Of the node of that function.
        given: Parameter of it -> argument.
    """
    if not isinstance(thing, Function):
        return thing

    def give(hole: Hole) -> Sequence[Text]:
        if hole.owner != identity:
            return [(hole._replace(changes=()),)]
        found = given.get(hole.name)
        return found.texts if found is not None else [UNKNOWN]

    if not any(hole.owner == identity for way in thing.ways for hole in holes(way.text)):
        return thing
    ways = [replace(way, text=text) for way in thing.ways for text in filled(way.text, give)]
    return replace(thing, ways=tuple(ways))


def is_none(node: ast.expr) -> bool:
    """Say whether an expression is a written `None`, or `...`."""
    return isinstance(node, ast.Constant) and node.value in (None, ...)


def must_be_there(arrival: Arrival) -> bool:
    """Say whether a read fails without its key."""
    if arrival.required == "always":
        return True
    return arrival.required == "without-default" and arrival.default is None
