"""The calls of the accessor in a module under check: what is read, and with which default."""

import ast
from collections.abc import Collection, Iterator
from typing import NamedTuple

from .module import Module


class ConfigRead(NamedTuple):
    """One call of an accessor function; key and default are None if it is given none."""

    call: ast.Call
    key: ast.expr | None
    default: ast.expr | None


def config_reads(module: Module, functions: Collection[str]) -> Iterator[ConfigRead]:
    """Yield the calls of some functions of the accessor, under whatever name they were imported."""
    accessor = module.policy.settings.accessor
    wanted = {f"{accessor}.{function}" for function in functions if function}
    if not any(function and function in module.text for function in functions):
        return
    for use in module.index.uses(accessor.partition(".")[0]):
        place = module.index.place(use.node)
        call = place.parent.node if place and place.parent else None
        if use.origin in wanted and isinstance(call, ast.Call) and call.func is use.node:
            given = dict(zip(("key", "default"), call.args, strict=False))
            given.update({word.arg: word.value for word in call.keywords if word.arg})
            yield ConfigRead(call, given.get("key"), given.get("default"))
