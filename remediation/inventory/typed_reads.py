"""Reads through the module that `hushflake config codegen` writes: `keys.port`."""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hushflake.lint_plugin.errors import SettingsError
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.node_names import name_of
from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.settings import Settings

from .key_types import inventory_type

# What the module calls its class and the instance of it.
_HOLDERS = ("keys", "Keys")
FORM = "typed"


class TypedKey(NamedTuple):
    """A key as an attribute: `type` as the inventory has it, "" where nothing tells."""

    name: str
    type: str = ""
    required: bool = False


class TypedRead(NamedTuple):
    """An attribute that is read."""

    node: ast.expr
    key: TypedKey


def attributes_of(settings: Settings) -> Mapping[str, TypedKey]:
    """Return the attributes of the generated module, as far as it is there and can be read."""
    if not settings.generated_module:
        return {}
    try:
        data = read(settings.inner_file(settings.generated["module"], "generated"), LARGEST_TEXT)
        tree = ast.parse(data)
    except (OSError, SettingsError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return dict(
        found
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if (found := _attribute(statement)) is not None
    )


def _attribute(statement: ast.stmt) -> tuple[str, TypedKey] | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=attribute), value=ast.Call() as call):
            texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
            if name_of(call.func) != "Typed" or not texts or not isinstance(texts[0], str):
                return None
            words = {word.arg: word.value for word in call.keywords if word.arg}
            required = words.get("required")
            return attribute, TypedKey(
                texts[0],
                inventory_type(str(texts[1])) if len(texts) > 1 else "",
                isinstance(required, ast.Constant) and required.value is True,
            )
    return None


def typed_reads(module: Module, attributes: Mapping[str, TypedKey]) -> Iterator[TypedRead]:
    """Yield the attributes that a file reads, of the class or of the instance."""
    path = module.policy.settings.generated_module
    if not attributes or not path or path[-1].encode() not in module.utf8:
        return
    if module.relative == f"{'/'.join(path)}.py":
        return
    names = [".".join(path[begin:]) for begin in range(len(path))]
    for top in dict.fromkeys(name.partition(".")[0] for name in names):
        for use in module.index.uses(top):
            for name in names:
                if use.origin.startswith(f"{name}."):
                    rest = use.origin[len(name) + 1 :].split(".")
                    yield from _read(use.node, rest, attributes)
                    break
    yield from _relative(module, path, attributes)


def _read(
    node: ast.expr, rest: list[str], attributes: Mapping[str, TypedKey]
) -> Iterator[TypedRead]:
    """Yield the read that a chain of names is, which begins below the module."""
    if len(rest) > 1 and rest[0] in _HOLDERS and rest[1] in attributes:
        for _ in rest[2:]:  # `keys.port.bit_length`
            if isinstance(node, ast.Attribute):
                node = node.value
        yield TypedRead(node, attributes[rest[1]])


def _relative(
    module: Module, path: tuple[str, ...], attributes: Mapping[str, TypedKey]
) -> Iterator[TypedRead]:
    """Yield the reads through a relative import: `from .keys import keys`, `from . import keys`."""
    index, package = module.index, module.relative.split("/")[:-1]
    index.record([*_HOLDERS, path[-1]])
    for scope in index.scopes():
        for name, bindings in list(scope.bindings.items()):
            alias, statement = bindings[0].alias, bindings[0].place.node
            if alias is None or not isinstance(statement, ast.ImportFrom) or not statement.level:
                continue
            base = package[: len(package) - statement.level + 1]
            target = [*base, *filter(None, (statement.module or "").split("."))]
            if target == list(path):
                before = [alias.name]
            elif [*target, alias.name] == list(path):
                before = []
            else:
                continue
            index.record([name])
            for place in index.occurrences.get(name, ()):
                if index.bindings(place) == bindings:
                    node, chain = index.chain(place, "")
                    yield from _read(node, [*before, *chain.split(".")[1:]], attributes)
