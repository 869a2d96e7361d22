"""The calls of the accessor in a module under check: what is read, and with which default."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from .analysis import Place
from .module import Module


class ConfigRead(NamedTuple):
    """One call of an accessor function; key and default are None if it is given none."""

    call: ast.Call
    key: ast.expr | None
    default: ast.expr | None


def config_reads(module: Module, functions: Collection[str]) -> Iterator[ConfigRead]:
    """Yield the calls of some functions of the accessor, under whatever name they were imported."""
    accessors = module.policy.settings.accessors
    named = {function: function for function in functions if function}
    wanted = {f"{accessor}.{function}" for accessor in accessors for function in named}
    if not any(function in module.text for function in named):
        return
    for top in dict.fromkeys(accessor.partition(".")[0] for accessor in accessors):
        for use in module.index.uses(top):
            if use.origin in wanted:
                yield from _calls(use.node, module.index.place(use.node))
    for place, _ in relative_uses(module, named):
        yield from _calls(place.node, place)


def _calls(name: ast.AST, place: Place | None) -> Iterator[ConfigRead]:
    call = place.parent.node if place and place.parent else None
    if isinstance(call, ast.Call) and call.func is name:
        given = dict(zip(("key", "default"), call.args, strict=False))
        given.update({word.arg: word.value for word in call.keywords if word.arg})
        yield ConfigRead(call, given.get("key"), given.get("default"))


def relative_uses(module: Module, functions: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    """Yield the uses of accessor functions that were imported relatively, with what they are.

    Args:
        module: The file.
        functions: Name of a function of the accessor -> what to yield with its uses.
    """
    accessors = [accessor.split(".") for accessor in module.policy.settings.accessors]
    package = module.relative.split("/")[:-1]
    index = module.index
    index.record(functions)
    for scope in index.scopes():
        for name, bindings in list(scope.bindings.items()):
            alias = bindings[0].alias
            statement = bindings[0].place.node
            if alias is None or not isinstance(statement, ast.ImportFrom) or not statement.level:
                continue
            base = package[: len(package) - statement.level + 1]
            target = [*base, *(statement.module or "").split(".")]
            if alias.name not in functions or not any(
                target[-len(accessor) :] == accessor for accessor in accessors
            ):
                continue
            index.record([name])
            for place in index.occurrences.get(name, ()):
                if index.bindings(place) == bindings:
                    yield place, functions[alias.name]
