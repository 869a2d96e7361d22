"""Files of stacks that earlier versions wrote: what is held otherwise now is changed when one opens.

Format 1 held a TIMESTAMP_TZ as an instant, always with the offset of UTC; format 2 holds the offset of
each value (`zone_macros`).
"""

import duckdb

from ..language.errors import LocalStackError
from ..language.names import quote
from .catalogue import Catalogue

FORMAT = 2
_INSTANT = "TIMESTAMP WITH TIME ZONE"


def bring_up_to_date(database: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Bring the tables of a file to the format of this version, in one transaction.

    Raises:
        LocalStackError: A later version wrote the file.
    """
    rows = database.execute("SELECT value FROM hush.state WHERE key = 'format'").fetchall()
    held = str(rows[0][0]) if rows else ""
    if held == str(FORMAT):
        return
    if held != "1":
        raise LocalStackError(
            f"the data has the format {held[:20]!r}, which this version of hushflake does not know: use "
            "the version that wrote it, or `hushflake stack start --fresh`, which moves the data aside"
        )
    database.begin()
    try:
        _keep_offsets(database, catalogue)
        database.execute("UPDATE hush.state SET value = ? WHERE key = 'format'", [str(FORMAT)])
        database.commit()
    except duckdb.Error:
        database.rollback()
        raise


def _keep_offsets(database: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Give each TIMESTAMP_TZ the offset of UTC, which it had without saying so."""
    held = {
        (table, column)
        for table, column in database.execute(
            "SELECT table_name, column_name FROM system.main.duckdb_columns() "
            "WHERE schema_name = 'data' AND data_type = ?",
            [_INSTANT],
        ).fetchall()
    }
    for kind in ("TABLE", "DYNAMIC TABLE"):
        items = {
            item.id: item
            for dropped in (False, True)
            for item in catalogue.of_kind(kind, dropped=dropped)
        }
        for item in items.values():
            for column in item.body["columns"]:
                if column["type"]["base"] != "TIMESTAMP_TZ":
                    continue
                name = str(column["name"])
                for prefix in ("t", "h"):
                    if (f"{prefix}{item.id}", name) in held:
                        database.execute(
                            f'ALTER TABLE data."{prefix}{item.id}" ALTER COLUMN {quote(name)} '
                            f"SET DATA TYPE INTERVAL USING hush.tz(timezone('UTC', {quote(name)}), 0)"
                        )
