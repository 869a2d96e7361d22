"""Fields of classes that read through `hushflake.config`: its services, and its pydantic base."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.node_names import name_of
from hushflake.lint_plugin.silent.base import SilentKey
from hushflake.lint_plugin.silent.settings_classes import classes, fields, is_field

_PYDANTIC = frozenset({"hushflake.config.pydantic.ConfigSettings"})
_SERVICES = frozenset(
    f"hushflake.config.{part}{name}"
    for part in ("", "services.")
    for name in (*("Service", "AIConfig", "BusinessConfig", "DataConfig", "InfrastructureConfig"),)
)
_TYPES = {"int": "int", "float": "float", "bool": "bool", "Path": "path", "tuple": "list"}


def service_keys(module: Module) -> Iterator[tuple[str, SilentKey]]:
    """Yield the keys of a file with their form: `settings-class` or `service-class`."""
    if b"ConfigSettings" in module.utf8:
        for found in classes(module.index, _PYDANTIC):
            yield from (("settings-class", key) for key in fields(found))
    if b"hushflake" in module.utf8 and b"class" in module.utf8:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and _is_service(module, node):
                yield from (("service-class", key) for key in _fields(node))


def _is_service(module: Module, node: ast.ClassDef) -> bool:
    return any(
        isinstance(base, ast.Name | ast.Attribute) and module.index.resolve(base) in _SERVICES
        for base in node.bases
    )


def _fields(node: ast.ClassDef) -> Iterator[SilentKey]:
    prefix = ""
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="prefix")], value=ast.Constant(value=str(text)))
                | ast.AnnAssign(target=ast.Name(id="prefix"), value=ast.Constant(value=str(text)))
            ):
                prefix = text
            case ast.AnnAssign(target=ast.Name(id=name), annotation=hint, value=value) if is_field(
                statement
            ):
                yield _field(f"{prefix}{name}".upper(), hint, value, statement)


def _field(key: str, hint: ast.expr, value: ast.expr | None, place: ast.stmt) -> SilentKey:
    default = value
    if isinstance(value, ast.Call) and name_of(value.func) == "setting":
        words = {word.arg: word.value for word in value.keywords if word.arg}
        named = value.args[0] if value.args else words.get("key")
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            key = named.value
        default = words.get("default", words.get("default_factory"))
    kind = hint.left if isinstance(hint, ast.BinOp) else hint
    kind = kind.value if isinstance(kind, ast.Subscript) else kind
    return SilentKey(key, place, default, default is None, _TYPES.get(name_of(kind), ""))
