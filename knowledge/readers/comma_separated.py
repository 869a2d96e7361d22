"""CSV with a header line (RFC 4180), comma, semicolon or tab; an empty field is NULL."""

import csv
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .record import Record

SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ",;\t"


def read(path: Path) -> Iterator[Record]:
    """Yield the rows of a CSV file."""
    csv.field_size_limit(16_777_216)  # what a VARCHAR holds
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            header = next(rows, None)
            if not header:
                raise InputError(path, 1, "the file has no header line; name the fields in line 1")
            _require_each_once(path, header)
            line = rows.line_num + 1
            for cells in rows:
                if cells:
                    yield _record(line, header, cells)
                line = rows.line_num + 1
        except csv.Error as error:
            raise InputError(path, rows.line_num, f"not CSV: {error}") from None


def _require_each_once(path: Path, header: list[str]) -> None:
    names = [name.strip().upper() for name in header if name.strip()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(path, 1, f"the header names {twice.lower()} twice; which one is meant?")


def _record(line: int, header: list[str], cells: list[str]) -> Record:
    values = {name: cell if cell else None for name, cell in zip(header, cells, strict=False)}
    if len(cells) == len(header):
        return Record(line, values)
    return Record(line, values, f"has {len(cells)} fields; the header names {len(header)}")
