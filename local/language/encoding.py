"""Values as the protocol carries them: texts and nulls."""

import binascii
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from .results import Column
from .types import DataType
from .variants import decode, pretty
from .zoned import UTC, offset_of

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - an NTZ value has no zone
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1)


def encoder(kind: DataType) -> Callable[[Any], str | None]:
    """Return what turns a value of this type into the text that the protocol carries."""
    return _ENCODERS.get(kind.base, _text)


def encode_rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[list[str | None]]:
    """Return rows as the protocol carries them: texts and nulls."""
    if not rows:
        return []
    encoders = [encoder(column.type) for column in columns]
    encoded = [
        [None if value is None else encode(value) for value in values]
        for encode, values in zip(encoders, zip(*rows, strict=True), strict=True)
    ]
    return [list(row) for row in zip(*encoded, strict=True)]


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
    return f"{_ltz(value)} {offset_of(value) + UTC}"


def _vector(value: Any) -> str:
    return "[" + ",".join(repr(number) for number in value) + "]"


def variant(value: Any) -> str:
    """Return a semi-structured value as Snowflake prints it: indented by two, keys sorted."""
    if isinstance(value, str):
        try:
            return pretty(decode(value))
        except (ValueError, RecursionError):
            return value
    return pretty(_plain(value))


def _plain(value: Any) -> Any:
    """Return what a list or struct of the engine holds as a value of a VARIANT."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float | Decimal):
        return value
    return _text(value)


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
