"""The fields of a row of `[tool.hushflake.keys]`, each read into its type.

A reader returns the value, or raises ValueError with what it must be.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from hushflake.config.declared.key import MODES, Alias
from hushflake.config.declared.types import spelled

from ..credentials.display import holds_credential

# What a variable can be called, also where an accessor spells keys as paths; `*` is a pattern.
NAME = re.compile(r"[A-Za-z_*][A-Za-z0-9_.:/*-]{0,255}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return str(_harmless(value))


def _advice(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('must be a text that says what to do, such as "read APP_MODE instead"')
    return str(_harmless(value))


def _type(value: Any) -> str:
    spelled(value)
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _required(value: Any) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list) or not value or not all(each in MODES for each in value):
        raise ValueError(f"must be true, false or a list of modes: {', '.join(MODES)}")
    return tuple(dict.fromkeys(value))


def _aliases(value: Any) -> tuple[Alias, ...]:
    ends = dict.fromkeys(value) if _is_list_of_names(value) else value
    if not isinstance(ends, dict) or not all(map(_is_plain_name, ends)):
        raise ValueError(
            "must be a list of names of keys, without patterns, or a table of names with the last "
            "day of each: {OLD_NAME = 2027-01-31}"
        )
    return tuple(Alias(name, _day(end)) for name, end in ends.items())


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must have a day for each name, such as 2027-01-31") from None


def _schemes(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(each, str) and _SCHEME.fullmatch(each) for each in names):
        raise ValueError('must be a list of schemes, such as ["https"]')
    return tuple(names)


def _choices(value: Any) -> tuple[str | int | float, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of strings or numbers")
    if not all(isinstance(v, str | int | float) for v in value):
        raise ValueError("must be a list of strings or numbers")
    return tuple(_harmless(each) for each in value)


def _default(value: Any) -> Any:
    parts = value if isinstance(value, list) else [value]
    parts = [each.isoformat() if isinstance(each, date | time) else each for each in parts]
    if not all(isinstance(part, str | int | float) for part in parts):
        raise ValueError("must be a string, a number, true, false, a date or a list of them")
    harmless = tuple(_harmless(part) for part in parts)
    return harmless if isinstance(value, list) else harmless[0]


def _harmless(value: Any) -> Any:
    """Return a value that may stand in a repository."""
    if isinstance(value, str) and holds_credential(value):
        raise ValueError("holds a credential: revoke it, and remove it here")
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "type": _type,
    "secret": _flag,
    "default": _default,
    "required": _required,
    "owner": _text,
    "description": _text,
    "group": _text,
    "choices": _choices,
    "schemes": _schemes,
    "deprecated": _advice,
    "deprecated-aliases": _aliases,
}


def _is_plain_name(item: Any) -> bool:
    return (
        isinstance(item, str)
        and NAME.fullmatch(item) is not None
        and "*" not in item
        and not holds_credential(item)
    )
