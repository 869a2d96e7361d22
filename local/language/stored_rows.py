"""The rows of a large result: the first as Python values, the rest as Arrow, in a file if many.

Whoever wants a row gets Python values; whoever sends the result takes it in parts. The file has no
name: it is gone with the process, however that ends.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, overload

import pyarrow as pa

from .arrow import Range, ranges, stored, wider
from .results import Column
from .zoned import from_arrow

# Bytes that are held in memory; a result of more goes into a file, which takes twice the time.
HELD = 67_108_864


@dataclass(frozen=True)
class Part:
    """A part of the rows: how many bytes and rows it has."""

    size: int
    rows: int


class StoredRows(Sequence[Sequence[Any]]):
    """Rows that were fetched and do not fit in memory as Python values.

    Args:
        columns: Of the result.
        first: The rows that go out at once.
        folder: Where the file lies; None for the machine's folder for temporary files.
        table: `first` as Arrow, where that is at hand.

    Attributes:
        first: As given.
        parts: The rest, in order.
        ranges: The least and the greatest of each NUMBER.
        key: Shows who may fetch the parts.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        first: list[Sequence[Any]],
        folder: Path | None,
        table: pa.Table | None = None,
    ) -> None:
        self._columns, self._folder = columns, folder
        # The parts as they are, until they are too large: then where each lies in the file.
        self._held: list[pa.Table] = []
        self._offsets: list[int] = []
        self._file: IO[bytes] | None = None
        self.first = first
        self.parts: list[Part] = []
        made = stored(columns, first) if table is None else table
        self.ranges: list[Range | None] = ranges(columns, made)
        self.key = secrets.token_urlsafe(32)

    @property
    def size(self) -> int:
        """How many bytes the parts have."""
        return sum(part.size for part in self.parts)

    @property
    def in_file(self) -> bool:
        """Whether the parts lie in a file, not in memory."""
        return self._file is not None

    def add(self, table: pa.Table) -> None:
        """Keep further rows, as one part."""
        if not table.num_rows:
            return
        if self._file is None and self.size + table.nbytes > HELD:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - lives as long as this
            sizes = [self._write(self._file, held) for held in self._held]
            self.parts = [
                Part(size, part.rows) for size, part in zip(sizes, self.parts, strict=True)
            ]
            self._held = []
        if self._file is None:
            self._held.append(table)
        size = table.nbytes if self._file is None else self._write(self._file, table)
        self.parts.append(Part(size, table.num_rows))
        self.ranges = wider(self.ranges, ranges(self._columns, table))

    def _write(self, file: IO[bytes], table: pa.Table) -> int:
        """Write a part behind the others; return its size."""
        offset = file.tell()
        self._offsets.append(offset)
        with pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        return file.tell() - offset

    def part(self, index: int) -> pa.Table:
        """Return a part; threads may ask at the same time."""
        if self._file is None:
            return self._held[index]
        held = os.pread(self._file.fileno(), self.parts[index].size, self._offsets[index])
        return pa.ipc.open_stream(held).read_all()

    def __len__(self) -> int:
        return len(self.first) + sum(part.rows for part in self.parts)

    def __iter__(self) -> Iterator[Sequence[Any]]:
        yield from self.first
        for index in range(len(self.parts)):
            yield from values(self.part(index))

    @overload
    def __getitem__(self, place: int) -> Sequence[Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[Sequence[Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step > 0:
                return list(islice(self, start, stop, step))
            return [self[index] for index in range(start, stop, step)]
        wanted = place + len(self) if place < 0 else place
        if 0 <= wanted < len(self.first):
            return self.first[wanted]
        wanted -= len(self.first)
        for index, part in enumerate(self.parts):
            if 0 <= wanted < part.rows:
                return values(self.part(index).slice(wanted, 1))[0]
            wanted -= part.rows
        raise IndexError(place)


def values(table: pa.Table) -> list[Sequence[Any]]:
    """Return the rows of a table as Python values."""
    columns = [
        from_arrow(column) if pa.types.is_interval(column.type) else column.to_pylist()
        for column in table.columns
    ]
    return list(zip(*columns, strict=True))
