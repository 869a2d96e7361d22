"""Functions on objects and on any VARIANT.

https://docs.snowflake.com/en/sql-reference/functions-semistructured
"""

import itertools
import re
from decimal import Decimal
from typing import Any

from ...language.errors import SqlError
from ...language.json_reader import parse_json as read_json
from ...language.variants import (
    UNDEFINED,
    Marked,
    decode,
    encode,
    normalized,
    type_name,
)
from ...language.variants import document as shown
from . import function
from .arrays import text_of


def object_of(text: str) -> dict[str, Any]:
    """Return the pairs of an object."""
    value = decode(text)
    if not isinstance(value, dict):
        raise SqlError(
            f"Failed to cast variant value {shown(value)[:60]} to OBJECT", 100071, "22000"
        )
    return value


@function("VARCHAR", "BOOLEAN")
def parse_json(text: str, duplicates: bool) -> str | None:
    return _parsed(text, duplicates)


def _parsed(text: str, duplicates: bool) -> str | None:
    made = normalized(text)
    if made is not None:
        return made
    return encode(read_json(text, duplicates=duplicates)) if text.strip() else None


@function("VARCHAR", "BOOLEAN")
def try_parse_json(text: str, duplicates: bool) -> str | None:
    try:
        return _parsed(text, duplicates)
    except SqlError:
        return None


@function("VARCHAR")
def check_json(text: str) -> str | None:
    try:
        if text.strip() and normalized(text) is None:
            read_json(text)
    except SqlError as error:
        return error.message
    return None


@function("VARCHAR")
def document(value: str) -> str:
    """A VARIANT as TO_JSON prints it."""
    return shown(decode(value))


@function("VARCHAR")
def type_of(value: str) -> str:
    """What TYPEOF calls a VARIANT."""
    return type_name(decode(value))


@function("VARCHAR")
def to_array(value: str) -> str | None:
    found = decode(value)
    if found is None:
        return None
    return value if isinstance(found, list) else encode([found])


@function("VARCHAR")
def to_object(value: str) -> str | None:
    return None if decode(value) is None else encode(object_of(value))


@function("VARCHAR[]", "VARCHAR[]", "BOOLEAN", nulls=True)
def object_construct(
    keys: list[str | None] | None, values: list[str | None] | None, keep: bool
) -> str:
    """Pairs with a null key are left out, those with a null value unless `keep`."""
    return encode(_pairs(keys or [], values or [], keep))


