"""Classes of pydantic settings: https://docs.pydantic.dev/latest/concepts/pydantic_settings/."""

import ast
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..analysis import Index
from ..analysis.standing import standing_at
from ..node_names import name_of
from .base import Silent, SilentKey

BASES = frozenset(
    {"pydantic.BaseSettings", "pydantic.v1.BaseSettings", "pydantic_settings.BaseSettings"}
    | {"pydantic_settings.main.BaseSettings", "pydantic.env_settings.BaseSettings"}
)
_HINT = re.compile(rb"^[ \t]*class\b", re.MULTILINE)
_TYPES = {
    **{name: name for name in ("int", "float", "bool", "list")},
    "Path": "path",
    "dict": "json",
    "List": "list",
    "Dict": "json",
    "Decimal": "decimal",
}
_CONSTANT = ("ClassVar", "PrivateAttr")
# What makes the sources of a class; without a use of the environment's it is not read.
_SOURCES, _ENVIRONMENT = ("settings_customise_sources", "customise_sources"), "env_settings"
# How the name of a base must end to be looked at.
_LAST = {True: "BaseSettings", False: "Settings"}
_MAKERS = ("SettingsConfigDict", "ConfigDict", "dict")


class Config(NamedTuple):
    """What a class says of the names of its variables; a prefix of None is not known."""

    prefix: str | None = ""
    case_sensitive: bool = False


class SettingsClass(NamedTuple):
    """A class of settings in a source.

    Attributes:
        node: It.
        config: Its names, with what it inherits.
        reads: Whether its fields are read from the environment.
    """

    node: ast.ClassDef
    config: Config
    reads: bool


def find(index: Index) -> Iterator[Silent]:
    """Yield the classes that read the environment, with their keys as far as they are known."""
    for found in classes(index, BASES):
        names = [each for each in found.node.body if is_field(each)]
        if found.reads and names:
            keys = tuple(fields(found))
            what = f"class {found.node.name}"
            yield Silent("settings-class", found.node.bases[0], what, keys)


def classes(index: Index, origins: Collection[str]) -> Iterator[SettingsClass]:
    """Yield the classes that derive from some classes, directly or through others of the file."""
    known: dict[str, SettingsClass] = {}
    heads = (found.end() for found in _HINT.finditer(index.source.utf8))
    for here in standing_at(index, heads):
        node = here.node
        if not isinstance(node, ast.ClassDef):
            continue
        above = [known[name_of(base)] for base in node.bases if name_of(base) in known]
        begin = [start for base in node.bases if (start := _start(index, base, origins))]
        if not above and not begin:
            continue
        inherited = above[0].config if above else begin[0]
        reads = above[0].reads if above else True
        if any(getattr(each, "name", "") in _SOURCES for each in node.body):
            reads = _takes_environment(node)
        found = known[node.name] = SettingsClass(node, _config(node, inherited), reads)
        yield found


def _start(index: Index, base: ast.expr, origins: Collection[str]) -> Config | None:
    """Return what a base says, None if it is no class of settings."""
    name = name_of(base)
    if not isinstance(base, ast.Name | ast.Attribute) or not name.endswith(_LAST[origins is BASES]):
        return None
    origin = index.resolve(base)
    if origin in origins:
        return Config()
    # Somebody's own base class in another file: what it says of prefixes is not known.
    if origins is BASES and name != "BaseSettings" and isinstance(base, ast.Name):
        place = index.place(base)
        bindings = index.bindings(place) if place else []
        if bindings and all(binding.kind == "import" for binding in bindings):
            return Config(None)
    return None


