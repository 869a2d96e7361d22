"""Values on the wire: bindings as the connector sends them, rows as it reads them."""

import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .errors import SqlError
from .types import DataType

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - an NTZ value has no zone
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1)

# Numbers of statement types, as the connector reports and partly interprets them.
SELECT, INSERT, UPDATE, DELETE, MERGE = 0x1000, 0x3100, 0x3200, 0x3300, 0x3400
MULTI, COPY, DDL, SHOW, USE, OTHER = 0xA000, 0x3700, 0x6000, 0x1000, 0x4300, 0x4000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result."""

    name: str
    type: DataType
    nullable: bool = True


@dataclass(slots=True)
class Result:
    """What a statement gives back; rows hold Python values."""

    columns: list[Column]
    rows: Sequence[Sequence[Any]]
    statement_type: int = SELECT
    query_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def rowtype(column: Column) -> dict[str, Any]:
    """Return the description of a column as the protocol spells it."""
    kind = column.type
    base = _WIRE_NAMES.get(kind.base, kind.base.lower())
    described: dict[str, Any] = {
        "name": column.name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": column.nullable,
        "type": base,
        "byteLength": None,
        "length": None,
        "scale": None,
        "precision": None,
        "collation": None,
    }
    if kind.base == "NUMBER":
        described |= {"precision": kind.precision, "scale": kind.scale}
    elif kind.base == "VARCHAR":
        # Four bytes a character at most, and never more than a value may have.
        described |= {
            "length": kind.length,
            "byteLength": min(4 * (kind.length or 0), 16_777_216),
        }
    elif kind.base == "BINARY":
        described |= {"length": kind.length, "byteLength": kind.length}
    elif kind.base == "TIME" or kind.base.startswith("TIMESTAMP"):
        described |= {"precision": 0, "scale": kind.precision if kind.precision is not None else 9}
    elif kind.base == "VECTOR":
        inner = {**described, "name": "", "type": "real" if kind.element == "FLOAT" else "fixed"}
        if kind.element != "FLOAT":
            inner |= {"precision": 38, "scale": 0}
        described |= {"vectorDimension": kind.length, "fields": [inner]}
    return described


_WIRE_NAMES = {"NUMBER": "fixed", "FLOAT": "real", "VARCHAR": "text"}


def encoder(kind: DataType) -> Callable[[Any], str | None]:
    """Return what turns a value of this type into the text that the protocol carries."""
    return _ENCODERS.get(kind.base, _text)


def encode_rows(result: Result) -> list[list[str | None]]:
    """Return the rows of a result as the protocol carries them: texts and nulls."""
    if not result.rows:
        return []
    encoders = [encoder(column.type) for column in result.columns]
    columns = [
        [None if value is None else encode(value) for value in values]
        for encode, values in zip(encoders, zip(*result.rows, strict=True), strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray):
        return _binary(value)
    if isinstance(value, list | dict | tuple):
        return variant(value)
    return str(value)


def _boolean(value: Any) -> str:
    return "1" if value else "0"


def _number(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(int(value)) if isinstance(value, bool) else str(value)


def _real(value: Any) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def _binary(value: Any) -> str:
    return binascii.hexlify(bytes(value)).decode().upper()


def _date(value: dt.date) -> str:
    return str((value - _EPOCH_DAY).days)


def _time(value: dt.time) -> str:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return f"{seconds}.{value.microsecond:06d}000"


def _epoch(delta: dt.timedelta) -> str:
    microseconds = delta // dt.timedelta(microseconds=1)
    sign = "-" if microseconds < 0 else ""
    seconds, fraction = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{seconds}.{fraction:06d}000"


def _ntz(value: dt.datetime) -> str:
    return _epoch(value.replace(tzinfo=None) - _EPOCH)


def _ltz(value: dt.datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return _epoch(aware - _EPOCH_UTC)


def _tz(value: dt.datetime) -> str:
    # The offset is carried as minutes plus 1440; the local stack keeps instants, in UTC.
    return f"{_ltz(value)} 1440"


def _vector(value: Any) -> str:
    return "[" + ",".join(repr(number) for number in value) + "]"


def variant(value: Any) -> str:
    """Return a semi-structured value as Snowflake prints it: indented by two, keys sorted."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return _pretty(value, "")


