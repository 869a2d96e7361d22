"""Columns as Arrow: as DuckDB gives them, and as the protocol carries them.

What a client's converters read: whole numbers for NUMBER, of the fewest bits that hold the values of
a result, scaled by the scale in the metadata; `epoch`, `fraction` and `timezone` for timestamps.

https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-pandas
"""

import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import zoned
from .encoding import encoder, variant
from .results import Column
from .types import DataType

# Types of DuckDB's whose Arrow values are the ones that the columns below are made of.
_PLAIN = {
    "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT",
    "HUGEINT", "DOUBLE", "FLOAT", "BOOLEAN", "DATE", "TIME", "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE", "INTERVAL", "BLOB", "VARCHAR", "JSON", '"NULL"',
}  # fmt: skip
_WIDTHS = ((pa.int8(), 7), (pa.int16(), 15), (pa.int32(), 31), (pa.int64(), 63))
_FIT = 18
# From here on a timestamp is a second and a fraction: nanoseconds fit no 64 bits.
_LAST_SINGLE = 7
# A call of a function of Arrow's takes longer than so many values in Python.
_FEW = 16
_OPTIONS = pa.ipc.IpcWriteOptions()
# Bytes of a stream beside its schema and its batch: lengths, alignment and the end.
_FRAME = 256
Range = tuple[int, int]


def is_plain(duckdb_type: str) -> bool:
    """Tell whether DuckDB's Arrow values of a type can be taken as they are."""
    upper = duckdb_type.upper()
    if upper.startswith("DECIMAL("):
        return True
    element, _, size = upper.removesuffix("]").partition("[")
    return upper in _PLAIN or (element in {"FLOAT", "INTEGER"} and size.isdigit())


# --- values as DuckDB gives them ------------------------------------------------------------------


def stored(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return rows of Python values as DuckDB would give them as Arrow."""
    held = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.Table.from_arrays(
        [_stored(column.type, values) for column, values in zip(columns, held, strict=True)],
        names=[column.name for column in columns],
    )


def _stored(kind: DataType, values: Sequence[Any]) -> pa.Array:
    if kind.base == "NUMBER":
        return _numbers(kind, values)
    found = _STORED.get(kind.base)
    if found is not None:
        return pa.array(values, found)
    if kind.base == "TIMESTAMP_TZ":
        return zoned.to_arrow(values)
    if kind.base == "VECTOR":
        element = pa.float32() if kind.element == "FLOAT" else pa.int32()
        return pa.array(
            [None if value is None else list(value) for value in values],
            pa.list_(element, kind.length),
        )
    encode = encoder(kind)
    # A text is what the engine holds: of semi-structured values, too.
    made = [value if value is None or type(value) is str else encode(value) for value in values]
    return pa.array(made, pa.string())


def _numbers(kind: DataType, values: Sequence[Any]) -> pa.Array:
    if not kind.scale and all(value is None or type(value) is int for value in values):
        try:
            return pa.array(values, pa.int64())
        except OverflowError:
            pass
    exact = [None if value is None else Decimal(value) for value in values]
    return pa.array(exact, pa.decimal128(38, kind.scale or 0))


_STORED = {
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
    "TIMESTAMP_LTZ": pa.timestamp("us", "UTC"),
    "BINARY": pa.binary(),
}


def ranges(columns: Sequence[Column], table: pa.Table) -> list[Range | None]:
    """Return the least and the greatest of each NUMBER, without its point; None for the others."""
    return [
        _range(column.type, values) if _is_narrowed(column.type) else None
        for column, values in zip(columns, table.columns, strict=True)
    ]


def _is_narrowed(kind: DataType) -> bool:
    """Tell whether the type that carries a column depends on its values.

    With a scale clients make the same of every whole number, and 18 digits fit 64 bits.
    """
    return kind.base == "NUMBER" and not (kind.scale and (kind.precision or 38) <= _FIT)


def wider(first: list[Range | None], second: list[Range | None]) -> list[Range | None]:
    """Return the ranges of both."""
    return [
        b if a is None else a if b is None else (min(a[0], b[0]), max(a[1], b[1]))
        for a, b in zip(first, second, strict=True)
    ]


def _range(kind: DataType, values: pa.ChunkedArray) -> Range | None:
    if len(values) > _FEW:
        found = pc.min_max(values).as_py()
        ends = [found["min"], found["max"]]
    else:
        ends = values.to_pylist()
    known = [_unscaled(value, kind) for value in ends if value is not None]
    return (min(known), max(known)) if known else None


def _unscaled(value: Any, kind: DataType) -> int:
    return int(Decimal(value).scaleb(kind.scale or 0)) if kind.scale else int(value)


# --- values as the protocol carries them ----------------------------------------------------------


def schema(columns: Sequence[Column], found: Sequence[Range | None]) -> pa.Schema:
    """Return the Arrow schema of a result.

    Args:
        columns: Of the result.
        found: What `ranges` gives for all of its rows.
    """
    return pa.schema(
        [
            _field(column, _carried(column.type, limits))
            for column, limits in zip(columns, found, strict=True)
        ]
    )


@functools.lru_cache(1024)
def _field(column: Column, carried: pa.DataType) -> pa.Field:
    return pa.field(column.name, carried, nullable=True, metadata=_metadata(column))


def carried(columns: Sequence[Column], table: pa.Table, wanted: pa.Schema) -> memoryview:
    """Return rows as the stream of Arrow that the protocol carries, in one batch.

    Without rows it is empty: clients fail on a stream or a batch of none.
    """
    if not table.num_rows:
        return memoryview(b"")
    arrays = [
        _ENCODERS.get(column.type.base, _text)(_one(values), column.type, field.type)
        for column, values, field in zip(columns, table.columns, wanted, strict=True)
    ]
    batch = pa.RecordBatch.from_arrays(arrays, schema=wanted)
    # A sink that grows copies what it holds each time.
    room = pa.ipc.get_record_batch_size(batch) + wanted.serialize().size + _FRAME
    held = pa.allocate_buffer(room)
    sink = pa.FixedSizeBufferWriter(held)
    with pa.ipc.new_stream(sink, wanted, options=_OPTIONS) as writer:
        writer.write_batch(batch)
    return memoryview(held)[: sink.tell()]


def _one(values: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array that begins at its own start."""
    if values.num_chunks == 1 and values.chunk(0).offset == 0:
        return values.chunk(0)
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)


