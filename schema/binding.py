"""Nodes to typed values, by the annotations of dataclasses; every mistake is collected.

One declaration, the dataclass, says what YAML may hold: it binds, it names unknown keys, and
`jsonschema.py` makes the editors' schema from it.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import yaml

from . import scalars
from .codec import default_of, hints_of
from .context import Context, FailedError, shape_of
from .kinds.annotations import Aliases, OneOf, Range, Ref, SqlText, SqlType, Target
from .names import Identifier, QualifiedName
from .nodes import Node, plain_scalar
from .scalars import Convert
from .suggest import one_of
from .types import normal_type
from .unknown_keys import unknown_key

T = TypeVar("T")


def bind(
    spec_type: type[T], node: Node, context: Context, skip: frozenset[str] = frozenset()
) -> T | None:
    """Bind a mapping node to a dataclass; None when it had mistakes, which are in the context.

    Args:
        skip: Keys that the caller reads itself.
    """
    value, failed = bind_partly(spec_type, node, context, skip)
    return None if failed else value


def bind_partly(
    spec_type: type[T], node: Node, context: Context, skip: frozenset[str] = frozenset()
) -> tuple[T | None, frozenset[str]]:
    """Bind what can be bound; the mistakes are in the context.

    Returns:
        The value, and the keys that failed or are missing. With such keys it holds defaults and
        stand-ins in their place, for checks alone; it is None where nothing can stand in.
    """
    try:
        return _bind_dataclass(spec_type, node, context, skip), frozenset()
    except FailedError as error:
        return error.partial, error.failed or frozenset({""})


def _bind_dataclass(
    spec_type: Any, node: Node, context: Context, skip: frozenset[str] = frozenset()
) -> Any:
    fields, required = _fields_of(spec_type)
    if not isinstance(node, yaml.MappingNode):
        raise context.fail(
            node, f"a mapping is wanted here, not {shape_of(node)}", "write key: value"
        )
    values: dict[str, Any] = {}
    seen: set[str] = set()
    failed: set[str] = set()
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        if key in seen:
            context.error(key_node, f"the key {key!r} comes twice", "keep one of them")
            failed.add(key)
            continue
        seen.add(key)
        item = fields.get(key)
        if item is None:
            if key not in skip:
                unknown_key(key_node, key, [*fields, *skip], context)
                failed.add(key)
            continue
        try:
            values[item[0]] = item[1](value_node, context)
        except FailedError as error:
            failed.add(key)
            if error.partial is not None:
                values[item[0]] = error.partial
    if not seen.issuperset(required):
        for key in required:
            if key not in seen:
                context.error(node, f"the key {key!r} is missing", f"add {key}: …")
                failed.add(key)
    if failed:
        missing = {k: v for k, v in _stand_ins(spec_type).items() if k not in values}
        whole = None not in missing.values()
        raise FailedError(spec_type(**values, **missing) if whole else None, frozenset(failed))
    return spec_type(**values)


@cache
def _stand_ins(spec_type: Any) -> dict[str, Any]:
    """A harmless value for each field without a default; None where there is none."""
    hints = hints_of(spec_type)
    return {
        item.name: _stand_in(hints[item.name])
        for item in dataclasses.fields(spec_type)
        if default_of(item) is dataclasses.MISSING
    }


def _stand_in(hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if isinstance(arguments[1], SqlType):
            return normal_type("string")
        return arguments[1].least if isinstance(arguments[1], Range) else _stand_in(arguments[0])
    if origin is tuple:
        return ()
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {}
    return {str: "", int: 0, float: 0.0, bool: False}.get(hint)


@cache
def _fields_of(spec_type: Any) -> tuple[dict[str, tuple[str, Convert]], tuple[str, ...]]:
    """YAML key -> field name and converter; and the keys that must be there."""
    hints = hints_of(spec_type)
    fields = {
        item.metadata.get("key", item.name): item
        for item in dataclasses.fields(spec_type)
        if item.metadata.get("yaml", True)
    }
    converters = {
        key: (item.name, item.metadata.get("convert") or converter(hints[item.name]))
        for key, item in fields.items()
    }
    required = (key for key, item in fields.items() if default_of(item) is dataclasses.MISSING)
    return converters, tuple(required)


def converter(hint: Any) -> Convert:
    """The converter of an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1])
    if origin in (Union, types.UnionType):
        inner = next(converter(item) for item in arguments if item is not type(None))
        return lambda node, context: None if scalars.is_null(node) else inner(node, context)
    if origin is tuple:
        return _sequence(converter(arguments[0]))
    if origin is Literal:
        return scalars.keyword(arguments)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[0], converter(arguments[1]))
    if dataclasses.is_dataclass(hint) and hint not in (Identifier, QualifiedName):
        return lambda node, context: _bind_dataclass(hint, node, context)
    return _SIMPLE[hint]