def _pretty(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict):
        if not value:
            return "{}"
        lines = [
            f"{inner}{json.dumps(str(key), ensure_ascii=False)}: {_pretty(value[key], inner)}"
            for key in sorted(value, key=str)
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        return "[\n" + ",\n".join(inner + _pretty(item, inner) for item in value) + f"\n{indent}]"
    if value is None:
        # A missing element of an array is `undefined`; a JSON null prints like this.
        return "null"
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(_text(value), ensure_ascii=False)


_ENCODERS: dict[str, Callable[[Any], str | None]] = {
    "NUMBER": _number,
    "FLOAT": _real,
    "VARCHAR": _text,
    "BINARY": _binary,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP_NTZ": _ntz,
    "TIMESTAMP_LTZ": _ltz,
    "TIMESTAMP_TZ": _tz,
    "VECTOR": _vector,
    "VARIANT": variant,
    "OBJECT": variant,
    "ARRAY": variant,
}


# --- bindings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding:
    """A bound value or, for an array binding, one value a row.

    Attributes:
        type: DuckDB's type for it.
        value: As the connector sent it: text, null, or a list of them.
    """

    type: str
    value: Any

    @property
    def is_array(self) -> bool:
        """Whether it holds one value a row."""
        return isinstance(self.value, list)


_BOUND_TYPES = {
    "FIXED": "BIGINT",
    "REAL": "DOUBLE",
    "TEXT": "VARCHAR",
    "BOOLEAN": "BOOLEAN",
    "BINARY": "BLOB",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE",
    "ANY": "VARCHAR",
}


def read_bindings(sent: dict[str, Any]) -> dict[str, Binding]:
    """Return the bindings of a request by their name or number.

    Raises:
        SqlError: One is not what the protocol says (100037).
    """
    try:
        return _read_bindings(sent)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise SqlError(
            "A bound value does not have the form of its type.", 100037, "22018"
        ) from None


def _read_bindings(sent: dict[str, Any]) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for key, binding in sent.items():
        name = str(binding.get("type", "TEXT"))
        kind = _BOUND_TYPES.get(name, "VARCHAR")
        value = binding.get("value")
        if kind == "BIGINT" and not isinstance(value, list) and value is not None:
            kind = _fixed_type(str(value))
        decode = _DECODERS.get(name)
        if decode is not None and value is not None:
            value = (
                [None if item is None else decode(str(item)) for item in value]
                if isinstance(value, list)
                else decode(str(value))
            )
        found[key] = Binding(kind, value)
    return found


def _fixed_type(value: str) -> str:
    if "." in value:
        whole, _, fraction = value.lstrip("-").partition(".")
        return f"DECIMAL({min(38, max(len(whole), 1) + len(fraction))},{len(fraction)})"
    return "BIGINT" if abs(int(value)) < 2**63 else "HUGEINT"


def _instant(value: str) -> str:
    nanoseconds, _, _offset = value.partition(" ")
    moment = _EPOCH + dt.timedelta(microseconds=int(nanoseconds) // 1000)
    return moment.isoformat(sep=" ")


_DECODERS: dict[str, Callable[[str], str]] = {
    "DATE": lambda value: (_EPOCH_DAY + dt.timedelta(milliseconds=int(value))).isoformat(),
    "TIME": lambda value: str((_EPOCH + dt.timedelta(microseconds=int(value) // 1000)).time()),
    "TIMESTAMP_NTZ": _instant,
    "TIMESTAMP_LTZ": lambda value: _instant(value) + "+00",
    "TIMESTAMP_TZ": lambda value: _instant(value) + "+00",
    "BINARY": lambda value: "".join(
        f"\\x{value[index : index + 2]}" for index in range(0, len(value), 2)
    ),
}
