"""CSV with a header line (RFC 4180), comma, semicolon or tab; an empty field is NULL."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import InputError
from .record import Record

SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ",;\t"
_LONGEST = 16_777_216  # characters that a VARCHAR holds


def read(path: Path) -> Iterator[Record]:
    """Yield the rows of a CSV file; one that is no CSV costs itself, not those after it."""
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)
        rows = _rows(file, delimiter)
        line, header, error = next(rows, (1, [], None))
        if error is not None:
            raise InputError(path, line, f"the header is not CSV: {error}")
        if not header:
            raise InputError(path, 1, "the file has no header line; name the fields in line 1")
        _require_each_once(path, header)
        for line, cells, error in rows:
            if error is not None:
                yield Record(line, {}, f"is not CSV: {error}")
            elif cells:
                yield _record(line, header, cells)


class _Lines:
    """The lines of a file, which can be read again from the second line of a record on."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []
        self._record: list[str] = []
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._record.append(line)
        return line

    def begin(self) -> int:
        """Begin a record and return the number of its first line."""
        self._number += len(self._record)
        self._record = []
        return self._number + 1

    def give_back(self) -> None:
        """Keep of the record its first line alone: the others are read again."""
        self._again += reversed(self._record[1:])
        del self._record[1:]


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield the line that a record begins in, its cells, and why it is none.

    A quote that nobody closes takes all text up to the next one, or to the end of the file, into
    its field. So reading goes on in the line after the one in which such a record begins.
    """
    source = _Lines(lines)
    rows = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line = source.begin()
        try:
            yield line, next(rows), None
        except StopIteration:
            return
        except csv.Error as error:
            source.give_back()
            rows = csv.reader(source, delimiter=delimiter, strict=True)
            why = str(error).replace("unexpected end of data", "a quote is opened and not closed")
            yield line, [], why


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
