"""Values of VARIANT, OBJECT and ARRAY as the engine holds them: JSON, with what JSON lacks.

JSON has no dates, no binary, no float that differs from a decimal, and no missing element of an
array (`undefined`). Such a value is a JSON string that starts with U+0001 and a letter, so that
the engine's own JSON functions carry it unharmed. Objects have their keys sorted and numbers one
spelling each: equal documents are equal texts.

https://docs.snowflake.com/en/sql-reference/data-types-semistructured
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring as quoted
from typing import Any

MARK = "\x01"
# The letter after the mark -> what TYPEOF calls it.
KINDS = {
    "D": "DATE", "T": "TIME", "N": "TIMESTAMP_NTZ", "L": "TIMESTAMP_LTZ", "Z": "TIMESTAMP_TZ",
    "B": "BINARY", "F": "DOUBLE", "M": "DECIMAL",
}  # fmt: skip
# More digits than a float carries: the engine would round them when it reads the JSON.
_SAFE_DIGITS = 15
_MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Marked:
    """A value that JSON has no form for: a letter of `KINDS`, and its text."""

    kind: str
    text: str


class Undefined:
    """A missing element of an array."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()
UNDEFINED_TEXT = '"\\u0001U"'


def decode(text: str) -> Any:
    """Return the value of what `encode` wrote."""
    value = (_READ_LONG if LONG.search(text) else _READ).decode(text)
    return _unmarked(value) if "\\u0001" in text else value


def number(text: str) -> int | float | Decimal:
    """Return a number as Snowflake types it: exact, unless it has an exponent or too many digits."""
    try:
        if "e" in text or "E" in text:
            return float(text)
        if "." in text:
            if len(text) > _MOST_DIGITS and len(Decimal(text).as_tuple().digits) > _MOST_DIGITS:
                return float(text)
            shortest = text.rstrip("0")
            return int(shortest[:-1]) if shortest.endswith(".") else Decimal(shortest)
        # A number of thousands of digits is none that Python converts.
        return float(text) if len(text) > _MOST_DIGITS + 1 else int(text)
    except (ValueError, InvalidOperation, OverflowError):
        return math.inf


# Whole numbers of fewer digits than this are exact; the decoder reads them without `number`.
LONG = re.compile(r"\d{39}")
_READ = json.JSONDecoder(parse_float=number)
_READ_LONG = json.JSONDecoder(parse_float=number, parse_int=number)


def _unmarked(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(MARK):
        letter, text = value[1:2], value[2:]
        if letter == "U":
            return UNDEFINED
        if letter == "F":
            return float(text)
        if letter == "M":
            return Decimal(text)
        return text if letter == "S" else Marked(letter, text)
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    if isinstance(value, dict):
        return {key: _unmarked(item) for key, item in value.items()}
    return value


def encode(value: Any) -> str:
    """Return the JSON text that holds a value."""
    plain = _plain(value)
    return _write(value, _scalar) if plain is None or '"\\u0001' in plain else plain


def document(value: Any) -> str:
    """Return a value as TO_JSON prints it: compact, keys sorted, dates as strings."""
    plain = _plain(value)
    return _write(value, _printed) if plain is None else plain


_WRITE = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
)
# A float as the encoder above writes it; also what only looks like one, within a string.
_FLOAT = re.compile(r"(?:^|[:,\[])-?(?:\d+[.e]|Inf|NaN)")


def _plain(value: Any) -> str | None:
    """Return the JSON text of what JSON has forms for, None for anything else.

    The encoder of the library is many times as fast as one that looks at each value in Python.
    """
    try:
        text = _WRITE.encode(value)
    except (TypeError, RecursionError):
        return None
    return None if _may_hold_float(text) and _FLOAT.search(text) else text


def _may_hold_float(text: str) -> bool:
    return "." in text or "e+" in text or "e-" in text or "Inf" in text or "NaN" in text