def _annotated(hint: Any, marker: Any) -> Convert:
    if isinstance(marker, OneOf):
        return _target(marker)
    if isinstance(marker, Ref):
        return _reference(marker)
    if isinstance(marker, SqlType):
        return scalars.sql_type
    if isinstance(marker, SqlText):
        return scalars.sql_text(marker)
    if isinstance(marker, Range):
        return scalars.ranged(marker, scalars.number if hint is float else scalars.integer)
    if isinstance(marker, Aliases):
        return scalars.keyword(get_args(hint), marker.words)
    return converter(hint)


def _sequence(one: Convert) -> Convert:
    def convert(node: Node, context: Context) -> tuple[Any, ...]:
        # One value where a list is wanted is a list of one.
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        try:
            return tuple(collect(items, lambda item: one(item, context)))
        except FailedError as error:
            raise FailedError(tuple(error.partial)) from None

    return convert


def collect(items: list[Node], convert: Callable[[Node], T]) -> list[T]:
    """Convert every item, so that all their mistakes are found, and fail if one failed."""
    values: list[T] = []
    failed = False
    for item in items:
        try:
            values.append(convert(item))
        except FailedError as error:
            failed = True
            if error.partial is not None:
                values.append(error.partial)
    if failed:
        raise FailedError(values)
    return values


def _mapping(key_hint: Any, one: Convert) -> Convert:
    read_key = scalars.identifier if key_hint is Identifier else scalars.text

    def convert(node: Node, context: Context) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise context.fail(
                node, f"a mapping is wanted here, not {shape_of(node)}", "write key: value"
            )
        values: dict[Any, Any] = {}
        failed = False
        for key_node, value_node in node.value:
            try:
                key = read_key(key_node, context)
                if key in values:
                    raise context.fail(key_node, f"the key {key} comes twice", "keep one of them")
                values[key] = one(value_node, context)
            except FailedError as error:
                failed = True
                if error.partial is not None:
                    values[key] = error.partial
        if failed:
            raise FailedError(values)
        return values

    return convert


def _reference(marker: Ref) -> Convert:
    def convert(node: Node, context: Context) -> QualifiedName:
        name = context.complete(scalars.name(node, context), marker.kinds[0], node)
        context.found.append((marker.kinds, name.sql, marker.external, context.at(node)))
        return name

    return convert


def _target(marker: OneOf) -> Convert:
    def convert(node: Node, context: Context) -> Target:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        if len(pairs) != 1:
            shapes = " or ".join(f"{{{kind}: NAME}}" for kind in marker.kinds[:3])
            raise context.fail(node, "one kind and its name are wanted here", f"write {shapes}")
        key_node, value_node = pairs[0]
        kind = context.text(key_node)
        if kind not in marker.kinds:
            raise context.fail(key_node, f"{kind!r} cannot stand here", one_of(kind, marker.kinds))
        name = context.complete(scalars.name(value_node, context), kind, value_node)
        context.found.append(((kind,), name.sql, marker.external, context.at(value_node)))
        return Target(kind, name)

    return convert


def _plain(node: Node, context: Context) -> Any:
    """Any value, with variables put into its text and keys that come twice refused."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(str, _plain)(node, context)
    if isinstance(node, yaml.SequenceNode):
        return collect(node.value, lambda item: _plain(item, context))
    return context.text(node) if "${" in node.value else plain_scalar(node)


_SIMPLE: Final[dict[Any, Convert]] = {
    str: scalars.text,
    bool: scalars.boolean,
    int: scalars.integer,
    float: scalars.number,
    Identifier: scalars.identifier,
    QualifiedName: scalars.name,
    Any: _plain,
}
