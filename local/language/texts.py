"""Columns of Arrow as the texts that the protocol carries in JSON.

`encoding` says what the texts are, value by value; what Arrow can spell for a whole column is made here.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .encoding import encoder
from .results import Column
from .types import DataType
from .zoned import from_arrow

# With more digits Arrow may write an exponent.
_PLAIN_DIGITS = 6
_SECOND = 1_000_000


def text_rows(columns: Sequence[Column], table: pa.Table) -> list[tuple[str | None, ...]]:
    """Return rows that DuckDB gave as Arrow as the protocol carries them: texts and nulls."""
    texts = [
        _texts(column.type, values) for column, values in zip(columns, table.columns, strict=True)
    ]
    return list(zip(*texts, strict=True))


def _texts(kind: DataType, values: pa.ChunkedArray) -> list[str | None]:
    spell = _SPELLINGS.get(kind.base)
    made = spell(values, kind) if spell is not None else None
    if made is not None:
        return list(made.to_pylist())
    encode = encoder(kind)
    held = from_arrow(values) if pa.types.is_interval(values.type) else values.to_pylist()
    return [None if value is None else encode(value) for value in held]


def _number(values: pa.ChunkedArray, kind: DataType) -> pa.ChunkedArray | None:
    if kind.scale and not pa.types.is_decimal(values.type):
        return None
    return values.cast(pa.string()) if (kind.scale or 0) <= _PLAIN_DIGITS else None


def _text(values: pa.ChunkedArray, kind: DataType) -> pa.ChunkedArray:
    return values.cast(pa.string())


def _boolean(values: pa.ChunkedArray, kind: DataType) -> pa.ChunkedArray:
    return pc.if_else(values, "1", "0")


def _date(values: pa.ChunkedArray, kind: DataType) -> pa.ChunkedArray:
    return values.cast(pa.int32()).cast(pa.string())


def _seconds(values: pa.ChunkedArray, kind: DataType) -> pa.ChunkedArray:
    whole = values.cast(pa.int64())
    size = pc.abs(whole)
    seconds = pc.divide(size, _SECOND)
    rest = pc.subtract(size, pc.multiply(seconds, _SECOND))
    fraction = pc.utf8_lpad(rest.cast(pa.string()), 6, "0")
    sign = pc.if_else(pc.less(whole, 0), "-", "")
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise(sign, seconds.cast(pa.string()), ""),
        pc.binary_join_element_wise(fraction, "000", ""),
        ".",
    )


_SPELLINGS: dict[str, Callable[[pa.ChunkedArray, DataType], Any]] = {
    "NUMBER": _number,
    "VARCHAR": _text,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIME": _seconds,
    "TIMESTAMP_NTZ": _seconds,
    "TIMESTAMP_LTZ": _seconds,
}
