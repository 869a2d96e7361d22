"""Rows as files of lines: CSV and JSON, packed.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
"""

import bz2
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ...engine import limits
from ...engine.stage_files import Writing
from ...language.errors import SqlError, unsupported
from ...language.results import Column
from ...language.types import DataType
from ...sessions.session import Session
from ...sessions.transaction import Transaction
from ..parameters import used_parameters
from .formats import Format
from .unload import BATCH, DEFAULT_SIZE, SEMI, Names, Unload, Written
from .values import strptime_format

# Bytes that are packed at once.
_HELD = 1 << 18
_SUFFIXES = {
    "GZIP": ".gz", "BZ2": ".bz2", "DEFLATE": ".deflate", "RAW_DEFLATE": ".raw_deflate", "NONE": "",
}  # fmt: skip


class Packer(Protocol):
    """What packs the bytes of a file."""

    def compress(self, data: bytes, /) -> bytes:
        """Return packed bytes."""

    def flush(self) -> bytes:
        """Return what is left."""


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


_PACKERS: dict[str, Callable[[], Packer]] = {
    "GZIP": lambda: zlib.compressobj(wbits=31),
    "DEFLATE": lambda: zlib.compressobj(wbits=15),
    "RAW_DEFLATE": lambda: zlib.compressobj(wbits=-15),
    "BZ2": bz2.BZ2Compressor,
    "NONE": _Plain,
}


def write_lines(
    session: Session,
    unload: Unload,
    sql: str,
    context: Any,
    columns: list[Column],
    writers: list[tuple[Writing, Written]],
) -> None:
    form = unload.form
    compression = str(form["COMPRESSION"])
    compression = "GZIP" if compression == "AUTO" else compression
    if compression not in _PACKERS:
        raise unsupported(f"unloading with COMPRESSION = {compression}")
    names = Names(session, unload, _suffix(form, _SUFFIXES[compression]))
    most = int(unload.options.get("MAX_FILE_SIZE", DEFAULT_SIZE))
    head = b""
    if form.type == "CSV" and unload.options.get("HEADER"):
        head = _Records(form, [True] * len(columns)).record([column.name for column in columns])
    current: _LineFile | None = None
    for line in _texts(session.transaction, unload, sql, context, columns):
        if current is None or current.written.plain + len(line) > most:
            if current is not None:
                current.end()
            path = names.next()
            writing, written = unload.place.area.writing(path), Written(path, 0, 0, 0)
            writers.append((writing, written))
            current = _LineFile(writing, written, _PACKERS[compression]())
            current.add(head)
        current.add(line)
        current.written.rows += 1
    if current is not None:
        current.end()


class _LineFile:
    """A file of lines that is being packed."""

    def __init__(self, writing: Writing, written: Written, packer: Packer) -> None:
        self.written = written
        self._writing, self._packer = writing, packer
        self._held: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        """Add a line."""
        self._held.append(line)
        self._size += len(line)
        self.written.plain += len(line)
        if self._size > _HELD:
            self._pack()

    def _pack(self) -> None:
        self._writing.write(self._packer.compress(b"".join(self._held)))
        self._held, self._size = [], 0

    def end(self) -> None:
        """Write what is left."""
        self._pack()
        self._writing.write(self._packer.flush())
        self.written.size = self._writing.size


def _suffix(form: Format, packed: str) -> str:
    given = str(form["FILE_EXTENSION"])
    if given.upper() not in {"AUTO", "NONE"}:
        return f".{given.lstrip('.')}{packed}"
    return f".{form.type.lower()}{packed}"


def _texts(
    transaction: Transaction, unload: Unload, sql: str, context: Any, columns: list[Column]
) -> Iterator[bytes]:
    form = unload.form
    if form.type == "JSON" and [column.type.base for column in columns] not in [
        [kind] for kind in SEMI
    ]:
        raise SqlError(
            "SQL compilation error:\nJSON file format can be used to unload one column of type variant, "
            "object or array: OBJECT_CONSTRUCT makes one.",
            2019,
            "0A000",
        )
    numbered = [f"c{index}" for index in range(len(columns))]
    values = ", ".join(
        _text_sql(f"q.{name}", column.type, form)
        for name, column in zip(numbered, columns, strict=True)
    )
    query = f"SELECT {values} FROM ({sql}) AS q({', '.join(numbered)})"
    cursor = transaction.cursor.execute(query, used_parameters(query, context) or None)
    encloses = [column.type.base not in {"NUMBER", "FLOAT", "BOOLEAN"} for column in columns]
    records = _Records(form, encloses)
    while rows := cursor.fetchmany(BATCH):
        limits.check()
        for row in rows:
            if form.type == "JSON":
                yield f"{'null' if row[0] is None else row[0]}\n".encode()
            else:
                yield records.record(row)


def _text_sql(value: str, kind: DataType, form: Format) -> str:
    if kind.base in SEMI:
        return f"CAST(json({value}) AS VARCHAR)"
    if kind.base == "BINARY":
        spelling = str(form["BINARY_FORMAT"])
        return {"HEX": f"hex({value})", "BASE64": f"base64({value})"}.get(
            spelling, f"decode({value})"
        )
    option = {"DATE": "DATE_FORMAT", "TIME": "TIME_FORMAT"}.get(kind.base)
    if kind.base.startswith("TIMESTAMP"):
        option = "TIMESTAMP_FORMAT"
    given = str(form[option]) if option else "AUTO"
    if given.upper() != "AUTO" and kind.base in {"TIMESTAMP_TZ", "TIMESTAMP_LTZ"}:
        form_text = given.replace("'", "''")
        return f"hush_moment_format(hush.moment({value}), '{form_text}')"
    if given.upper() != "AUTO":
        spelt = strptime_format(given).replace("'", "''")
        moment = f"(DATE '2000-01-01' + {value})" if kind.base == "TIME" else value
        return f"strftime({moment}, '{spelt}')"
    return f"hush.to_text({value})"


class _Records:
    """Spells records of delimited text.

    Args:
        form: How.
        encloses: For each column, whether its values are texts.
    """

    def __init__(self, form: Format, encloses: list[bool]) -> None:
        self._enclosing, self._escape = (
            str(form["FIELD_OPTIONALLY_ENCLOSED_BY"]),
            str(form["ESCAPE"]),
        )
        self._delimiter, self._end = str(form["FIELD_DELIMITER"]), str(form["RECORD_DELIMITER"])
        self._null = next(iter(form["NULL_IF"]), "")
        self._encloses = [is_text and bool(self._enclosing) for is_text in encloses]
        bare = str(form["ESCAPE_UNENCLOSED_FIELD"])
        marks = {bare, self._delimiter[:1], self._end[:1], "\r"} - {""}
        self._marks = re.compile(f"[{''.join(map(re.escape, sorted(marks)))}]") if bare else None
        self._bare = bare

    def record(self, row: Any) -> bytes:
        """Return a record as it stands in a file."""
        fields = [
            self._null
            if value is None
            else self._enclosed(value)
            if encloses
            else self._plain(value)
            for value, encloses in zip(row, self._encloses, strict=True)
        ]
        return (self._delimiter.join(fields) + self._end).encode()

    def _enclosed(self, text: str) -> str:
        mark, escape = self._enclosing, self._escape
        if escape:
            text = text.replace(escape, escape * 2).replace(mark, escape + mark)
        else:
            text = text.replace(mark, mark * 2)
        return f"{mark}{text}{mark}"

    def _plain(self, text: str) -> str:
        if self._marks is None:
            return text
        return self._marks.sub(lambda found: self._bare + found[0], text)
