"""Snowflake data types: synonyms and default lengths made one spelling, and what a change means.

Source: Snowflake documentation, "Summary of data types", "ALTER TABLE … ALTER COLUMN".
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from .errors import SchemaError

MAX_VARCHAR: Final = 134_217_728
DEFAULT_VARCHAR: Final = 16_777_216
DEFAULT_BINARY: Final = 8_388_608
MAX_BINARY: Final = 67_108_864
MAX_VECTOR: Final = 4096

# More than any length, precision or dimension has.
_MOST_DIGITS: Final = 9
TypeChange = Literal["same", "widen", "forbidden"]

_TEXT = dict.fromkeys(
    ("VARCHAR", "STRING", "TEXT", "NVARCHAR", "NVARCHAR2", "CHAR VARYING", "NCHAR VARYING"),
    "VARCHAR",
)
_CHAR = dict.fromkeys(("CHAR", "CHARACTER", "NCHAR"), "CHAR")
_NUMBER = dict.fromkeys(("NUMBER", "DECIMAL", "NUMERIC", "DEC"), "NUMBER")
_INTEGER = dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"), "INTEGER")
_FLOAT = dict.fromkeys(("FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL"), "FLOAT")
_TIME = {
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP_NTZ",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TIMESTAMP_NTZ": "TIMESTAMP_NTZ",
    "TIMESTAMPNTZ": "TIMESTAMP_NTZ",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP_NTZ",
    "TIMESTAMP_LTZ": "TIMESTAMP_LTZ",
    "TIMESTAMPLTZ": "TIMESTAMP_LTZ",
    "TIMESTAMP WITH LOCAL TIME ZONE": "TIMESTAMP_LTZ",
    "TIMESTAMP_TZ": "TIMESTAMP_TZ",
    "TIMESTAMPTZ": "TIMESTAMP_TZ",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_TZ",
}
_BINARY = dict.fromkeys(("BINARY", "VARBINARY"), "BINARY")
_PLAIN = {
    "BOOLEAN": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "DATE": "DATE",
    "VARIANT": "VARIANT",
    "JSON": "VARIANT",
    "ARRAY": "ARRAY",
    "OBJECT": "OBJECT",
    "GEOGRAPHY": "GEOGRAPHY",
    "GEOMETRY": "GEOMETRY",
}
_FAMILY: Final = {**_TEXT, **_CHAR, **_NUMBER, **_INTEGER, **_FLOAT, **_TIME, **_BINARY, **_PLAIN}
_SPELLED = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_ ]*?)\s*(?:\(\s*([^()]*?)\s*\))?\s*\Z")
LOGICAL: Final = tuple(sorted({*_FAMILY, "VECTOR"}))


@dataclass(frozen=True, slots=True)
class DataType:
    """A type in its one spelling: `VARCHAR(64)`, `NUMBER(38, 0)`, `VECTOR(FLOAT, 768)`."""

    family: str
    arguments: tuple[int, ...] = ()
    element: str = ""

    def __str__(self) -> str:
        inside = [*([self.element] if self.element else []), *map(str, self.arguments)]
        return f"{self.family}({', '.join(inside)})" if inside else self.family


@lru_cache(maxsize=4096)
def parse_type(text: str) -> DataType:
    """Read a type as it is written in YAML, in SQL, or in an answer.

    Raises:
        SchemaError: no such type, or an argument that it does not take.
    """
    match = _SPELLED.match(text)
    name = " ".join(match[1].upper().split()) if match else ""
    inside = [part.strip() for part in match[2].split(",")] if match and match[2] else []
    if name == "VECTOR":
        return _vector(text, inside)
    family = _FAMILY.get(name)
    if family is None:
        raise SchemaError(f"{text!r} is not a type", _suggest_type(name))
    if not all(part.isdecimal() and len(part) <= _MOST_DIGITS for part in inside):
        raise SchemaError(f"{text!r} is not a type", "its arguments are whole numbers")
    return _WITH_ARGUMENTS.get(family, _no_arguments)(family, [int(part) for part in inside], text)


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """The one spelling of a type; see `parse_type`."""
    return str(parse_type(text))


def type_change(actual: str, desired: str) -> TypeChange:
    """What ALTER COLUMN … SET DATA TYPE can do: nothing to do, allowed, or forbidden."""
    if actual == desired:
        return "same"
    old, new = parse_type(actual), parse_type(desired)
    if old.family == new.family == "VECTOR" and 0 in (*old.arguments, *new.arguments):
        return "same"  # an answer that names no dimension
    if old.family == new.family == "VARCHAR":
        return "widen" if new.arguments > old.arguments else "forbidden"
    if old.family == new.family == "NUMBER" and old.arguments[1] == new.arguments[1]:
        return "widen" if new.arguments > old.arguments else "forbidden"
    return "forbidden"


# Digits of which a FLOAT keeps each.
_FLOAT_DIGITS = 15
# Beside the digits of a number as text: its sign, its point, the zero before it.
_BESIDE_DIGITS = 3
_LONGEST_BOOLEAN = len("false")


def keeps_every_value(actual: str, desired: str) -> bool:
    """Whether CAST brings each value over whole, whatever it is and whatever a session is set to.

    In doubt it does not: a date as text hangs on the session's format, a local time on its zone.
    https://docs.snowflake.com/en/sql-reference/data-type-conversion
    """
    old, new = parse_type(actual), parse_type(desired)
    if "VECTOR" in (old.family, new.family):
        return False  # embedded anew, not cast
    if old == new:
        return True
    digits = old.arguments[0] - old.arguments[1] if old.family == "NUMBER" else 0
    match old.family, new.family:
        case ("NUMBER", "NUMBER"):
            scale = new.arguments[1]
            return scale >= old.arguments[1] and new.arguments[0] - scale >= digits
        case ("NUMBER", "FLOAT"):
            return old.arguments[0] <= _FLOAT_DIGITS
        case ("NUMBER", "VARCHAR"):
            return new.arguments[0] >= old.arguments[0] + _BESIDE_DIGITS
        case ("BOOLEAN", "VARCHAR"):
            return new.arguments[0] >= _LONGEST_BOOLEAN
        case ("ARRAY" | "OBJECT", "VARIANT") | ("DATE", "TIMESTAMP_NTZ"):
            return True
        case (
            "VARCHAR" | "BINARY" | "TIME" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" | "TIMESTAMP_TZ",
            same,
        ):
            return same == old.family and new.arguments >= old.arguments
    return False


Comparison = Literal["plain", "text", "none"]
_EXACT = frozenset(
    {"NUMBER", "FLOAT", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "BINARY"}
)


def comparison(type_: str) -> Comparison:
    """How IS DISTINCT FROM tells two values of a type apart: as they are; text once its collation
    is taken off; not reliably (a TIMESTAMP_TZ by its instant alone, half-structured values by what
    they mean)."""
    family = parse_type(type_).family
    if family == "VARCHAR":
        return "text"
    return "plain" if family in _EXACT else "none"


def _no_arguments(family: str, arguments: list[int], text: str) -> DataType:
    if arguments:
        raise SchemaError(f"{text!r}: {family} takes no argument", f"write {family}")
    return DataType(family)


def _length(family: str, arguments: list[int], text: str) -> DataType:
    default, most = {
        "VARCHAR": (DEFAULT_VARCHAR, MAX_VARCHAR),
        "CHAR": (1, MAX_VARCHAR),
        "BINARY": (DEFAULT_BINARY, MAX_BINARY),
    }[family]
    if len(arguments) > 1 or (arguments and not 1 <= arguments[0] <= most):
        raise SchemaError(f"{text!r} is not a type", f"its length is one number from 1 to {most}")
    family = "VARCHAR" if family == "CHAR" else family
    return DataType(family, (arguments[0] if arguments else default,))


def _number(family: str, arguments: list[int], text: str) -> DataType:
    precision, scale = [*arguments, *(38, 0)[len(arguments) :]] if len(arguments) < 3 else (0, 0)
    if not (1 <= precision <= 38 and 0 <= scale <= min(37, precision)):
        raise SchemaError(
            f"{text!r} is not a type", "NUMBER(precision 1 to 38, scale 0 to precision)"
        )
    return DataType(family, (precision, scale))


def _integer(family: str, arguments: list[int], text: str) -> DataType:
    if arguments:
        raise SchemaError(f"{text!r}: an integer takes no argument", "write NUMBER(p, 0)")
    return DataType("NUMBER", (38, 0))


def _time(family: str, arguments: list[int], text: str) -> DataType:
    if len(arguments) > 1 or (arguments and arguments[0] > 9):
        raise SchemaError(f"{text!r} is not a type", "its precision is one number from 0 to 9")
    return DataType(family, (arguments[0] if arguments else 9,))


def _vector(text: str, inside: list[str]) -> DataType:
    if len(inside) == 1 and inside[0].isdecimal():
        inside = ["FLOAT", inside[0]]
    element = {"FLOAT": "FLOAT", "INT": "INT", "INTEGER": "INT", "REAL": "FLOAT"}.get(
        inside[0].upper() if len(inside) == 2 else ""
    )
    written = inside[1] if len(inside) == 2 else ""
    dimension = int(written) if written.isdecimal() and len(written) <= _MOST_DIGITS else 0
    if element is None or not 1 <= dimension <= MAX_VECTOR:
        raise SchemaError(
            f"{text!r} is not a type", f"VECTOR(FLOAT or INT, dimension 1 to {MAX_VECTOR})"
        )
    return DataType("VECTOR", (dimension,), element)


def _suggest_type(name: str) -> str:
    from .suggest import did_you_mean

    return did_you_mean(name, LOGICAL).lower() or "for instance string(64), number(10, 2), boolean"


_WITH_ARGUMENTS: Final = {
    "VARCHAR": _length,
    "CHAR": _length,
    "BINARY": _length,
    "NUMBER": _number,
    "INTEGER": _integer,
    "TIME": _time,
    "TIMESTAMP_NTZ": _time,
    "TIMESTAMP_LTZ": _time,
    "TIMESTAMP_TZ": _time,
}
