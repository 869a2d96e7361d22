"""Texts that hold several values: with commas between them, or JSON."""

import collections.abc
import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from .invalid import Converter, InvalidError
from .texts import parse_json

FromJson = Callable[[Any], Any]
# What makes a value of a plain text, for a type.
Make = Callable[[Any], Converter]
_ARRAY = "must be a JSON array, or values with commas"
_OBJECT = "must be a JSON object"
# What is made of the items of an array.
_ARRAYS: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: tuple,
}
_OBJECTS = (dict, collections.abc.Mapping)


def nested(wanted: Any, make: Make) -> Converter:
    """What makes a list, tuple, set, dict or dataclass of a text.

    Args:
        wanted: The type.
        make: Called with each type inside that is none of these.

    Raises:
        TypeError: A type inside is not known.
    """
    made = _from_json(wanted, make)
    is_array = _kind(wanted) in _ARRAYS

    def several(text: str) -> Any:
        stripped = text.strip()
        if is_array and not stripped.startswith("["):
            return made([item.strip() for item in text.split(",") if item.strip()])
        return made(parse_json(stripped, _ARRAY if is_array else _OBJECT))

    return several


def _kind(wanted: Any) -> Any:
    return get_origin(wanted) or wanted


def _from_json(wanted: Any, make: Make) -> FromJson:
    """What makes a value of the type `wanted` of a value of JSON."""
    kind = _kind(wanted)
    if kind in _ARRAYS:
        return _array(kind, get_args(wanted) or _any_text(kind), make)
    if kind in _OBJECTS:
        return _dictionary(get_args(wanted) or (str, Any), make)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _dataclass(wanted, make)
    if wanted is Any:
        return lambda found: found
    inner = [option for option in get_args(wanted) if option is not type(None)]
    if type(None) in get_args(wanted) and len(inner) == 1:
        made = _from_json(inner[0], make)
        return lambda found: None if found is None else made(found)
    return _plain(make(wanted))


def _any_text(kind: Any) -> tuple[Any, ...]:
    return (str, ...) if kind is tuple else (str,)


def _plain(made: Converter) -> FromJson:
    def plain(found: Any) -> Any:
        if isinstance(found, list | dict) or found is None:
            raise InvalidError("must hold plain values here")
        return made(found if isinstance(found, str) else json.dumps(found))

    return plain


def _array(kind: Any, inner: tuple[Any, ...], make: Make) -> FromJson:
    whole = _ARRAYS[kind]
    if kind is tuple and not (len(inner) == 2 and inner[1] is Ellipsis):
        return _row([_from_json(each, make) for each in inner if each != ()])
    made = _from_json(inner[0], make)

    def array(found: Any) -> Any:
        return whole([made(item) for item in _items(found)])

    return array


def _row(made: Sequence[FromJson]) -> FromJson:
    """A tuple in which each place has its own type."""

    def row(found: Any) -> Any:
        items = _items(found)
        if len(items) != len(made):
            raise InvalidError(f"must hold {len(made)} {'value' if len(made) == 1 else 'values'}")
        return tuple(each(item) for each, item in zip(made, items, strict=True))

    return row


def _items(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise InvalidError(_ARRAY)
    return found


def _named(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise InvalidError(_OBJECT)
    return found


def _dictionary(inner: tuple[Any, ...], make: Make) -> FromJson:
    key, value = make(inner[0]), _from_json(inner[1], make)

    def dictionary(found: Any) -> Any:
        return {key(name): value(each) for name, each in _named(found).items()}

    return dictionary


def _dataclass(wanted: type, make: Make) -> FromJson:
    hints = get_type_hints(wanted, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(wanted) if field.init}
    made = {name: _from_json(hints[name], make) for name in fields}
    needed = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]

    def instance(found: Any) -> Any:
        values = _named(found)
        if set(values) - set(fields):
            # The names stand in a value, which no error shows.
            raise InvalidError(f"must hold only {', '.join(fields)}")
        missing = [name for name in needed if name not in values]
        if missing:
            raise InvalidError(f"must hold {', '.join(missing)}")
        built: Any = None
        refused = ""
        try:
            built = wanted(**{name: made[name](value) for name, value in values.items()})
        except InvalidError as error:
            refused = str(error)
        except ValueError:
            refused = f"is refused by {wanted.__name__}"  # In its words the value may stand.
        if refused:
            raise InvalidError(refused)
        return built

    return instance