def is_field(statement: ast.stmt) -> bool:
    """Say whether a statement in the body of a class makes a field."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=hint):
            is_constant = name_of(_outer(hint)) in _CONSTANT
            return not (name.startswith("_") or name == "model_config" or is_constant)
    return False


def fields(found: SettingsClass) -> Iterator[SilentKey]:
    """Yield the variables of the fields that stand in the body of a class."""
    for statement in filter(is_field, found.node.body):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=hint, value=value):
                yield from _field(name, hint, value, statement, found.config)


def _field(
    name: str, hint: ast.expr, value: ast.expr | None, place: ast.AST, config: Config
) -> Iterator[SilentKey]:
    given = [value, *_annotated(hint)]
    called = [
        call for call in given if isinstance(call, ast.Call) and name_of(call.func) == "Field"
    ]
    words = {word.arg: word.value for call in called for word in call.keywords if word.arg}
    default = words.get("default", value if not isinstance(value, ast.Call) else None)
    if default is None and called and called[0] is value and called[0].args:
        default = called[0].args[0]
    if isinstance(default, ast.Constant) and default.value is ...:
        default = None
    has_default = (
        default is not None
        or "default_factory" in words
        or (isinstance(value, ast.Call) and not called)
    )
    given_names = (words.get(word) for word in ("validation_alias", "alias", "env"))
    names = [each for node in given_names for each in _aliases(node)]
    if not names and config.prefix is None:
        return
    if not names:
        spelt = f"{config.prefix}{name}"
        names = [spelt if config.case_sensitive else spelt.upper()]
    kind = _TYPES.get(name_of(_outer(_inner(hint))), "")
    for key in dict.fromkeys(names):
        yield SilentKey(key, place, default, not has_default and len(names) == 1, kind)


def _aliases(node: ast.expr | None) -> Iterator[str]:
    """Yield the names of `alias="A"`, `AliasChoices("A", "B")` and `env=["A", "B"]`."""
    match node:
        case ast.Constant(value=str(name)) if name:
            yield name
        case ast.Call(func=function, args=parts) if name_of(function) == "AliasChoices":
            for part in parts:
                yield from _aliases(part)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _aliases(part)


def _outer(hint: ast.expr) -> ast.expr:
    return hint.value if isinstance(hint, ast.Subscript) else hint


def _inner(hint: ast.expr) -> ast.expr:
    """Return a type without what makes it optional, or adds to it."""
    match hint:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            is_none = isinstance(left, ast.Constant) and left.value is None
            return _inner(right if is_none else left)
        case ast.Subscript(value=outer, slice=inner) if name_of(outer) == "Optional":
            return _inner(inner)
        case ast.Subscript(value=outer, slice=ast.Tuple(elts=[inner, *_])) if (
            name_of(outer) == "Annotated"
        ):
            return _inner(inner)
    return hint


def _annotated(hint: ast.expr) -> list[ast.expr]:
    match hint:
        case ast.Subscript(value=outer, slice=ast.Tuple(elts=[_, *more])) if (
            name_of(outer) == "Annotated"
        ):
            return more
    return []


def _config(node: ast.ClassDef, inherited: Config) -> Config:
    found: dict[str, ast.expr] = {word.arg: word.value for word in node.keywords if word.arg}
    is_known = True
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="model_config")], value=value)
                | ast.AnnAssign(target=ast.Name(id="model_config"), value=value)
            ) if value is not None:
                is_known = isinstance(value, ast.Dict) or (
                    isinstance(value, ast.Call) and name_of(value.func) in _MAKERS
                )
                found.update(_settings_in(value) if is_known else ())
            case ast.ClassDef(name="Config", body=body):
                for inner in body:
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                        found[inner.targets[0].id] = inner.value
    prefix = inherited.prefix if is_known else None
    if "env_prefix" in found:
        given = found["env_prefix"]
        text = given.value if isinstance(given, ast.Constant) else None
        prefix = text if isinstance(text, str) else None
    sensitive = getattr(found.get("case_sensitive"), "value", inherited.case_sensitive)
    return Config(prefix, sensitive is True)


def _settings_in(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match value:
        case ast.Call(keywords=words):
            yield from ((word.arg, word.value) for word in words if word.arg)
        case ast.Dict(keys=keys, values=values):
            for key, each in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, each


def _takes_environment(node: ast.ClassDef) -> bool:
    """Say whether a class that chooses its sources takes the environment for one."""
    return any(
        isinstance(inner, ast.Name) and inner.id == _ENVIRONMENT and isinstance(inner.ctx, ast.Load)
        for statement in node.body
        if getattr(statement, "name", "") in _SOURCES
        for part in getattr(statement, "body", ())
        if not isinstance(part, ast.Delete)
        for inner in ast.walk(part)
    )
