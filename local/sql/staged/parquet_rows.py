"""Reads Parquet: batches of columns with Arrow's types.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-parquet
"""

import io
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...engine import limits
from ...language.errors import SqlError
from ...language.types import (
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    NUMBER,
    TEXT,
    TIME,
    TIMESTAMP_LTZ,
    TIMESTAMP_NTZ,
    VARIANT,
    DataType,
)
from .formats import Format

BATCH_ROWS = 50_000
# Seeking in it needs the whole of an unpacked file.
_MOST_PACKED = 1 << 30
_MOST_NAMES = 1_000_000
_BROKEN = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, TypeError)


_SIMPLE = (
    (pa.types.is_integer, NUMBER),
    (pa.types.is_floating, FLOAT),
    (pa.types.is_boolean, BOOLEAN),
    (pa.types.is_date, DATE),
    (pa.types.is_fixed_size_binary, BINARY),
    (pa.types.is_string, TEXT),
    (pa.types.is_large_string, TEXT),
    (pa.types.is_null, TEXT),
)


class ParquetRows:
    """The rows of a file.

    Args:
        file: Unpacked.
        form: How it is read.

    Raises:
        SqlError: It is no Parquet file, or a broken one.
    """

    def __init__(self, file: IO[bytes], form: Format) -> None:
        self._form = form
        content = file.read(_MOST_PACKED + 1)
        if len(content) > _MOST_PACKED:
            raise SqlError(
                f"A Parquet file may have {_MOST_PACKED:,} bytes in the local stack.",
                100_064,
                "22000",
            )
        try:
            self._file = pq.ParquetFile(
                io.BytesIO(content),
                thrift_string_size_limit=100_000_000,
                thrift_container_size_limit=_MOST_NAMES,
            )
            self.schema: pa.Schema = self._file.schema_arrow
            self._kinds = [self._kind(field) for field in self.schema]
        except _BROKEN as error:
            raise broken(error) from None

    @property
    def columns(self) -> list[tuple[str, DataType, bool]]:
        """Names, types and nullabilities of its columns."""
        return [
            (field.name, kind, bool(field.nullable))
            for field, kind in zip(self.schema, self._kinds, strict=True)
        ]

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the rows, some at a time.

        Raises:
            SqlError: The file breaks off.
        """
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                limits.check()
                yield pa.table(
                    [
                        self._plain(column, kind)
                        for column, kind in zip(batch.columns, self._kinds, strict=True)
                    ],
                    names=batch.schema.names,
                )
        except _BROKEN as error:
            raise broken(error) from None

    @property
    def _is_logical(self) -> bool:
        return bool(self._form["USE_LOGICAL_TYPE"] or self._form["USE_VECTORIZED_SCANNER"])

    def _kind(self, field: pa.Field) -> DataType:
        kind = field.type
        for matches, made in _SIMPLE:
            if matches(kind):
                return made
        if pa.types.is_decimal(kind):
            return DataType("NUMBER", min(38, kind.precision), max(0, kind.scale))
        if pa.types.is_time(kind):
            # Nanoseconds have a logical type alone.
            return TIME if self._is_logical or kind.unit != "ns" else NUMBER
        if pa.types.is_timestamp(kind):
            if self._is_logical:
                return TIMESTAMP_LTZ if kind.tz else TIMESTAMP_NTZ
            return NUMBER if kind.unit == "ns" and not self._is_int96(field.name) else TIMESTAMP_NTZ
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            text = self._form["BINARY_AS_TEXT"] and not self._form["USE_VECTORIZED_SCANNER"]
            return TEXT if text else BINARY
        if pa.types.is_dictionary(kind):
            return self._kind(field.with_type(kind.value_type))
        return VARIANT

    def _is_int96(self, name: str) -> bool:
        found = self._file.schema
        return any(
            found.column(index).path == name and found.column(index).physical_type == "INT96"
            for index in range(len(found))
        )

    def _plain(self, column: Any, kind: DataType) -> Any:
        """Return a column as DuckDB reads it: nothing narrower than its type here."""
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if kind is NUMBER and pa.types.is_temporal(column.type):
            return column.cast(pa.int64())
        if kind is TEXT and not pa.types.is_string(column.type):
            if pa.types.is_null(column.type):
                return column.cast(pa.string())
            return self._text(column)
        if pa.types.is_timestamp(column.type):
            # Microseconds are what the stack holds; a time zone is the way it is shown.
            return pc.cast(column, pa.timestamp("us", column.type.tz and "UTC"), safe=False)
        if pa.types.is_float16(column.type):
            return column.cast(pa.float32())
        return column

    def _text(self, column: Any) -> Any:
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid:
            if not self._form["REPLACE_INVALID_CHARACTERS"]:
                raise SqlError(
                    "Invalid UTF8 detected in a string of a Parquet file", 100_144, "22000"
                ) from None
        texts = [
            None if value is None else value.decode("utf-8", "replace")
            for value in column.to_pylist()
        ]
        return pa.array(texts, pa.string())


def broken(error: BaseException) -> SqlError:
    """Return the error for a file that is not Parquet, or broken (100152)."""
    first = str(error).split("\n")[0][:120]
    return SqlError(
        f"Error parsing the parquet file: {first or 'not enough memory'}", 100_152, "22000"
    )
