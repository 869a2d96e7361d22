"""Service classes of a file as declared keys, read from source: nothing of it is run."""

import ast
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from hushflake.config.declared.key import MODES, Alias, DeclaredKey
from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.declared.fields import NAME
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.node_names import name_of
from hushflake.lint_plugin.silent.settings_fields import is_field

from .annotations import Annotated, Classes, annotated

# What a class inherits from to be a service class.
_BASES = frozenset(
    f"hushflake.config.{part}{name}"
    for part in ("", "fields.services.", "fields.examples.")
    for name in ("Service", "AIConfig", "BusinessConfig", "DataConfig", "InfrastructureConfig")
)
_ENUMS = ("Enum", "StrEnum", "IntEnum")
_LONGEST = 2000  # characters of a description


class ServiceField(NamedTuple):
    """A field of a service class.

    Attributes:
        declared: The key.
        node: Where it stands.
        default: Its default, None for a field that is required.
        name: The class.
    """

    declared: DeclaredKey
    node: ast.AnnAssign
    default: ast.expr | None
    name: str


def may_declare(data: bytes) -> bool:
    """Say from the bytes of a file whether it can hold a service class."""
    return b"hushflake" in data and b"class" in data


def is_usable(field: ServiceField) -> bool:
    """Say whether a field can be declared: its name is one, and it holds no credential."""
    key = field.declared
    texts = [key.name, key.description, key.owner, *map(str, key.choices), str(key.default)]
    texts += [alias.name for alias in key.deprecated_aliases]
    names = [key.name, *(alias.name for alias in key.deprecated_aliases)]
    return all(map(NAME.fullmatch, names)) and not any(map(holds_credential, texts))


def service_fields(module: Module) -> Iterator[ServiceField]:
    """Yield the fields of the service classes of a file; sections are no fields."""
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    prefixes: dict[str, str] = {}
    for node in nodes:
        bases = [base for base in node.bases if isinstance(base, ast.Name | ast.Attribute)]
        inherited = [prefixes[name_of(base)] for base in bases if name_of(base) in prefixes]
        if inherited or any(module.index.resolve(base) in _BASES for base in bases):
            prefixes[node.name] = _prefix(node, inherited[0] if inherited else "")
    if not prefixes:
        return
    classes = _classes(nodes, frozenset(prefixes))
    for node in nodes:
        if node.name in prefixes:
            yield from _fields(node, prefixes[node.name], classes)


def _prefix(node: ast.ClassDef, inherited: str) -> str:
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="prefix")], value=ast.Constant(value=str(text)))
                | ast.AnnAssign(target=ast.Name(id="prefix"), value=ast.Constant(value=str(text)))
            ):
                return text
    return inherited


def _classes(nodes: list[ast.ClassDef], services: frozenset[str]) -> Classes:
    enums = {
        node.name: _members(node)
        for node in nodes
        if any(name_of(base) in _ENUMS for base in node.bases)
    }
    data = [
        node.name
        for node in nodes
        if any(
            name_of(each.func if isinstance(each, ast.Call) else each) == "dataclass"
            for each in node.decorator_list
        )
    ]
    return Classes(enums, frozenset(data), services)


def _members(node: ast.ClassDef) -> tuple[str | int, ...]:
    values: list[str | int] = []
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=str() | int() as value)):
                values.append(value)
            case ast.Assign():
                return ()  # computed: not known here
    same = all(isinstance(each, int) for each in values)
    return tuple(values if same else map(str, values))


def _fields(node: ast.ClassDef, prefix: str, classes: Classes) -> Iterator[ServiceField]:
    for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not is_field(statement):
            continue
        said = annotated(statement.annotation, classes)
        if said.section or not isinstance(statement.target, ast.Name):
            continue
        words, default = _setting(statement.value)
        key = words.get("key")
        name = key if isinstance(key, str) else f"{prefix}{statement.target.id}".upper()
        declared = _declared(name, said, words, default)
        if not declared.description:
            declared = declared._replace(description=_docstring(after))
        yield ServiceField(declared, statement, default, node.name)


def _setting(value: ast.expr | None) -> tuple[dict[str, Any], ast.expr | None]:
    """Return the literal arguments of `setting`, and the default of the field."""
    if not isinstance(value, ast.Call) or name_of(value.func) != "setting":
        return {}, value
    given = {word.arg: word.value for word in value.keywords if word.arg}
    if value.args:
        given["key"] = value.args[0]
    default = given.pop("default", None) or given.pop("default_factory", None)
    return {name: _literal(each) for name, each in given.items()}, default


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Dict(keys=keys, values=values):
            return {
                _literal(key): _literal(value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            }
        case ast.Call(func=function, args=args) if name_of(function) == "date":
            try:
                return date(*(_literal(each) for each in args))
            except (TypeError, ValueError):
                return None
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return [_literal(each) for each in elements]
        case ast.Constant(value=value):
            return value
    return None


def _declared(
    name: str, said: Annotated, words: Mapping[str, Any], default: ast.expr | None
) -> DeclaredKey:
    secret = words.get("secret")
    modes = words.get("required")
    value = _plain(default) if not said.secret and secret is not True else None
    return DeclaredKey(
        name,
        said.type,
        secret=secret if isinstance(secret, bool) else said.secret,
        default=value,
        required=(
            tuple(mode for mode in modes if mode in MODES)
            if isinstance(modes, list)
            else default is None
        ),
        owner=_text(words.get("owner")),
        description=_text(words.get("description")),
        choices=said.choices,
        schemes=said.schemes,
        deprecated_aliases=tuple(_aliases(words.get("aliases"))),
    )


def _plain(node: ast.expr | None) -> Any:
    """Return a default that can stand in a declaration, None for any other."""
    value = _literal(node) if node is not None else None
    if isinstance(value, list):
        is_plain = value and all(isinstance(each, str | int | float) for each in value)
        return tuple(value) if is_plain else None
    return value if isinstance(value, str | int | float) else None


def _aliases(given: Any) -> Iterator[Alias]:
    ends = dict.fromkeys(each for each in given if isinstance(each, str)) if isinstance(
        given, list
    ) else given  # fmt: skip
    for name, end in ends.items() if isinstance(ends, dict) else ():
        if isinstance(end, str):
            try:
                end = date.fromisoformat(end)
            except ValueError:
                end = None
        if isinstance(name, str):
            yield Alias(name, end if isinstance(end, date) else None)


def _docstring(after: ast.stmt | None) -> str:
    match after:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return _text(text)
    return ""


def _text(value: Any) -> str:
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""
