"""Rows as files of Parquet.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
"""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...engine import limits
from ...engine.stage_files import Writing
from ...language.errors import compilation, unsupported
from ...language.names import quote
from ...language.results import Column
from ...sessions.session import Session
from ..parameters import used_parameters
from .unload import BATCH, DEFAULT_SIZE, SEMI, Names, Unload, Written


def write_parquet(
    session: Session,
    unload: Unload,
    sql: str,
    context: Any,
    columns: list[Column],
    writers: list[tuple[Writing, Written]],
) -> None:
    compression = str(unload.form["COMPRESSION"])
    compression = "SNAPPY" if compression == "AUTO" else compression
    if compression not in {"SNAPPY", "NONE"}:
        raise unsupported(f"unloading Parquet with COMPRESSION = {compression}")
    for column in columns:
        if column.type.base == "TIMESTAMP_TZ":
            # https://docs.snowflake.com/en/sql-reference/sql/copy-into-location (usage notes)
            raise compilation(
                f"The column {column.name} is a TIMESTAMP_TZ, which Parquet files do not hold: cast it "
                "to TIMESTAMP_NTZ or VARCHAR.",
                2019,
                "0A000",
            )
    header = bool(unload.options.get("HEADER"))
    names = [column.name if header else f"_COL_{index}" for index, column in enumerate(columns)]
    numbered = [f"c{index}" for index in range(len(columns))]
    values = ", ".join(
        (f"CAST(q.{name} AS VARCHAR)" if column.type.base in SEMI else f"q.{name}")
        + f" AS {quote(shown)}"
        for name, shown, column in zip(numbered, names, columns, strict=True)
    )
    query = f"SELECT {values} FROM ({sql}) AS q({', '.join(numbered)})"
    cursor = session.transaction.cursor.execute(query, used_parameters(query, context) or None)
    reader: Any = cursor.to_arrow_reader(BATCH)
    paths = Names(session, unload, ".snappy.parquet" if compression == "SNAPPY" else ".parquet")
    most = int(unload.options.get("MAX_FILE_SIZE", DEFAULT_SIZE))
    opened: pq.ParquetWriter | None = None
    for batch in reader:
        limits.check()
        if not batch.num_rows:
            continue
        if opened is None or writers[-1][0].size > most:
            if opened is not None:
                opened.close()
                writers[-1][1].size = writers[-1][0].size
            path = paths.next()
            writing = unload.place.area.writing(path)
            writers.append((writing, Written(path, 0, 0, 0)))
            opened = pq.ParquetWriter(
                pa.PythonFile(_Sink(writing), mode="w"),
                reader.schema,
                compression=compression.lower(),
            )
        opened.write_batch(batch)
        writers[-1][1].rows += batch.num_rows
        writers[-1][1].plain += batch.nbytes
    if opened is not None:
        opened.close()
        writers[-1][1].size = writers[-1][0].size


class _Sink:
    """A file on its way into a stage, as Arrow writes to one."""

    closed = False

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def write(self, data: Any) -> int:
        return self._writing.write(bytes(data))

    def tell(self) -> int:
        return self._writing.size

    def flush(self) -> None:
        """Do nothing: the file is whole when it is shown."""

    def close(self) -> None:
        """Do nothing: the file is finished by whoever began it."""

    def writable(self) -> bool:
        return True
