"""Texts into the types of service fields. Errors say what is expected, never what was found."""

import dataclasses
import enum
import pathlib
import types
import typing
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin

from .secret import Secret

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class InvalidError(ValueError):
    """The text is no such value; the message is what would be one."""


def convert(text: str, wanted: Any) -> Any:
    """The text as a value of the type `wanted`.

    Known types: str, Secret, int, float, bool, Decimal, date, datetime (ISO 8601), UUID, Path,
    SplitResult (a URL), timedelta (seconds), Literal, enums (by value or name), `list[X]`,
    `tuple[X, ...]` and `tuple[X, Y]` (separated by commas, or a JSON array), `dict[str, X]` and
    dataclasses (a JSON object), and `X | None`, for which an empty text that is no X is None.

    Raises:
        InvalidError: The text is no such value.
        TypeError: The type is not known.
    """
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return _optional(text, _optional_of(wanted))
    if origin is Literal:
        return _literal(text, get_args(wanted))
    if origin in (list, tuple, dict) or dataclasses.is_dataclass(wanted):
        from .convert_nested import nested

        return nested(text, wanted)
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return _member(text, wanted)
    converter = _CONVERTERS.get(wanted)
    if converter is None and isinstance(wanted, type):
        converter = _NAMED.get((wanted.__module__, wanted.__qualname__))
    if converter is None:
        raise TypeError(f"{wanted!r}: a service field cannot have this type")
    return converter(text)


def _optional_of(wanted: Any) -> Any:
    inner = [option for option in get_args(wanted) if option is not types.NoneType]
    if len(inner) != 1:
        raise TypeError(f"{wanted!r}: a service field is one type, or that type and None")
    return inner[0]


def _optional(text: str, wanted: Any) -> Any:
    try:
        return convert(text, wanted)
    except InvalidError:
        if text.strip():
            raise
        return None


def _bool(text: str) -> bool:
    lower = text.strip().lower()
    if lower in _TRUE | _FALSE:
        return lower in _TRUE
    raise InvalidError("must be one of true, false, yes, no, on, off, 1, 0")


def _number(kind: Callable[[str], Any], name: str) -> Callable[[str], Any]:
    def converter(text: str) -> Any:
        try:
            return kind(text)
        except (ValueError, OverflowError, ArithmeticError):
            # The text of the error quotes the value.
            raise InvalidError(f"must be {name}") from None

    return converter


def _member(text: str, wanted: type[enum.Enum]) -> enum.Enum:
    for member in wanted:
        if text in (str(member.value), member.name):
            return member
    raise InvalidError(f"must be one of {', '.join(str(member.value) for member in wanted)}")


def _literal(text: str, options: tuple[Any, ...]) -> Any:
    for option in options:
        if text == str(option):
            return option
    folded = text.strip().casefold()
    found = [option for option in options if str(option).casefold() == folded]
    if len(found) == 1:
        return found[0]
    raise InvalidError(f"must be one of {', '.join(map(str, options))}")


def _url(text: str) -> Any:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        raise InvalidError("must be a URL") from None
    if not parts.scheme or not (parts.netloc or parts.path):
        raise InvalidError("must be a URL with its scheme, such as https://host/path")
    return parts


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


_CONVERTERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    Secret: Secret,
    bool: _bool,
    int: _number(int, "a whole number"),
    float: _number(float, "a number"),
    date: _number(date.fromisoformat, "a date, YYYY-MM-DD"),
    datetime: _number(datetime.fromisoformat, "a date and time of ISO 8601"),
    timedelta: _number(lambda text: timedelta(seconds=float(text)), "a number of seconds"),
    pathlib.Path: pathlib.Path,
    typing.Any: str,
}
# By name: whoever uses such a type has imported its module, and nobody else pays for it.
_NAMED: dict[tuple[str, str], Callable[[str], Any]] = {
    ("decimal", "Decimal"): _number(_decimal, "a decimal number"),
    ("uuid", "UUID"): _number(_uuid, "a UUID"),
    ("urllib.parse", "SplitResult"): _url,
}
