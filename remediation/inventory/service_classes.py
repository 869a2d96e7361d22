"""What reads through `hushflake.config` without a call that names the key alone.

Fields of its service classes, and exports for libraries.
"""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.node_names import name_of
from hushflake.lint_plugin.silent.base import SilentKey

from ..keys.classes import ServiceField, may_declare, service_fields
from .key_types import inventory_type


def service_keys(module: Module) -> Iterator[tuple[str, SilentKey, str]]:
    """Yield the keys of a file with their form, and the service class of a `service-class`.

    The forms are `service-class` and `export`.
    """
    if may_declare(module.utf8):
        for field in service_fields(module):
            yield "service-class", _key(field), field.name
    if b"export_to_environment" in module.utf8:
        yield from (("export", key, "") for key in _exported(module))


def _exported(module: Module) -> Iterator[SilentKey]:
    """The literal keys of `export_to_environment([…])`."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(
                args=[ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts)]
            ):
                if name_of(node.func) == "export_to_environment":
                    for part in parts:
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield SilentKey(part.value, part)


def _key(field: ServiceField) -> SilentKey:
    kind = inventory_type(field.declared.type)
    name, node = field.declared.name, field.node
    return SilentKey(name, node, field.default, field.declared.required is True, kind)