def _pairs(keys: list[str | None], values: list[str | None], keep: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None or (value is None and not keep):
            continue
        if key in made:
            raise SqlError(f"Duplicate field key '{key[:100]}'", 100118, "22000")
        made[key] = None if value is None else decode(value)
    return made


@function("VARCHAR[]", "VARCHAR[]", nulls=True)
def object_agg(keys: list[str | None] | None, values: list[str | None] | None) -> str:
    return encode(_pairs(keys or [], values or [], keep=False))


@function("VARCHAR", "VARCHAR[]")
def object_delete(given: str, keys: list[str | None]) -> str:
    return encode({key: value for key, value in object_of(given).items() if key not in keys})


@function("VARCHAR", "VARCHAR[]")
def object_pick(given: str, keys: list[str | None]) -> str:
    return encode({key: value for key, value in object_of(given).items() if key in keys})


@function("VARCHAR", "VARCHAR")
def object_pick_all(given: str, keys: str) -> str:
    wanted = decode(keys)
    return encode({key: value for key, value in object_of(given).items() if key in wanted})


@function("VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", nulls=True)
def object_insert(
    given: str | None, key: str | None, value: str | None, update: bool | None
) -> str | None:
    if given is None:
        return None
    made = object_of(given)
    if key is None or value is None:
        return encode(made)
    if key in made and not update:
        raise SqlError(f"Duplicate field key '{key[:100]}'", 100118, "22000")
    return encode({**made, key: decode(value)})


@function("VARCHAR")
def object_keys(given: str) -> str:
    return encode(sorted(object_of(given)))


@function("VARCHAR", "VARCHAR")
def get_ignore_case(given: str, name: str) -> str | None:
    """An exact match comes before one in another case."""
    value = decode(given)
    if not isinstance(value, dict):
        return None
    found = name if name in value else None
    if found is None:
        found = next((key for key in sorted(value) if key.lower() == name.lower()), None)
    return None if found is None else encode(value[found])


@function("VARCHAR")
def number_of(value: str) -> str:
    """The text of a VARIANT that becomes a number, if it is one."""
    found = decode(value)
    return str(int(found)) if isinstance(found, bool) else text_of(found)


@function("VARCHAR", "VARCHAR")
def not_cast(value: str, kind: str) -> None:
    """Fail, unless a VARIANT that does not convert is null."""
    found = decode(value)
    if found is not None and found is not UNDEFINED:
        told = _NUMBERS.sub(r"\1", value)[:60]
        raise SqlError(f"Failed to cast variant value {told} to {kind}", 100071, "22000")


# A number that JSON cannot hold exactly, as `language.variants` marks it.
_NUMBERS = re.compile(r'"\\u0001[MF]([^"]*)"')
_EXACT = (int, Decimal)


@function("VARCHAR", "VARCHAR")
def as_type(value: str, kind: str) -> str | None:
    """The text of a VARIANT that holds a value of this type, null when it holds another."""
    found = decode(value)
    if not is_kind(found, kind):
        return None
    return text_of(found)


@function("VARCHAR", "VARCHAR", returns="BOOLEAN")
def is_type(value: str, kind: str) -> bool:
    return is_kind(decode(value), kind)


def is_kind(value: Any, kind: str) -> bool:
    """Tell whether a value is of a type, as the functions AS_… and IS_… see it."""
    if isinstance(value, bool):
        return kind == "BOOLEAN"
    if kind == "INTEGER":
        return isinstance(value, int)
    if kind == "DECIMAL":
        return isinstance(value, _EXACT)
    if kind == "DOUBLE":
        return isinstance(value, int | float | Decimal)
    if isinstance(value, Marked):
        return type_name(value) == kind
    return value is not None and type_name(value) == kind


_SEQUENCE = itertools.count(1)


@function("VARCHAR", returns="BIGINT", nulls=True)
def sequence(text: str | None) -> int:
    """The number of an input of FLATTEN."""
    return next(_SEQUENCE)


@function("VARCHAR", "BOOLEAN", "VARCHAR", "BOOLEAN", "VARCHAR", returns="VARCHAR[]", nulls=True)
def flatten(text: str | None, numbered: bool, path: str, outer: bool, mode: str) -> list[str]:
    """The rows of a recursive FLATTEN, each a JSON text: sequence, key, path, index, value, this."""
    number = next(_SEQUENCE) if numbered else 1
    value = UNDEFINED if text is None else decode(text)
    rows = list(_rows(value, path, mode)) if text is not None else []
    if not rows and outer:
        rows = [[None, path, None, UNDEFINED, value]]
    return [encode([number, *row]) for row in rows]


def _rows(value: Any, path: str, mode: str) -> Any:
    found: list[tuple[Any, Any, str, Any]] = []
    if isinstance(value, dict) and mode != "ARRAY":
        found = [
            (key, None, f"{path}.{_step(key)}" if path else _step(key), value[key])
            for key in sorted(value)
        ]
    elif isinstance(value, list) and mode != "OBJECT":
        found = [
            (None, index, f"{path}[{index}]", item)
            for index, item in enumerate(value)
            if item is not UNDEFINED
        ]
    for key, index, place, item in found:
        yield [key, place, index, item, value]
        yield from _rows(item, place, mode)


@function("VARCHAR")
def step(key: str) -> str:
    """A key as the paths of FLATTEN spell it."""
    return _step(key)


def _step(key: str) -> str:
    return key if key.isidentifier() else f"['{key}']"
