"""What the names of a script hold, and how a value is spelt in SQL."""

import datetime as dt
from collections import ChainMap
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...language.errors import SqlError, compilation
from ...language.lexer import literal
from ...language.results import Result
from ...language.types import BOOLEAN, NUMBER, TEXT, DataType
from ...language.variants import UNDEFINED, Marked, decode, document

SEMI = frozenset({"VARIANT", "OBJECT", "ARRAY"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value and, when it is known, its type."""

    value: Any
    type: DataType | None = None


@dataclass(slots=True)
class Variable:
    """A variable.

    Attributes:
        declared: Its declared type; None when it takes that of each value.
    """

    held: Value
    declared: DataType | None = None


@dataclass(slots=True)
class ResultSet:
    """A RESULTSET: what a query returned, None before one was assigned."""

    result: Result | None = None
    query_id: str = ""


@dataclass(slots=True)
class Cursor:
    """A cursor: a query (or a result set's name) and, while it is open, the rows that are left."""

    name: str
    query: str
    opened: ResultSet | None = None
    next: int = 0


@dataclass(slots=True)
class Row:
    """The row of a FOR loop over a cursor."""

    fields: dict[str, Value]


@dataclass(slots=True)
class Declared:
    """An exception of one's own."""

    name: str
    number: int
    message: str


Held = Variable | ResultSet | Cursor | Row | Declared
STATUS = ("SQLROWCOUNT", "SQLFOUND", "SQLNOTFOUND", "ACTIVITY_COUNT", "SQLID")
FAILURE = ("SQLCODE", "SQLERRM", "SQLSTATE")
_STATUS_TYPES = {"SQLFOUND": BOOLEAN, "SQLNOTFOUND": BOOLEAN, "SQLID": TEXT,
                 "SQLERRM": TEXT, "SQLSTATE": TEXT}  # fmt: skip


@dataclass
class Names:
    """The names of a script: those of inner blocks hide those of outer ones."""

    held: "ChainMap[str, Held]" = field(default_factory=ChainMap)

    def inner(self) -> "Names":
        """Return the names of a block in this one."""
        return Names(self.held.new_child())

    def declare(self, name: str, what: Held) -> None:
        """Give a name a meaning in this block."""
        self.held[name] = what

    def state(self, **values: Any) -> None:
        """Set variables that the language itself sets."""
        for name, value in values.items():
            kind = _STATUS_TYPES.get(name, NUMBER)
            self.held.maps[-1][name] = Variable(Value(value, kind))

    def variable(self, name: str) -> Variable:
        """Return a variable.

        Raises:
            SqlError: There is none of that name.
        """
        found = self.held.get(name)
        if not isinstance(found, Variable):
            raise undeclared(name)
        return found

    def get(self, name: str) -> Held | None:
        """Return what a name stands for."""
        return self.held.get(name)


def undeclared(name: str) -> SqlError:
    """Return the error for a name that nothing declares."""
    return compilation(f"error: variable '{name}' is not declared", 904, "42000")


def spelt(held: Value) -> str:  # noqa: C901 - one clause a type
    """Return a value as a SQL expression of its type."""
    value, kind = held.value, held.type
    if kind is not None and kind.base in SEMI:
        return _semi(value, kind.base)
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int() | Decimal():
            number = f"({value:f})" if isinstance(value, Decimal) else f"({value})"
            return f"{number}::FLOAT" if kind is not None and kind.base == "FLOAT" else number
        case float():
            return f"'{value!r}'::FLOAT"
        case dt.datetime():
            zone = "TIMESTAMP_NTZ" if value.tzinfo is None else "TIMESTAMP_TZ"
            if kind is not None and kind.base.startswith("TIMESTAMP"):
                zone = kind.base
            return f"'{value.isoformat(sep=' ')}'::{zone}"
        case dt.date():
            return f"'{value.isoformat()}'::DATE"
        case dt.time():
            return f"'{value.isoformat()}'::TIME"
        case bytes() | bytearray():
            return f"TO_BINARY('{bytes(value).hex()}', 'HEX')"
        case list() | tuple():
            if kind is not None and kind.base == "VECTOR":
                return f"[{', '.join(map(repr, value))}]::{kind}"
            return _semi(value, "ARRAY")
        case dict():
            return _semi(value, "OBJECT")
    return literal(str(value))


def _semi(value: Any, base: str) -> str:
    if value is None:
        return f"NULL::{base}"
    if isinstance(value, str):
        value = decode(value)
    made = _built(value) if _is_marked(value) else f"PARSE_JSON({literal(document(value))})"
    return f"({made})" if base == "VARIANT" else f"({made})::{base}"


def _is_marked(value: Any) -> bool:
    """Tell whether a value holds what JSON has no form for."""
    if isinstance(value, list | tuple):
        return any(map(_is_marked, value))
    if isinstance(value, dict):
        return any(map(_is_marked, value.values()))
    return isinstance(value, Marked) or value is UNDEFINED


def _built(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY_CONSTRUCT({', '.join(map(_built, value))})"
    if isinstance(value, dict):
        pairs = (f"{literal(key)}, {_built(item)}" for key, item in value.items())
        return f"OBJECT_CONSTRUCT_KEEP_NULL({', '.join(pairs)})"
    if value is UNDEFINED:
        return "NULL"
    if isinstance(value, Marked):
        if value.kind == "B":
            return f"TO_BINARY('{value.text}', 'HEX')::VARIANT"
        return f"{literal(value.text)}::{_KINDS[value.kind]}::VARIANT"
    return f"PARSE_JSON({literal(document(value))})"


_KINDS = {"D": "DATE", "T": "TIME", "N": "TIMESTAMP_NTZ", "L": "TIMESTAMP_LTZ",
          "Z": "TIMESTAMP_TZ"}  # fmt: skip
