"""Opens the DuckDB file of a stack: locked down before it is read, and looked at before it is used.

A file may come from anywhere, also by `stack adopt`. What DuckDB 2 keeps in one can run: a trigger on a
table that we write, a macro named like a function, a view, a default. Files and extensions are
closed by the configuration of `connect` itself; a file with anything that we did not make is
refused before the first statement that could reach it.
"""

import re
from pathlib import Path

import duckdb

from ..language.errors import LocalStackError
from .install import macro_names

# https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
}
_OWN_TABLE = re.compile(r"data\.[th]\d+|hush\.(?:state|objects|stream_offsets|task_runs|loads)")
_OWN_SEQUENCE = re.compile(r"data\.(?:s\d+_\d+|q\d+)|hush\.(?:row_id|run_id)")
_OWN_DEFAULT = ("$rid", "nextval('hush.row_id')")
# Qualified and without a function of its own: a macro in the file could stand for either.
_LISTED = {
    "trigger": "SELECT database_name, schema_name, trigger_name, false FROM system.main.duckdb_triggers()",
    "view": "SELECT database_name, schema_name, view_name, internal FROM system.main.duckdb_views()",
    "function": "SELECT database_name, schema_name, function_name, internal "
    "FROM system.main.duckdb_functions()",
    "type": "SELECT database_name, schema_name, type_name, internal FROM system.main.duckdb_types()",
    "index": "SELECT database_name, schema_name, index_name, false FROM system.main.duckdb_indexes()",
    "schema": "SELECT database_name, schema_name, schema_name, internal "
    "FROM system.main.duckdb_schemas()",
    "table": "SELECT database_name, schema_name, table_name, internal FROM system.main.duckdb_tables()",
    "sequence": "SELECT database_name, schema_name, sequence_name, false "
    "FROM system.main.duckdb_sequences()",
}
_COLUMNS = (
    "SELECT database_name, schema_name, table_name, column_name, column_default, is_generated "
    "FROM system.main.duckdb_columns()"
)
_CONSTRAINTS = (
    "SELECT database_name, schema_name, table_name, constraint_type "
    "FROM system.main.duckdb_constraints()"
)


def open_database(path: Path | None) -> duckdb.DuckDBPyConnection:
    """Return a connection to a stack's file, which is made when missing; to memory without one.

    Raises:
        LocalStackError: It is no DuckDB file, another process has it, or it holds what hushflake
            did not make.
    """
    try:
        database = duckdb.connect(str(path) if path is not None else ":memory:", config=_CLOSED)
    except duckdb.Error as error:
        raise LocalStackError(f"{path}: DuckDB cannot open it: {error}") from None
    try:
        foreign = next(iter(_foreign(database)), None)
    except duckdb.Error as error:
        database.close()
        raise LocalStackError(f"{path}: DuckDB cannot read its catalogue: {error}") from None
    if foreign is not None:
        database.close()
        raise LocalStackError(
            f"{path}: holds {foreign}, which hushflake did not make; nothing in it was used. "
            "`hushflake stack start --fresh` moves the data aside and starts with an empty stack"
        )
    return database


def lock(database: duckdb.DuckDBPyConnection) -> None:
    """Fix the configuration of a database for good."""
    # Global: SET alone would count for this connection and not for its cursors.
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    database.execute("SET lock_configuration = true")


def _foreign(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what a file holds beside our own, as a message names it."""
    own_macros = macro_names()
    found = []
    for kind, query in _LISTED.items():
        for held, schema, name, internal in database.execute(query).fetchall():
            if held in ("system", "temp") or internal:
                continue
            full = f"{schema}.{name}"
            own = {
                "function": schema == "hush" and name in own_macros,
                "schema": name in ("hush", "data", "main"),
                "table": _OWN_TABLE.fullmatch(full) is not None,
                "sequence": _OWN_SEQUENCE.fullmatch(full) is not None,
            }
            if not own.get(kind, False):
                found.append(f"the {kind} {full[:200]!r}")
    for held, schema, table, column, default, generated in database.execute(_COLUMNS).fetchall():
        if held in ("system", "temp") or default is None:
            continue
        if generated or (column, default) != _OWN_DEFAULT:
            found.append(f"a default of the column {f'{schema}.{table}.{column}'[:200]!r}")
    for held, schema, table, kind in database.execute(_CONSTRAINTS).fetchall():
        if held not in ("system", "temp"):
            found.append(f"a constraint ({kind}) on the table {f'{schema}.{table}'[:200]!r}")
    return found
