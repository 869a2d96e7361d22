"""Parquet, read by DuckDB, which the local stack brings along."""

from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .record import Record

SUFFIXES = (".parquet",)
_CHUNK = 2048


def read(path: Path) -> Iterator[Record]:
    """Yield the rows of a Parquet file; `line` is the number of the row."""
    import duckdb

    with duckdb.connect() as connection:
        try:
            cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        except duckdb.Error as error:
            raise InputError(path, 1, f"not Parquet: {str(error).splitlines()[0]}") from None
        names = [column[0] for column in cursor.description or ()]
        number = 0
        while chunk := cursor.fetchmany(_CHUNK):
            for row in chunk:
                number += 1
                yield Record(number, dict(zip(names, row, strict=True)))
