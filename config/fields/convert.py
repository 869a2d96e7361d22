"""Texts into the types of service fields. Errors say what is expected, never what was found.

What becomes of a type is worked out once, by `converter`, before any text is there: an unknown
type is a mistake of the programmer, and its traceback must hold no value.
"""

import dataclasses
import enum
import math
import pathlib
import types
import typing
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ..secret import Secret
from .durations import duration
from .invalid import Converter, InvalidError
from .texts import TextRule, split_url

__all__ = ["Converter", "InvalidError", "convert", "converter"]

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def convert(text: str, wanted: Any) -> Any:
    """The text as a value of the type `wanted`; see `converter`.

    Raises:
        InvalidError: The text is no such value.
        TypeError: The type is not known.
    """
    return converter(wanted)(text)


def converter(wanted: Any) -> Converter:
    """What makes a value of the type `wanted` of a text, or raises InvalidError.

    Known types: str, Secret, int, float, bool, Decimal, date, time, datetime (ISO 8601), timedelta
    (seconds, or with units), UUID, Path, SplitResult (a URL), Literal, enums (by value or name),
    lists, tuples and sets (separated by commas, or a JSON array), dicts and dataclasses (a JSON
    object), `Annotated` with a `TextRule`, and `X | None`, for which an empty text that is no X is
    None.

    Raises:
        TypeError: The type is not known.
    """
    make = _MAKERS.get(get_origin(wanted))
    if make is not None:
        return make(wanted)
    if isinstance(wanted, typing.NewType):
        return converter(wanted.__supertype__)
    if hasattr(wanted, "__value__"):  # `type X = …` of Python 3.12
        return converter(wanted.__value__)
    if isinstance(wanted, type):
        known = _CONVERTERS.get(wanted) or _NAMED.get((wanted.__module__, wanted.__qualname__))
        if known is not None:
            return known
        if issubclass(wanted, enum.Enum):
            return _of_enum(wanted)
        if wanted in _SEVERAL or dataclasses.is_dataclass(wanted):
            return _nested(wanted)
    elif wanted is Any:
        return str
    raise TypeError(f"{wanted!r}: a service field cannot have this type")


def _of_union(wanted: Any) -> Converter:
    inner = [option for option in get_args(wanted) if option is not types.NoneType]
    if len(inner) != 1:
        raise TypeError(f"{wanted!r}: a service field is one type, or that type and None")
    made = converter(inner[0])

    def optional(text: str) -> Any:
        try:
            return made(text)
        except InvalidError:
            if text.strip():
                raise
        return None

    return optional


def _of_annotated(wanted: Any) -> Converter:
    inner, *rules = get_args(wanted)
    found = [rule for rule in rules if isinstance(rule, TextRule)]
    if not found:
        return converter(inner)
    rule = found[0]

    def ruled(text: str) -> Any:
        failure = InvalidError(f"is refused by {type(rule).__name__}")
        try:
            value = rule.convert(text)
            return Secret(text) if inner is Secret else value
        except InvalidError as error:
            failure = InvalidError(str(error))
        except ValueError:
            pass  # Its text is somebody else's, and may quote the value.
        raise failure

    return ruled


def _of_literal(wanted: Any) -> Converter:
    return _one_of({str(option): option for option in reversed(get_args(wanted))}, ())


def _of_enum(wanted: type[enum.Enum]) -> Converter:
    by_value = {str(member.value): member for member in reversed(list(wanted))}
    return _one_of(by_value, [(member.name, member) for member in wanted])


def _one_of(options: dict[str, Any], more: "typing.Iterable[tuple[str, Any]]") -> Converter:
    """The option of that spelling; in any case, where only one is spelt so.

    Args:
        options: By their spelling, last first.
        more: Other spellings.
    """
    spelt = dict(more) | options
    expected = f"must be one of {', '.join(reversed(options))}"
    folded: dict[str, list[Any]] = {}
    for word, option in spelt.items():
        same = folded.setdefault(word.casefold(), [])
        if not any(option is other for other in same):
            same.append(option)

    def chosen(text: str) -> Any:
        if text in spelt:
            return spelt[text]
        found = folded.get(text.strip().casefold(), ())
        if len(found) == 1:
            return found[0]
        raise InvalidError(expected)

    return chosen


def _nested(wanted: Any) -> Converter:
    from .convert_nested import nested

    return nested(wanted, converter)


def _bool(text: str) -> bool:
    lower = text.strip().lower()
    if lower in _TRUE | _FALSE:
        return lower in _TRUE
    raise InvalidError("must be one of true, false, yes, no, on, off, 1, 0")


def _parsed(kind: Converter, name: str) -> Converter:
    def parsed(text: str) -> Any:
        value: Any = None
        try:
            value = kind(text)
        except (ValueError, OverflowError, ArithmeticError):
            value = None  # The text of the error quotes the value.
        if value is None:
            raise InvalidError(f"must be {name}")
        return value

    return parsed


def _float(text: str) -> float:
    value = float(text)
    if math.isnan(value):
        raise ValueError
    return value


def _decimal(text: str) -> Any:
    from decimal import Decimal

    value = Decimal(text.strip())
    if not value.is_finite():
        raise ValueError
    return value


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text.strip())


def _path(text: str) -> pathlib.Path:
    if not text or "\0" in text:
        raise ValueError
    return pathlib.Path(text)


_CONVERTERS: dict[Any, Converter] = {
    str: str,
    Secret: Secret,
    bool: _bool,
    int: _parsed(int, "a whole number"),
    float: _parsed(_float, "a number"),
    date: _parsed(lambda text: date.fromisoformat(text.strip()), "a date, YYYY-MM-DD"),
    time: _parsed(lambda text: time.fromisoformat(text.strip()), "a time of day, HH:MM:SS"),
    datetime: _parsed(
        lambda text: datetime.fromisoformat(text.strip()), "a date and time of ISO 8601"
    ),
    timedelta: _parsed(duration, "a number of seconds, or a duration such as 1h30m"),
    pathlib.Path: _parsed(_path, "a path"),
}
# By name: whoever uses such a type has imported its module, and nobody else pays for it.
_NAMED: dict[tuple[str, str], Converter] = {
    ("decimal", "Decimal"): _parsed(_decimal, "a decimal number"),
    ("uuid", "UUID"): _parsed(_uuid, "a UUID"),
    ("urllib.parse", "SplitResult"): split_url,
}
_SEVERAL = (list, tuple, dict, set, frozenset)
_MAKERS: dict[Any, Callable[[Any], Converter]] = {
    Union: _of_union,
    types.UnionType: _of_union,
    Annotated: _of_annotated,
    Literal: _of_literal,
    **dict.fromkeys(_SEVERAL, _nested),
    **dict.fromkeys((typing.Sequence, typing.Mapping), _nested),
}
for _alias in (typing.Sequence, typing.Mapping):
    _MAKERS[get_origin(_alias)] = _nested
