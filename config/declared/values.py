"""What a program gets for the text of a declared key."""

import contextlib
from collections.abc import Callable
from typing import Any, Literal

from ..fields.convert import Converter, InvalidError, converter
from ..fields.texts import Url
from ..secret import Secret
from .key import DeclaredKey
from .types import Spelled, as_text, hint_of, spelled

_MUTABLE = {"list", "dict", "json"}


def typed(key: DeclaredKey) -> Converter:
    """What makes the typed value of a text, or raises InvalidError. A secret becomes a `Secret`.

    Raises:
        TypeError, ValueError: The declaration cannot be used.
    """
    check = _checked(key)
    if not key.secret:
        return check

    def secret(text: str) -> Secret:
        check(text)
        return Secret(text)

    return secret


def is_mutable(kind: Spelled) -> bool:
    """Whether values of a type can change, so that each reader needs its own."""
    return kind.name in _MUTABLE or any(map(is_mutable, kind.inner))


def _checked(key: DeclaredKey) -> Converter:
    kind = spelled(key.type)
    if key.schemes:
        return Url(*key.schemes).convert
    if key.choices and kind.name == "str":
        return converter(Literal[key.choices])
    made = converter(hint_of(kind))
    return _chosen(made, key) if key.choices else made


def _chosen(made: Converter, key: DeclaredKey) -> Callable[[str], Any]:
    allowed = [made(as_text(choice)) for choice in key.choices]
    expected = f"must be one of {', '.join(map(as_text, key.choices))}"

    def chosen(text: str) -> Any:
        with contextlib.suppress(InvalidError):
            value = made(text)
            if value in allowed:
                return value
        raise InvalidError(expected)

    return chosen
