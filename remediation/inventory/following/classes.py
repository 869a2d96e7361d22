"""Classes whose methods read: what their objects hold, what derives from them, who calls them."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from .text import MINE, UNKNOWN, Hole, Text, filled, holes
from .texts import Texts
from .things import Argument, Instance, Klass, Parameter
from .wrapping import parameters


def attributes_of(
    node: ast.ClassDef, texts: Texts
) -> tuple[dict[str, tuple[Text, ...]], tuple[Parameter, ...]]:
    """Return what the objects of a class hold, as far as it is text, and how they are made.

    Of attributes that the constructor sets, the holes are its parameters.
    """
    found: dict[str, tuple[Text, ...]] = {}
    init: tuple[Parameter, ...] = ()
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is not None:
                found[name] = tuple(texts.of(value))
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.setdefault(name, ((Hole(MINE, name),),))
            case ast.FunctionDef(name="__init__"):
                texts.index.visit([texts.index.source.range(statement)[0]])
                place = texts.index.place(statement)
                if place is not None:
                    init = parameters(place, texts)
                    found.update(_set_in(statement, texts))
    if not init:
        # The fields of a dataclass, and of what is made like one.
        init = tuple(
            Parameter(each.target.id, "both", _argument(each.value, texts))
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        )
        if any(
            getattr(each, "id", "") == "dataclass" or isinstance(each, ast.Call)
            for each in node.decorator_list
        ):
            found.update({each.name: ((Hole(MINE, each.name),),) for each in init})
    return found, init


def _argument(node: ast.expr | None, texts: Texts) -> Argument | None:
    return None if node is None else texts.argument(node)


def _set_in(init: ast.FunctionDef, texts: Texts) -> Iterator[tuple[str, tuple[Text, ...]]]:
    for node in ast.walk(init):
        match node:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=name)], value=value)
                | ast.AnnAssign(target=ast.Attribute(value=ast.Name(), attr=name), value=value)
            ) if value is not None:
                found = [_own(text, id(init)) for text in texts.of(value)]
                if found != [UNKNOWN]:
                    yield name, tuple(found)


def _own(text: Text, identity: int) -> Text:
    return tuple(
        part._replace(owner=MINE) if isinstance(part, Hole) and part.owner == identity else part
        for part in text
    )


def constants(attributes: Mapping[str, Sequence[Text]]) -> dict[str, tuple[Text, ...]]:
    """Return those attributes that no constructor gives."""
    return {
        name: tuple(texts)
        for name, texts in attributes.items()
        if not any(holes(text) for text in texts)
    }


def presumed(klass: Klass) -> Instance:
    """Return the object that a class makes without arguments, where no other is seen."""
    given = {each.name: each.default for each in klass.init if each.default is not None}
    return made(klass, given)


def made(klass: Klass, given: Mapping[str, Argument]) -> Instance:
    """Return the object that a call of a class makes."""

    def give(hole: Hole) -> Sequence[Text]:
        found = given.get(hole.name) if hole.owner == MINE else None
        return found.texts if found is not None else [UNKNOWN]

    attributes = {
        name: tuple(each for text in texts for each in filled(text, give))
        for name, texts in klass.attributes.items()
    }
    return Instance(klass, attributes)


def inherited(
    klass: Klass,
    node: ast.ClassDef,
    said: tuple[Mapping[str, tuple[Text, ...]], tuple[Parameter, ...]],
) -> Klass:
    """Return a class that derives from another, with what it says itself, of `attributes_of`."""
    own, init = said
    names = {getattr(each, "name", "") for each in node.body}
    methods = {name: made for name, made in klass.methods.items() if name not in names}
    is_made_anew = "__init__" in names
    kept = {
        name: found
        for name, found in klass.attributes.items()
        if not (is_made_anew and any(holes(text) for text in found))
    }
    return Klass(
        node.name,
        methods,
        {**kept, **own},
        init if is_made_anew else klass.init or init,
        prefixing=klass.prefixing,
        things=klass.things,
        left=klass.left,
        maker=None if is_made_anew else klass.maker,
        node=node,
        line=klass.line | {id(klass.node)},
    )


def own_attributes(node: ast.AST) -> dict[str, list[ast.Attribute]]:
    """Return what a class takes of itself, by name: `self.get`, `cls.get`, `super().get`."""
    found: dict[str, list[ast.Attribute]] = {}
    for each in ast.walk(node):
        match each:
            case ast.Attribute(value=inner, attr=name, ctx=ast.Load()):
                is_self = isinstance(inner, ast.Name) and inner.id in ("self", "cls")
                is_super = isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "super"
                if is_self or is_super:
                    found.setdefault(name, []).append(each)
    return found
