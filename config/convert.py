"""Texts into the types of service fields. Errors say what is expected, never what was found."""

import enum
import pathlib
import types
import typing
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, Union, get_args, get_origin

from .secret import Secret

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class InvalidError(ValueError):
    """The text is no such value; the message is what would be one."""


def convert(text: str, wanted: Any) -> Any:
    """The text as a value of the type `wanted`.

    Known types: str, Secret, int, float, bool, Path, timedelta (seconds), Literal, enums (by value
    or name), `list[X]` and `tuple[X, ...]` (separated by commas), and `X | None`.

    Raises:
        InvalidError: The text is no such value.
        TypeError: The type is not known.
    """
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return convert(text, _optional_of(wanted))
    if origin is Literal:
        return _literal(text, get_args(wanted))
    if origin in (list, tuple):
        inner = get_args(wanted)[0]
        items = [item.strip() for item in text.split(",") if item.strip()]
        return origin(convert(item, inner) for item in items)
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return _member(text, wanted)
    converter = _CONVERTERS.get(wanted)
    if converter is None:
        raise TypeError(f"{wanted!r}: a service field cannot have this type")
    return converter(text)


def _optional_of(wanted: Any) -> Any:
    inner = [option for option in get_args(wanted) if option is not types.NoneType]
    if len(inner) != 1:
        raise TypeError(f"{wanted!r}: a service field is one type, or that type and None")
    return inner[0]


def _bool(text: str) -> bool:
    lower = text.strip().lower()
    if lower in _TRUE | _FALSE:
        return lower in _TRUE
    raise InvalidError("must be one of true, false, yes, no, on, off, 1, 0")


def _number(kind: Callable[[str], Any], name: str) -> Callable[[str], Any]:
    def converter(text: str) -> Any:
        try:
            return kind(text)
        except (ValueError, OverflowError):
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
    raise InvalidError(f"must be one of {', '.join(map(str, options))}")


_CONVERTERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    Secret: Secret,
    bool: _bool,
    int: _number(int, "a whole number"),
    float: _number(float, "a number"),
    timedelta: _number(lambda text: timedelta(seconds=float(text)), "a number of seconds"),
    pathlib.Path: pathlib.Path,
    typing.Any: str,
}
