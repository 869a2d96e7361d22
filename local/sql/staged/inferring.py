"""Finds out which columns staged files have, and of which types.

https://docs.snowflake.com/en/sql-reference/functions/infer_schema
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

from ...engine.stage_files import StagedFile
from ...language.errors import SqlError
from ...language.types import BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, DataType
from ...sessions.session import Session
from .csv_records import CsvRecords
from .failures import Failure
from .formats import Format
from .json_documents import JsonDocuments, Number
from .location import Place
from .parquet_rows import ParquetRows
from .reading import opened
from .values import value_sql

_GUESSES = (BOOLEAN, DATE, TIME, TIMESTAMP_NTZ)
_MOST_COLUMNS = 10_000


@dataclass
class Inferred:
    """A column of staged files.

    Attributes:
        name: As the files spell it.
        type: As INFER_SCHEMA spells it, e.g. `NUMBER(38, 0)`, `TEXT`.
        nullable: Whether a file says or shows that it may be null.
        files: The files that have it.
        place: Its number in delimited text, 0 elsewhere.
    """

    name: str
    type: str
    nullable: bool = True
    files: list[str] = field(default_factory=list)
    place: int = 0


def infer_columns(
    session: Session, place: Place, files: list[StagedFile], form: Format, records: int
) -> list[Inferred]:
    """Return the columns that files have together, in the order in which they come.

    Raises:
        SqlError: A file cannot be read.
    """
    found: dict[str, Inferred] = {}
    for file in files:
        for column in _of_file(session, place, file, form, records):
            held = found.setdefault(column.name, column)
            held.nullable = held.nullable or column.nullable
            held.files.append(file.path)
            held.type = _common(held.type, column.type)
            if len(found) > _MOST_COLUMNS:
                raise SqlError(
                    f"The files have more than {_MOST_COLUMNS:,} columns.", 100_064, "22000"
                )
    return list(found.values())


def _of_file(
    session: Session, place: Place, file: StagedFile, form: Format, records: int
) -> list[Inferred]:
    with opened(place.area, file, form) as unpacked:
        if form.type == "PARQUET":
            rows = ParquetRows(unpacked, form)
            return [Inferred(name, _spelt(kind), nullable) for name, kind, nullable in rows.columns]
        if form.type == "JSON":
            return _of_json(session, JsonDocuments(unpacked, form, values=True), records)
        if form.type == "CSV":
            return _of_csv(session, CsvRecords(unpacked, form), form, records)
    raise SqlError(f"INFER_SCHEMA does not read {form.type} in the local stack.", 2, "0A000")


def _of_csv(session: Session, found: CsvRecords, form: Format, records: int) -> list[Inferred]:
    rows = iter(found)
    names: list[str] = []
    if form["PARSE_HEADER"]:
        _, header = next(rows, (0, []))
        names = [] if isinstance(header, Failure) else [name or "" for name in header]
    nulls = set(form["NULL_IF"])
    columns: list[list[str]] = [[] for _ in names]
    for _, fields in itertools.islice(rows, records):
        if isinstance(fields, Failure):
            raise SqlError(fields.message, fields.code, fields.state)
        columns += [[] for _ in range(len(fields) - len(columns))]
        for values, text in zip(columns, fields, strict=False):
            if text is not None and text not in nulls:
                values.append(text)
    names += [f"c{index}" for index in range(len(names) + 1, len(columns) + 1)]
    return [
        Inferred(name, _of_texts(session, values, form), place=index)
        for index, (name, values) in enumerate(zip(names, columns, strict=False), 1)
    ]


def _of_json(session: Session, found: JsonDocuments, records: int) -> list[Inferred]:
    values: dict[str, list[Any]] = {}
    for _, document in itertools.islice(found, records):
        if isinstance(document, Failure):
            raise SqlError(document.message, document.code, document.state)
        if isinstance(document.value, dict):
            for key, value in document.value.items():
                values.setdefault(key, []).append(value)
    return [Inferred(name, _of_values(session, held)) for name, held in values.items()]


def _of_values(session: Session, values: list[Any]) -> str:
    held = [value for value in values if value is not None]
    if held and all(isinstance(value, bool) for value in held):
        return "BOOLEAN"
    if held and all(isinstance(value, Number) for value in held):
        return _of_numbers([str(value) for value in held])
    for kind, name in ((dict, "OBJECT"), (list, "ARRAY")):
        if held and all(isinstance(value, kind) for value in held):
            return name
    if all(isinstance(value, str) and not isinstance(value, Number) for value in held):
        guesses = tuple(guess for guess in _GUESSES if guess is not BOOLEAN)
        return _guessed(session, held, Format("JSON"), guesses) or "TEXT"
    return "VARIANT"


def _of_texts(session: Session, texts: list[str], form: Format) -> str:
    if not texts:
        return "TEXT"
    if all(_is_number(text) for text in texts):
        return _of_numbers(texts)
    return _guessed(session, texts, form, _GUESSES) or "TEXT"


def _guessed(
    session: Session, texts: list[str], form: Format, guesses: tuple[DataType, ...]
) -> str | None:
    """Return the first type that all texts have."""
    plain = Format(form.type)
    if not texts:
        return None
    if any(":" in text for text in texts):
        guesses = tuple(guess for guess in guesses if guess is not DATE)
    cursor = session.engine.database.cursor()
    try:
        for kind in guesses:
            made = value_sql("t", kind, plain)
            (count,) = cursor.execute(
                f"SELECT count(*) FROM (SELECT unnest($texts) AS t) WHERE {made} IS NULL",
                {"texts": texts},
            ).fetchall()[0]
            words = {text.lower() for text in texts}
            if count == 0 and (kind is not BOOLEAN or words <= {"true", "false"}):
                return _spelt(kind)
    finally:
        cursor.close()
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip().lstrip("+-")[:1] in set("0123456789.") and "_" not in text


def _of_numbers(texts: list[str]) -> str:
    if any("e" in text.lower() for text in texts):
        return "REAL"
    whole = scale = 1
    scale = 0
    for text in texts:
        before, _, behind = text.strip().lstrip("+-").partition(".")
        whole, scale = max(whole, len(before) or 1), max(scale, len(behind))
    return f"NUMBER({min(38, whole + scale)}, {scale})" if whole + scale <= 38 else "REAL"


def _spelt(kind: DataType) -> str:
    if kind.base == "NUMBER":
        return f"NUMBER({kind.precision}, {kind.scale})"
    return {"VARCHAR": "TEXT", "FLOAT": "REAL", "TIMESTAMP_LTZ": "TIMESTAMP_NTZ"}.get(
        kind.base, kind.base
    )


def _common(left: str, right: str) -> str:
    """Return a type for what is of one type in a file and of another in the next."""
    if left == right:
        return left
    if left.startswith("NUMBER(") and right.startswith("NUMBER("):
        sizes = [tuple(int(part) for part in text[7:-1].split(",")) for text in (left, right)]
        scale = max(size[1] for size in sizes)
        whole = max(size[0] - size[1] for size in sizes)
        return f"NUMBER({min(38, whole + scale)}, {scale})"
    if {left.split("(")[0], right.split("(")[0]} == {"NUMBER", "REAL"}:
        return "REAL"
    return "VARIANT" if {left, right} & {"VARIANT", "OBJECT", "ARRAY"} else "TEXT"
