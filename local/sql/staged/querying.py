"""SELECT from staged files: their rows as a parameter of the query.

https://docs.snowflake.com/en/user-guide/querying-stage
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlglot import exp

from ...engine.stage_files import StagedFile
from ...language.errors import SqlError, unsupported
from ..context import Context
from ..rows import literal_relation
from .batches import Batch, Wanted, read_batches
from .columns import METADATA, Source, bind_columns, sources
from .formats import Format, format_of
from .json_documents import Number, json_text
from .location import Place, resolve

_MOST_CELLS = 20_000_000


def rewrite_staged(tree: exp.Expr, context: Context) -> None:
    """Make every SELECT from staged files read their rows.

    Raises:
        SqlError: The files cannot be read, or are more than one query may read here.
    """
    if tree.find(exp.DirectoryStage) is not None:
        raise unsupported("directory tables")
    for select, source in sources(tree):
        place = resolve(context.session, source.location, "READ")
        given = {"FORMAT_NAME": source.form} if source.form else None
        held = place.options.get("FILE_FORMAT")
        form = format_of(context.session, given, held if isinstance(held, dict) else None)
        name = context.relation("")
        if form.type == "PARQUET":
            _read_parquet(select, source, context, place, form, name)
            continue
        count = bind_columns(select, source, name, form.type)
        rows = _rows(place, source, form, Wanted(count))
        columns = tuple((f"${index}", _TYPES[form.type]) for index in range(1, count + 1))
        context.relations[name] = literal_relation(context, (*columns, *_METADATA), rows)


_TYPES = {"CSV": "VARCHAR", "JSON": "JSON"}
_METADATA = tuple((name, kind.duckdb) for name, kind in METADATA.items())


def metadata(place: Place, file: StagedFile) -> list[Any]:
    """Return the values of METADATA$… for a file, without the number of the row."""
    modified = dt.datetime.fromtimestamp(file.modified / 1e9, dt.UTC).replace(tzinfo=None)
    now = dt.datetime.now(dt.UTC)
    return [file.path, place.area.digest(file), modified.isoformat(sep=" "), now]


def _rows(place: Place, source: Source, form: Format, wanted: Wanted) -> list[list[Any]]:
    found: list[list[Any]] = []
    for file in place.files(source.pattern):
        name, key, modified, now = metadata(place, file)
        for batch in read_batches(place.area, file, form, wanted):
            require_whole(batch, place.shown(file))
            columns = [batch.table.column(f"c{i}").to_pylist() for i in range(1, wanted.count + 1)]
            numbers = batch.table.column("row").to_pylist()
            found += [
                [*values, name, number, key, modified, now]
                for *values, number in zip(*columns, numbers, strict=True)
            ]
            _bound(len(found) * (wanted.count + len(_METADATA)))
    return found


def _read_parquet(
    select: exp.Select, source: Source, context: Context, place: Place, form: Format, name: str
) -> None:
    """Read Parquet: every row as a document, of which single members keep their types."""
    files = place.files(source.pattern)
    batches = [
        (file, batch) for file in files for batch in read_batches(place.area, file, form, Wanted())
    ]
    _bound(sum(batch.table.num_rows * batch.table.num_columns for _, batch in batches))
    names: list[str] = []
    types = []
    for _, batch in batches:
        for column, kind in zip(batch.names, batch.types, strict=True):
            if column not in names:
                names.append(column)
                types.append(kind)
    bind_columns(select, source, name, "PARQUET", names, types)
    rows: list[list[Any]] = []
    for file, batch in batches:
        rows += _parquet_rows(place, file, batch, names)
    columns = [(f"${index}", kind.duckdb) for index, kind in enumerate(types, 1)]
    context.relations[name] = literal_relation(
        context, (*columns, ("$0", "JSON"), *_METADATA), rows
    )


def _parquet_rows(
    place: Place, file: StagedFile, batch: Batch, names: list[str]
) -> list[list[Any]]:
    path, key, modified, now = metadata(place, file)
    held = {
        column: [_spelt(value) for value in batch.table.column(index).to_pylist()]
        for index, column in enumerate(batch.names)
    }
    numbers = batch.table.column("row").to_pylist()
    rows = []
    for index, number in enumerate(numbers):
        values = {column: held[column][index] for column in batch.names}
        document = json_text(
            {column: value for column, value in values.items() if value is not None}
        )
        shown = [_cell(values.get(column)) for column in names]
        rows.append([*shown, document, path, number, key, modified, now])
    return rows


def _spelt(value: Any) -> Any:
    """Return a value of Parquet as one of a document: what JSON lacks, as its text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return Number(repr(value)) if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, dict):
        return {str(key): _spelt(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(item) for item in value]
    return Number(format(value, "f")) if isinstance(value, Decimal) else str(value)


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, dict | list) else value


def _bound(cells: int) -> None:
    if cells > _MOST_CELLS:
        raise SqlError(
            "The staged files hold more values than one query reads in the local stack: load them "
            "with COPY INTO.",
            100_064,
            "22000",
        )


def require_whole(batch: Batch, file: str) -> None:
    """Fail when a record of a batch could not be read."""
    if batch.failures:
        raise batch.failures[0].error(file, None)
