"""Bound values as the connector sends them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from ...language.errors import SqlError
from ...language.results import Binding
from ...language.zoned import UTC, spelt

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - an NTZ value has no zone
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1)

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
    "TIMESTAMP_TZ": "INTERVAL",
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


def _zoned(value: str) -> str:
    nanoseconds, _, offset = value.partition(" ")
    minutes = dt.timedelta(minutes=int(offset or UTC) - UTC)
    instant = _EPOCH_UTC + dt.timedelta(microseconds=int(nanoseconds) // 1000)
    return spelt(instant.astimezone(dt.timezone(minutes)))


_DECODERS: dict[str, Callable[[str], str]] = {
    "DATE": lambda value: (_EPOCH_DAY + dt.timedelta(milliseconds=int(value))).isoformat(),
    "TIME": lambda value: str((_EPOCH + dt.timedelta(microseconds=int(value) // 1000)).time()),
    "TIMESTAMP_NTZ": _instant,
    "TIMESTAMP_LTZ": lambda value: _instant(value) + "+00",
    "TIMESTAMP_TZ": _zoned,
    "BINARY": lambda value: "".join(
        f"\\x{value[index : index + 2]}" for index in range(0, len(value), 2)
    ),
}
