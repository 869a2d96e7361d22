"""The rows of staged files, some thousand at a time, as Arrow tables that DuckDB reads.

Delimited text gives columns `c1`, `c2`, … of texts; JSON one column `c1`, the text of a document;
Parquet its columns, which stand behind each other under `c1`, `c2`, … with their own types.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...engine.stage_files import Area, StagedFile
from ...language.errors import unsupported
from ...language.types import DataType
from .csv_records import CsvRecords
from .failures import Failure
from .formats import Format
from .json_documents import Document, JsonDocuments, plain_text
from .parquet_rows import BATCH_ROWS, ParquetRows
from .reading import opened

# Characters of texts that are held at once.
_MOST_CHARACTERS = 32_000_000


@dataclass
class Batch:
    """Some records of a file.

    Attributes:
        table: Their columns, and `row` with the number of each, from 1.
        lines: The line on which each begins; empty where files have no lines.
        failures: Records that could not be read, and are not in `table`.
        parsed: How many records it has, those that could not be read with them.
        names: Of the columns, where the file says them.
        types: Of the columns, where the file says them.
    """

    table: pa.Table
    lines: list[int]
    failures: list[Failure] = field(default_factory=list)
    parsed: int = 0
    names: list[str] = field(default_factory=list)
    types: list[DataType] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """What of a file's columns is wanted.

    Attributes:
        count: How many columns of delimited text; shorter records are filled up.
        exact: Whether a record must have just so many.
        keys: Names of the members of JSON documents that are wanted as columns, folded or not.
        folded: Whether names of members are compared without regard to case.
        texts: For each key, whether its text is wanted, and not its JSON.
    """

    count: int = 1
    exact: bool = False
    keys: tuple[str, ...] = ()
    folded: bool = False
    texts: tuple[bool, ...] = ()


def read_batches(area: Area, file: StagedFile, form: Format, wanted: Wanted) -> Iterator[Batch]:
    """Yield the records of a staged file.

    Raises:
        SqlError: The file cannot be read at all, or has a type that is not read here.
    """
    if form.type not in {"CSV", "JSON", "PARQUET"}:
        raise unsupported(f"files of type {form.type}")
    with opened(area, file, form) as unpacked:
        if form.type == "CSV":
            yield from _csv(CsvRecords(unpacked, form), form, wanted)
        elif form.type == "JSON":
            yield from _json(JsonDocuments(unpacked, form, values=bool(wanted.keys)), form, wanted)
        else:
            yield from _parquet(ParquetRows(unpacked, form))


def file_columns(area: Area, file: StagedFile, form: Format) -> list[str]:
    """Return the names of a file's columns: of Parquet, or of the header of delimited text."""
    with opened(area, file, form) as unpacked:
        if form.type == "PARQUET":
            return [name for name, _, _ in ParquetRows(unpacked, form).columns]
        return CsvRecords(unpacked, form).header() if form["PARSE_HEADER"] else []


def _csv(records: CsvRecords, form: Format, wanted: Wanted) -> Iterator[Batch]:
    rows: list[Any] = []
    collected = _Collected()
    size = 0
    numbers: list[int] = []
    for number, (line, fields) in enumerate(_without_header(records, form), 1):
        collected.parsed += 1
        if isinstance(fields, Failure):
            collected.failures.append(fields)
            continue
        if len(fields) != wanted.count:
            if wanted.exact:
                collected.failures.append(_count_mismatch(fields, wanted.count, number, line))
                continue
            fields = (fields + [None] * (wanted.count - len(fields)))[: wanted.count]
        rows.append(fields)
        numbers.append(number)
        collected.lines.append(line)
        size += 1 if len(fields) < 2 else len(fields[0] or "") + len(fields[-1] or "")
        if len(rows) == BATCH_ROWS or size > _MOST_CHARACTERS:
            yield collected.batch(_text_table(rows, numbers, wanted.count, form))
            rows, numbers, collected, size = [], [], _Collected(), 0
    yield collected.batch(_text_table(rows, numbers, wanted.count, form))


def _without_header(records: CsvRecords, form: Format) -> Iterator[tuple[int, Any]]:
    found = iter(records)
    if form["PARSE_HEADER"]:
        next(found, None)
    return found


