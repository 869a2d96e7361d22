"""Texts that hold several values: with commas between them, or JSON."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, get_args, get_origin, get_type_hints

from .convert import InvalidError, convert

# Deeper ones are no configuration; json itself would recurse.
_DEEPEST = 50


def nested(text: str, wanted: Any) -> Any:
    """The text as a list, tuple, dict or dataclass.

    Raises:
        InvalidError: The text is no such value.
        TypeError: A type inside is not known.
    """
    stripped = text.strip()
    if get_origin(wanted) in (list, tuple) and not stripped.startswith("["):
        return _sequence([item.strip() for item in text.split(",") if item.strip()], wanted)
    if stripped.count("[") + stripped.count("{") > _DEEPEST * 100:
        raise InvalidError("must be JSON of fewer values")
    failed = False
    found: Any = None
    try:
        found = json.loads(stripped)
    except (ValueError, RecursionError):
        failed = True  # Raised below: the error holds the text.
    if failed:
        raise InvalidError(_expected(wanted))
    return _value(found, wanted)


def _expected(wanted: Any) -> str:
    is_list = get_origin(wanted) in (list, tuple)
    return "must be a JSON array, or values with commas" if is_list else "must be a JSON object"


def _value(found: Any, wanted: Any) -> Any:
    """A value of JSON as one of the type `wanted`."""
    origin = get_origin(wanted)
    if origin in (list, tuple):
        if not isinstance(found, list):
            raise InvalidError(_expected(wanted))
        return _sequence(found, wanted)
    if origin is dict or dataclasses.is_dataclass(wanted):
        if not isinstance(found, dict):
            raise InvalidError(_expected(wanted))
        if origin is dict:
            return {key: _value(value, get_args(wanted)[1]) for key, value in found.items()}
        return _dataclass(found, wanted)
    if wanted is Any:
        return found
    if found is None and type(None) in get_args(wanted):
        return None
    if isinstance(found, (list, dict)) or found is None:
        raise InvalidError("must hold plain values here")
    text = found if isinstance(found, str) else json.dumps(found)
    return convert(text, wanted)


def _sequence(items: Sequence[Any], wanted: Any) -> Any:
    inner = get_args(wanted)
    if get_origin(wanted) is list:
        return [_value(item, inner[0]) for item in items]
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_value(item, inner[0]) for item in items)
    if len(items) != len(inner):
        raise InvalidError(f"must hold {len(inner)} values")
    return tuple(_value(item, kind) for item, kind in zip(items, inner, strict=True))


def _dataclass(found: dict[str, Any], wanted: Any) -> Any:
    hints = get_type_hints(wanted)
    fields = {field.name: field for field in dataclasses.fields(wanted) if field.init}
    unknown = sorted(set(found) - set(fields))
    if unknown:
        # The names stand in a value, which no error shows.
        raise InvalidError(f"must hold only {', '.join(fields)}")
    missing = [
        name
        for name, field in fields.items()
        if name not in found
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise InvalidError(f"must hold {', '.join(missing)}")
    return wanted(**{name: _value(value, hints[name]) for name, value in found.items()})
