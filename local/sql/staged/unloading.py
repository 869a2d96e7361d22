"""COPY INTO a place in a stage: the rows of a query as files.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
"""

from typing import TYPE_CHECKING

import duckdb

from ...engine.failures import from_duckdb
from ...language.errors import SqlError, compilation
from ...language.results import COPY, Column, Result
from ...language.types import NUMBER, TEXT
from ...sessions.session import Session
from ..described import result_columns
from .unload import Unload, Written
from .unloading_lines import write_lines
from .unloading_parquet import write_parquet

if TYPE_CHECKING:
    from ...engine.stage_files import Writing


def run_unload(session: Session, unload: Unload) -> Result:
    """Write the files, and show them when all are whole.

    Raises:
        SqlError: A file is there already, or the rows have no such form.
    """
    sql, context, columns = result_columns(session, unload.query, unload.bindings)
    writers: list[tuple[Writing, Written]] = []
    try:
        if unload.form.type == "PARQUET":
            write_parquet(session, unload, sql, context, columns, writers)
        elif unload.form.type in {"CSV", "JSON"}:
            write_lines(session, unload, sql, context, columns, writers)
        else:
            raise compilation(
                f"{unload.form.type} cannot be unloaded: CSV, JSON or PARQUET", 1008, "22023"
            )
        if not unload.options.get("OVERWRITE"):
            for _, written in writers:
                if unload.place.area.find(written.path) is not None:
                    raise SqlError(
                        "Files already existing at the unload destination: "
                        f"{unload.place.location}. Use overwrite option to force unloading.",
                        100_183,
                        "22000",
                    )
        for writing, _ in writers:
            writing.finish()
    except duckdb.Error as error:
        if session.transaction.writing:
            session.transaction.recover()
        raise from_duckdb(error) from None
    finally:
        for writing, _ in writers:
            writing.abandon()
    files = [written for _, written in writers]
    if unload.options.get("DETAILED_OUTPUT"):
        shown = [
            Column("FILE_NAME", TEXT),
            Column("FILE_SIZE", NUMBER),
            Column("ROW_COUNT", NUMBER),
        ]
        return Result(shown, [[file.path, file.size, file.rows] for file in files], COPY)
    names = ("rows_unloaded", "input_bytes", "output_bytes")
    sums = [
        sum(file.rows for file in files),
        sum(file.plain for file in files),
        sum(file.size for file in files),
    ]
    return Result([Column(name, NUMBER) for name in names], [sums], COPY)
