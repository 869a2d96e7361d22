"""Takes the rows of a query out of DuckDB: a few as Python values, many as Arrow."""

import contextlib
import time
import warnings
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ...engine import limits
from ...language.arrow import is_plain, stored
from ...language.errors import SqlError
from ...language.results import Column
from ...language.stored_rows import StoredRows, values

# So many rows go out with the answer; a result of more is fetched in parts.
FIRST = 1000
_PART_BYTES = 8_388_608
# A group of rows, as the engine stores them.
_MOST_ROWS = 122_880
_BATCH_ROWS = 20_000
# Seconds: what comes so soon is asked for again, as Arrow. Once its first rows are Python values, the
# engine gives the others row by row into a copy, which takes twice the time.
_AT_ONCE = 0.1
# The other way binds every statement twice, which costs small ones a millisecond.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)


def fetched(
    cursor: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    folder: Path | None,
    again: Callable[[], duckdb.DuckDBPyRelation] | None = None,
) -> Sequence[Sequence[Any]]:
    """Return the rows that a connection's statement gives.

    Args:
        cursor: A query was executed on it.
        columns: Of the query.
        folder: Where many rows are kept.
        again: Gives the query anew, where running it twice changes nothing.

    Raises:
        SqlError: A table was altered meanwhile.
    """
    kinds = [str(kind) for _, kind, *_ in cursor.description or []]
    if "INTERVAL" in kinds:
        return _zoned(cursor, columns, folder)
    begin = time.perf_counter()
    first: list[Sequence[Any]] = [*cursor.fetchmany(FIRST)]
    if len(first) < FIRST:
        first += cursor.fetchall()
        return first
    at_once = time.perf_counter() - begin < _AT_ONCE
    table = stored(columns, first)
    count = max(1, min(_MOST_ROWS, _PART_BYTES // (table.nbytes // len(first) + 1)))
    plain = all(is_plain(kind) for kind in kinds)
    if plain and at_once and again is not None:
        cursor.abort()
        anew = again()
        if [str(kind) for kind in anew.types] != kinds:
            raise SqlError("A table was altered while the query ran: run it again.", 90105, "57014")
        return _split(_batches(anew.to_arrow_reader(count)), columns, folder)
    rows = StoredRows(columns, first, folder, table)
    rest = _as_arrow(cursor, count) if plain else _as_values(cursor, columns, count)
    # Closed at once when it fails: until then the connection takes no other statement.
    with contextlib.closing(rest):
        for table in rest:
            limits.check()
            rows.add(table)
    return rows if rows.parts else first


def _zoned(
    cursor: duckdb.DuckDBPyConnection, columns: Sequence[Column], folder: Path | None
) -> Sequence[Sequence[Any]]:
    """Return rows with a TIMESTAMP_TZ among them: Python's values of an INTERVAL lose its months."""
    return _split(_as_arrow(cursor, _BATCH_ROWS), columns, folder)


def _split(
    rest: Generator[pa.Table, None, None], columns: Sequence[Column], folder: Path | None
) -> Sequence[Sequence[Any]]:
    """Return rows that come as Arrow: the first as Python values, and the others as they are."""
    first: list[Sequence[Any]] = []
    rows: StoredRows | None = None
    with contextlib.closing(rest):
        for table in rest:
            limits.check()
            missing = FIRST - len(first)
            first += values(table.slice(0, missing))
            if table.num_rows > missing:
                rows = rows or StoredRows(columns, first, folder, stored(columns, first))
                rows.add(table.slice(missing))
    return first if rows is None else rows


def _as_arrow(cursor: duckdb.DuckDBPyConnection, count: int) -> Generator[pa.Table, None, None]:
    reader = cursor.to_arrow_reader(count)
    if reader is not None:
        yield from _batches(reader)


def _batches(reader: pa.RecordBatchReader) -> Generator[pa.Table, None, None]:
    with reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _as_values(
    cursor: duckdb.DuckDBPyConnection, columns: Sequence[Column], count: int
) -> Generator[pa.Table, None, None]:
    while rows := cursor.fetchmany(count):
        yield stored(columns, rows)