def _carried(kind: DataType, limits: Range | None) -> pa.DataType:
    if kind.base == "NUMBER":
        return _narrowest(kind, limits)
    if kind.base == "TIME":
        return pa.int32() if _digits(kind) <= 4 else pa.int64()
    if kind.base == "TIMESTAMP_TZ":
        parts = [("epoch", pa.int64()), ("fraction", pa.int32()), ("timezone", pa.int32())]
        return pa.struct([parts[0], parts[2]] if _digits(kind) <= 3 else parts)
    if kind.base.startswith("TIMESTAMP"):
        if _digits(kind) <= _LAST_SINGLE:
            return pa.int64()
        return pa.struct([("epoch", pa.int64()), ("fraction", pa.int32())])
    if kind.base == "VECTOR":
        element = pa.float32() if kind.element == "FLOAT" else pa.int32()
        return pa.list_(element, kind.length or 0)
    return {
        "FLOAT": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "BINARY": pa.binary(),
    }.get(kind.base, pa.string())


def _narrowest(kind: DataType, limits: Range | None) -> pa.DataType:
    low, high = limits or (0, 0)
    if limits is None:
        return pa.int64()
    for width, bits in _WIDTHS:
        if -(2**bits) <= low and high < 2**bits:
            return width
    return pa.decimal128(38, kind.scale or 0)


def _metadata(column: Column) -> dict[str, str]:
    kind = column.type
    known = {
        "logicalType": _LOGICAL.get(kind.base, kind.base),
        "precision": str(kind.precision or 0) if kind.base == "NUMBER" else "0",
        "scale": str(kind.scale or 0),
        "charLength": "0",
        "byteLength": "0",
        "nullable": "true" if column.nullable else "false",
        "finalType": "T",
    }
    if kind.base == "VARCHAR":
        known |= {"charLength": str(kind.length), "byteLength": str(kind.length)}
    elif kind.base == "BINARY":
        known["byteLength"] = str(kind.length)
    elif kind.base.startswith("TIME"):
        known["scale"] = str(_digits(kind))
        if kind.base == "TIMESTAMP_TZ":
            # Of the parts: by it a client knows whether there is a fraction.
            known["byteLength"] = "8" if _digits(kind) <= 3 else "16"
    return known


