"""Specs to JSON values and back, by the annotations of their dataclasses.

Fields that hold their default are left out, so that a state stored by an older version equals the
same state read by a newer one that knows more fields.
"""

import dataclasses
import types
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from .names import Identifier, QualifiedName, Sql
from .values import Value

T = TypeVar("T")
Encode = Callable[[Any], Any]


def spec_to_plain(spec: Any) -> dict[str, Any]:
    """A dataclass of specs as JSON values."""
    return {
        name: encode(value)
        for name, encode, default in _encoders(_hashable(spec))
        if (value := getattr(spec, name)) != default
    }


def spec_from_plain(spec_type: type[T], plain: Mapping[str, Any]) -> T:
    """The inverse of `spec_to_plain`; fields that are not known any more are left out.

    A spec whose fields took another shape has a class method `upgraded`, from what an earlier
    version stored to what this one reads.

    Raises:
        TypeError: a field without a default is missing.
    """
    decoders = _decoders(cast("Hashable", spec_type))
    upgraded = getattr(spec_type, "upgraded", None)
    if upgraded is not None:
        plain = upgraded(plain)
    return spec_type(**{k: decoders[k](v) for k, v in plain.items() if k in decoders})


def _hashable(spec: Any) -> Any:
    return type(spec)


def default_of(item: "dataclasses.Field[Any]") -> Any:
    """The default of a field; `dataclasses.MISSING` when it has none."""
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


@cache
def hints_of(spec_type: Any) -> dict[str, Any]:
    """The annotations of a dataclass with `Annotated` kept."""
    return get_type_hints(spec_type, include_extras=True)


@cache
def _encoders(spec_type: Any) -> tuple[tuple[str, Encode, Any], ...]:
    return tuple((item.name, _encode, default_of(item)) for item in dataclasses.fields(spec_type))


def _encode(value: Any) -> Any:
    encode = _ENCODED.get(type(value))
    if encode is not None:
        return encode(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    return spec_to_plain(value)


def _same(value: Any) -> Any:
    return value


def _list(value: Any) -> list[Any]:
    return [_encode(item) for item in value]


# By exact type: states hold some ten values an object, thousands of objects.
_ENCODED: Final[Mapping[type, Encode]] = {
    type(None): _same, bool: _same, int: _same, float: _same, str: _same,
    Sql: str, Identifier: str, QualifiedName: str, tuple: _list, list: _list,
}  # fmt: skip


@cache
def _decoders(spec_type: Any) -> dict[str, Encode]:
    hints = hints_of(spec_type)
    return {item.name: _decoder(hints[item.name]) for item in dataclasses.fields(spec_type)}


def _decoder(hint: Any) -> Encode:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _decoder(arguments[0])
    if origin in (Union, types.UnionType):
        inner = [_decoder(item) for item in arguments if item is not type(None)]
        decode = next((item for item in inner if item is not _same), _same)
        return lambda value: None if value is None else decode(value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            one = _decoder(arguments[0])
            return lambda value: tuple([one(item) for item in value])
        each = [_decoder(item) for item in arguments]
        return lambda value: tuple(d(item) for d, item in zip(each, value, strict=True))
    if origin is Literal or hint in (str, int, float, bool, Any):
        return _same
    if hint is Sql:
        return Sql
    if hint is QualifiedName:
        return _read_name
    if hint is Identifier:
        return Identifier.parse
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda value: spec_from_plain(hint, value)
    if origin is not None and issubclass(origin, Mapping):
        one = _decoder(arguments[1])
        return lambda value: {key: one(item) for key, item in value.items()}
    raise TypeError(f"a spec cannot hold {hint!r}")


def _read_name(value: str) -> QualifiedName:
    return QualifiedName.parse(value)


def payload_to_plain(value: Value) -> Any:
    """A payload as JSON values: SQL text as `{"sql": …}`, so that it stays told from plain text."""
    if isinstance(value, Sql):
        return {"sql": str(value)}
    if isinstance(value, dict):
        return {key: payload_to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [payload_to_plain(item) for item in value]
    return value


def payload_from_plain(value: Any) -> Any:
    """The inverse of `payload_to_plain`."""
    if isinstance(value, dict):
        if value.keys() == {"sql"}:
            return Sql(value["sql"])
        return {key: payload_from_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [payload_from_plain(item) for item in value]
    return value