_READ_FLOATS = json.JSONDecoder()
# Numbers that a float does not hold exactly.
_INEXACT = re.compile(r"\d(?:[eE]|[\d.]{15})")
# A float that is a whole number, or that has an exponent as it is written.
_RESPELT = re.compile(r"\.0(?!\d)|\de[+-]|Inf|NaN")


def normalized(text: str) -> str | None:
    """Return what `encode` writes for a JSON text, None where that needs a closer look.

    A number of at most 15 digits comes out of a float as it went in. A key that stood twice is
    missing from what is written, with its quotes.
    """
    if "\\" in text or _INEXACT.search(text):
        return None
    try:
        value, end = _READ_FLOATS.raw_decode(text)
        made = _WRITE.encode(value)
    except (ValueError, RecursionError):
        return None
    if (
        end != len(text)
        or made.count('"') != text.count('"')
        or (_may_hold_float(made) and _RESPELT.search(made))
    ):
        return None
    return made


def _write(value: Any, scalar: Callable[[Any], str]) -> str:
    if isinstance(value, dict):
        pairs = [f"{quoted(key)}:{_write(value[key], scalar)}" for key in sorted(value)]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_write(item, scalar) for item in value]) + "]"
    return scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quoted(f"{MARK}S{value}" if value.startswith(MARK) else value)
    if value is UNDEFINED:
        return UNDEFINED_TEXT
    if isinstance(value, float):
        return f'"\\u0001F{float_text(value)}"'
    if isinstance(value, Decimal):
        text = decimal_text(value)
        return text if len(text) <= _SAFE_DIGITS else f'"\\u0001M{text}"'
    if isinstance(value, Marked):
        return quoted(f"{MARK}{value.kind}{value.text}")
    return json.dumps(value)


def _printed(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, float):
        return json_float(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Marked):
        return quoted(value.text)
    return json.dumps(value)


def pretty(value: Any, indent: str = "") -> str:
    """Return a value as a result shows it: indented by two, keys sorted."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{quoted(key)}: {pretty(value[key], inner)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join([inner + pretty(item, inner) for item in value]) + f"\n{indent}]"
    return _write(value, _printed)


def decimal_text(value: Decimal) -> str:
    """Return an exact number without zeros at its end."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def float_text(value: float) -> str:
    """Return a float as a cast to VARCHAR prints it: 15 digits at most, no zeros at its end."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    for digits in (15, 16, 17):
        text = f"{value:.{digits}g}"
        if float(text) == value:
            break
    return text


def json_float(value: float) -> str:
    """Return a float as a VARIANT prints it, `1.912000000000000e+02`."""
    return f"{value:.15e}" if math.isfinite(value) else f'"{float_text(value)}"'


def type_name(value: Any) -> str:
    """Return what TYPEOF calls a value."""
    if isinstance(value, Marked):
        return KINDS.get(value.kind, "VARCHAR")
    if value is None or value is UNDEFINED:
        return "NULL_VALUE"
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name
    return "VARCHAR"


_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "BOOLEAN"),
    (int, "INTEGER"),
    (float, "DOUBLE"),
    (Decimal, "DECIMAL"),
    (list, "ARRAY"),
    (dict, "OBJECT"),
)
# In which order values of different types stand.
_RANKS = {"NULL_VALUE": 9, "VARCHAR": 2, "BOOLEAN": 3, "ARRAY": 5, "OBJECT": 6}


def sort_key(value: Any) -> tuple[int, Any]:
    """Return the key by which values of one type stand in their order."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return 1, value
    if isinstance(value, Marked):
        return 4, (value.kind, value.text)
    if isinstance(value, str):
        return 2, value
    return _RANKS.get(type_name(value), 7), document(value)


def same(left: Any, right: Any) -> bool:
    """Tell whether two values are equal, as `=` on VARIANT tells: 5, 5.00 and 5e0 are."""
    return sort_key(left) == sort_key(right) and (left is UNDEFINED) == (right is UNDEFINED)


def key(value: Any) -> Any:
    """Return something hashable that is equal for equal values."""
    return (value is UNDEFINED, *sort_key(value))
