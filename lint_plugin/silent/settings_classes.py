"""Classes of pydantic settings: https://docs.pydantic.dev/latest/concepts/pydantic_settings/."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..analysis import Index
from ..analysis.standing import standing_at
from ..node_names import name_of
from .base import Silent
from .settings_fields import Field, Models, Names, keys_of, own_fields

BASES = frozenset(
    {"pydantic.BaseSettings", "pydantic.v1.BaseSettings", "pydantic_settings.BaseSettings"}
    | {"pydantic_settings.main.BaseSettings", "pydantic.env_settings.BaseSettings"}
)
_HINT = re.compile(rb"(?:^|(?<=\r))[ \t]*class\b", re.MULTILINE)
# What makes the sources of a class; without a use of the environment's it is not read.
_SOURCES = ("settings_customise_sources", "customise_sources")
# How the name of a base of another file ends that is taken for one.
_LAST = "BaseSettings"
# More fields are inherited by no class that a person wrote.
_MOST = 1000
_MAKERS = ("SettingsConfigDict", "ConfigDict", "dict")


class SettingsClass(NamedTuple):
    """A class of settings in a source.

    Attributes:
        node: It.
        names: How its variables are called, with what it inherits.
        fields: Its own fields.
        inherited: The fields of the classes that it derives from, those of its own left out.
        given: What it says of itself in its head, in `model_config` or in `class Config`.
        sources: The sources that it takes, of `env` and `dotenv`.
    """

    node: ast.ClassDef
    names: Names
    fields: tuple[Field, ...] = ()
    inherited: tuple[Field, ...] = ()
    given: Mapping[str, ast.expr] = {}
    sources: frozenset[str] = frozenset({"env", "dotenv"})

    @property
    def reads(self) -> bool:
        """Whether its fields are read from the environment."""
        return "env" in self.sources

    @property
    def customises(self) -> bool:
        """Whether it chooses its sources itself."""
        return any(getattr(each, "name", "") in _SOURCES for each in self.node.body)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Its fields, inherited ones first."""
        return (*self.inherited, *self.fields)


def find(index: Index) -> Iterator[Silent]:
    """Yield the classes that read the environment, with their keys as far as they are known."""
    for found in classes(index, BASES):
        if found.reads and found.fields:
            keys = tuple(keys_of(found.fields, found.names))
            what = f"class {found.node.name}"
            yield Silent("settings-class", found.node.bases[0], what, keys)


def classes(
    index: Index,
    origins: Collection[str],
    others: Mapping[str, SettingsClass] | None = None,
    models: Models | None = None,
) -> Iterator[SettingsClass]:
    """Yield the classes that derive from some classes, directly or through others of the file.

    Args:
        index: Of the source.
        origins: The dotted names of the classes that all begins with.
        others: Name in this file -> a class of another file that was imported under it.
        models: See `own_fields`.
    """
    known: dict[str, SettingsClass] = dict(others or {})
    heads = (found.end() for found in _HINT.finditer(index.source.utf8))
    for here in standing_at(index, heads):
        node = here.node
        if not isinstance(node, ast.ClassDef):
            continue
        above = [known[name_of(base)] for base in node.bases if name_of(base) in known]
        begin = [start for base in node.bases if (start := _start(index, base, origins))]
        if not above and not begin:
            continue
        found = known[node.name] = settings_class(node, above, begin[0] if begin else None, models)
        yield found


def settings_class(
    node: ast.ClassDef,
    above: Sequence[SettingsClass],
    begin: Names | None = None,
    models: Models | None = None,
) -> SettingsClass:
    """Return what a class of settings is.

    Args:
        node: The class.
        above: The classes of settings that it derives from.
        begin: What is known of names where it derives from none of them.
        models: See `own_fields`.
    """
    inherited = above[0].names if above else begin or Names()
    sources = above[0].sources if above else frozenset({"env", "dotenv"})
    if any(getattr(each, "name", "") in _SOURCES for each in node.body):
        sources = frozenset(_taken(node))
    given, is_known = _settings_of(node)
    names = _names(given, inherited, is_known=is_known)
    own = tuple(own_fields(node, models if names.delimiter else None))
    mine = {field.name for field in own}
    before = {field.name: field for each in reversed(above) for field in each.all_fields}
    kept = tuple(field for name, field in before.items() if name not in mine)[:_MOST]
    return SettingsClass(node, names, own, kept, given, sources)


def _start(index: Index, base: ast.expr, origins: Collection[str]) -> Names | None:
    """Return what a base says, None if it is no class of settings."""
    name = name_of(base)
    if not isinstance(base, ast.Name | ast.Attribute):
        return None
    if index.resolve(base) in origins:
        return Names()
    # Somebody's own base class in another file: what it says of prefixes is not known.
    is_one = name.endswith(_LAST) and name != _LAST
    if origins is BASES and is_one and isinstance(base, ast.Name):
        place = index.place(base)
        bindings = index.bindings(place) if place else []
        if bindings and all(binding.kind == "import" for binding in bindings):
            return Names(None)
    return None


def _settings_of(node: ast.ClassDef) -> tuple[dict[str, ast.expr], bool]:
    """Return the settings in a class, and whether all of them are written out there."""
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
    return found, is_known


def _names(given: Mapping[str, ast.expr], inherited: Names, *, is_known: bool) -> Names:
    def flag(before: bool, *words: str) -> bool:
        values = [given[word] for word in words if word in given]
        return getattr(values[-1], "value", None) is True if values else before

    prefix = inherited.prefix if is_known else None
    if "env_prefix" in given:
        text = getattr(given["env_prefix"], "value", None)
        prefix = text if isinstance(text, str) else None
    delimiter = getattr(given.get("env_nested_delimiter"), "value", inherited.delimiter)
    return Names(
        prefix,
        flag(inherited.case_sensitive, "case_sensitive"),
        delimiter if isinstance(delimiter, str) else "",
        flag(inherited.by_name, "populate_by_name", "validate_by_name"),
        flag(inherited.by_alias, "validate_by_alias"),
        inherited.aliased or "alias_generator" in given,
    )


def _settings_in(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match value:
        case ast.Call(keywords=words):
            yield from ((word.arg, word.value) for word in words if word.arg)
        case ast.Dict(keys=keys, values=values):
            for key, each in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, each


def _taken(node: ast.ClassDef) -> Iterator[str]:
    """Yield the sources that a class takes which chooses them: `env`, `dotenv`."""
    for statement in node.body:
        if getattr(statement, "name", "") not in _SOURCES:
            continue
        for part in getattr(statement, "body", ()):
            if not isinstance(part, ast.Delete):
                for inner in ast.walk(part):
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                        yield inner.id.removesuffix("_settings")