_LOGICAL = {"NUMBER": "FIXED", "FLOAT": "REAL", "VARCHAR": "TEXT"}


def _digits(kind: DataType) -> int:
    return 9 if kind.precision is None else kind.precision


def _number(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    if not pa.types.is_decimal(values.type):
        if not kind.scale and len(values) <= _FEW:
            return pa.array(values.to_pylist(), wanted)
        if pa.types.is_decimal(wanted):
            return values.cast(pa.decimal128(38, 0)).cast(wanted)
        if kind.scale:
            values = values.cast(pa.decimal128(38, kind.scale))
            return _number(values, kind, wanted)
        return values.cast(wanted)
    if pa.types.is_decimal(wanted):
        return values.cast(wanted)
    # The lower half of 128 bits, which is all of a number that fits.
    low = np.frombuffer(values.buffers()[1], np.int64)[::2].astype(np.dtype(str(wanted)))
    return _with_nulls(values, low, wanted)


def _with_nulls(values: pa.Array, made: Any, wanted: pa.DataType) -> pa.Array:
    size = len(values)
    buffers = [values.buffers()[0], pa.py_buffer(np.ascontiguousarray(made[:size]))]
    return pa.Array.from_buffers(wanted, size, buffers, values.null_count)


def _integers(values: pa.Array) -> Any:
    """Return what lies below a time or a timestamp: microseconds."""
    return np.frombuffer(values.buffers()[1], np.int64)[: len(values)]


def _scaled(microseconds: Any, digits: int) -> Any:
    """Return microseconds in units of `digits` digits behind the second."""
    if digits >= 6:
        return microseconds * 10 ** (digits - 6)
    return microseconds // 10 ** (6 - digits)


def _time(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    made = _scaled(_integers(values), _digits(kind))
    return _with_nulls(values, made.astype(np.dtype(str(wanted))), wanted)


def _timestamp(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    parts: dict[str, Any] = {}
    if kind.base == "TIMESTAMP_TZ":
        whole, offsets = zoned.arrays(values)
        parts["timezone"] = (offsets + zoned.UTC).astype(np.int32)
    else:
        whole = _integers(values)
    digits = _digits(kind)
    if not pa.types.is_struct(wanted):
        return _with_nulls(values, _scaled(whole, digits), wanted)
    if wanted.get_field_index("fraction") < 0:
        parts["epoch"] = _scaled(whole, digits)
    else:
        parts["epoch"], rest = np.divmod(whole, 1_000_000)
        if digits < 6:
            rest -= rest % 10 ** (6 - digits)
        parts["fraction"] = (rest * 1000).astype(np.int32)
    arrays = [_with_nulls(values, parts[field.name], field.type) for field in wanted]
    mask = values.is_null() if values.null_count else None
    return pa.StructArray.from_arrays(arrays, fields=list(wanted), mask=mask)


def _vector(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    made = values.values.cast(wanted.value_type)
    mask = values.is_null() if values.null_count else None
    return pa.FixedSizeListArray.from_arrays(made, type=wanted, mask=mask)


def _variant(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    made = [None if value is None else variant(value) for value in values.to_pylist()]
    return pa.array(made, wanted)


def _text(values: pa.Array, kind: DataType, wanted: pa.DataType) -> pa.Array:
    return values if values.type == wanted else values.cast(wanted)


_ENCODERS: dict[str, Callable[[pa.Array, DataType, pa.DataType], pa.Array]] = {
    "NUMBER": _number,
    "TIME": _time,
    "TIMESTAMP_NTZ": _timestamp,
    "TIMESTAMP_LTZ": _timestamp,
    "TIMESTAMP_TZ": _timestamp,
    "VECTOR": _vector,
    "VARIANT": _variant,
    "OBJECT": _variant,
    "ARRAY": _variant,
}