def _count_mismatch(fields: list[str | None], count: int, row: int, line: int) -> Failure:
    before = fields[: min(count, len(fields))]
    character = sum(len(text or "") + 1 for text in before) or 1
    return Failure(
        f"Number of columns in file ({len(fields)}) does not match that of the corresponding table "
        f"({count}), use file format option error_on_column_count_mismatch=false to ignore this error",
        100_080,
        row,
        line,
        character,
        min(count, len(fields) + 1),
    )


def _text_table(rows: list[Any], numbers: list[int], count: int, form: Format) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * count
    nulls = pa.array(form["NULL_IF"], pa.string())
    made = [_nulled(pa.array(column, pa.string()), nulls) for column in columns]
    names = [f"c{index}" for index in range(1, count + 1)]
    return pa.table([*made, pa.array(numbers, pa.int64())], names=[*names, "row"])


def _nulled(column: Any, nulls: Any) -> Any:
    if not len(nulls):
        return column
    matched = pc.is_in(column, value_set=nulls)
    return (
        pc.if_else(matched, pa.scalar(None, pa.string()), column)
        if pc.any(matched).as_py()
        else column
    )


def _json(documents: JsonDocuments, form: Format, wanted: Wanted) -> Iterator[Batch]:
    rows: list[Any] = []
    collected = _Collected()
    numbers: list[int] = []
    size = 0
    width = len(wanted.keys) or 1
    nulls = frozenset(form["NULL_IF"]) if wanted.keys else frozenset()
    for number, (line, found) in enumerate(documents, 1):
        collected.parsed += 1
        if isinstance(found, Failure):
            collected.failures.append(found)
            continue
        rows.append(_members(found, wanted, form, nulls) if wanted.keys else (found.text,))
        numbers.append(number)
        collected.lines.append(line)
        size += len(found.text)
        if len(rows) == BATCH_ROWS or size > _MOST_CHARACTERS:
            yield collected.batch(_json_table(rows, numbers, width))
            rows, numbers, collected, size = [], [], _Collected(), 0
    yield collected.batch(_json_table(rows, numbers, width))


def _members(
    document: Document, wanted: Wanted, form: Format, nulls: frozenset[str]
) -> tuple[str | None, ...]:
    from .json_documents import json_text

    held = document.value if isinstance(document.value, dict) else {}
    if wanted.folded:
        held = {key.upper(): value for key, value in held.items()}
    found: list[str | None] = []
    for key, is_text in zip(wanted.keys, wanted.texts, strict=True):
        value = held.get(key)
        text = plain_text(value)
        if text is not None and form["TRIM_SPACE"] and isinstance(value, str):
            text = text.strip()
        if text in nulls:
            text = None
        elif text is not None and not is_text:
            text = json_text(value)
        found.append(text)
    return tuple(found)


def _json_table(rows: list[Any], numbers: list[int], width: int) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    names = [f"c{index}" for index in range(1, width + 1)]
    made = [pa.array(column, pa.string()) for column in columns]
    return pa.table([*made, pa.array(numbers, pa.int64())], names=[*names, "row"])


def _parquet(rows: ParquetRows) -> Iterator[Batch]:
    names = [name for name, _, _ in rows.columns]
    types = [kind for _, kind, _ in rows.columns]
    number = 0
    empty = True
    for table in rows:
        yield _parquet_batch(table, number, names, types)
        number += table.num_rows
        empty = False
    if empty:
        with contextlib.suppress(pa.ArrowException):
            yield _parquet_batch(rows.schema.empty_table(), 0, names, types)


def _parquet_batch(table: pa.Table, before: int, names: list[str], types: list[DataType]) -> Batch:
    numbers = pa.array(range(before + 1, before + table.num_rows + 1), pa.int64())
    columns = [f"c{index}" for index in range(1, len(names) + 1)]
    made = pa.table([*table.columns, numbers], names=[*columns, "row"])
    return Batch(made, [], [], table.num_rows, names, types)


@dataclass
class _Collected:
    lines: list[int] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    parsed: int = 0

    def batch(self, table: pa.Table) -> Batch:
        return Batch(table, self.lines, self.failures, self.parsed)
