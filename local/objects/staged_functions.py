"""Table functions over staged files: INFER_SCHEMA and VALIDATE.

https://docs.snowflake.com/en/sql-reference/functions/infer_schema
https://docs.snowflake.com/en/sql-reference/functions/validate
"""

from typing import Any

from sqlglot import exp

from ..language.errors import SqlError, compilation, not_found, unsupported
from ..language.names import quote, spell
from ..language.types import BOOLEAN
from ..sql.context import Context
from ..sql.identifiers import fold_identifiers, name_of
from ..sql.rows import literal_relation
from ..sql.staged.formats import format_of
from ..sql.staged.inferring import Inferred, infer_columns
from ..sql.staged.load import Load
from ..sql.staged.loading import ERROR_COLUMNS, error_rows
from ..sql.staged.location import parse_location, resolve

_INFERRED = (
    ("COLUMN_NAME", "VARCHAR"), ("TYPE", "VARCHAR"), ("NULLABLE", BOOLEAN.duckdb), ("EXPRESSION", "VARCHAR"),
    ("FILENAMES", "VARCHAR"), ("ORDER_ID", "BIGINT"),
)  # fmt: skip
_KNOWN = {
    "LOCATION", "FILE_FORMAT", "FILES", "IGNORE_CASE", "MAX_FILE_COUNT", "MAX_RECORDS_PER_FILE", "KIND",
}  # fmt: skip
_MOST_FILES = 100
_MOST_RECORDS = 10_000


def file_function(name: str, arguments: list[exp.Expr], context: Context) -> str:
    """Return DuckDB's SQL for INFER_SCHEMA or VALIDATE.

    Raises:
        SqlError: An argument is not known, or the files cannot be read.
    """
    return _infer(arguments, context) if name == "INFER_SCHEMA" else _validate(arguments, context)


def _infer(arguments: list[exp.Expr], context: Context) -> str:
    given: dict[str, Any] = {}
    for argument in arguments:
        key = str(argument.this.name).upper() if isinstance(argument, exp.Kwarg) else ""
        if key not in _KNOWN:
            raise compilation(
                f"unknown argument {key or argument.sql()[:40]} of INFER_SCHEMA", 938, "22023"
            )
        given[key] = _value(argument.expression, context)
    if "LOCATION" not in given or "FILE_FORMAT" not in given:
        raise compilation("INFER_SCHEMA needs LOCATION and FILE_FORMAT", 938, "22023")
    if str(given.get("KIND", "STANDARD")).upper() != "STANDARD":
        raise unsupported("INFER_SCHEMA with KIND => 'ICEBERG'")
    session = context.session
    place = resolve(session, parse_location(str(given["LOCATION"])), "READ")
    if place.location.kind == "TABLE":
        raise unsupported("INFER_SCHEMA over the stage of a table")
    form = format_of(session, {"FORMAT_NAME": str(given["FILE_FORMAT"])})
    files = place.files()
    if "FILES" in given:
        wanted = {f"{place.prefix}{name}".lstrip("/") for name in given["FILES"]}
        files = [file for file in files if file.path in wanted]
        if len(files) != len(wanted):
            raise SqlError("A file that FILES names was not found.", 91016, "02000")
    files = files[: min(int(given.get("MAX_FILE_COUNT") or _MOST_FILES), _MOST_FILES)]
    records = min(int(given.get("MAX_RECORDS_PER_FILE") or _MOST_RECORDS), _MOST_RECORDS)
    found = infer_columns(session, place, files, form, records)
    folds = bool(given.get("IGNORE_CASE"))
    rows = [_shown(column, order, folds=folds) for order, column in enumerate(found)]
    return literal_relation(context, _INFERRED, rows)


def _shown(column: Inferred, order: int, *, folds: bool) -> list[Any]:
    name = column.name.upper() if folds else column.name
    if folds:
        expression = f"GET_IGNORE_CASE ($1, {name})::{column.type}"
    elif column.place:
        expression = f"${column.place}::{column.type}"
    else:
        plain = spell(name.upper()) == name.upper()
        expression = f"$1:{name if plain else quote(name)}::{column.type}"
    return [name, column.type, column.nullable, expression, ", ".join(column.files), order]


def _value(node: exp.Expr, context: Context) -> Any:
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Placeholder):
        binding = context.bindings.get(str(node.this or "?"))
        if binding is None or binding.value is None or binding.is_array:
            raise compilation("an argument of INFER_SCHEMA is bound to no text", 938, "22023")
        return str(binding.value)
    if isinstance(node, exp.Paren):
        return [_value(node.this, context)]
    if isinstance(node, exp.Tuple):
        return [_value(item, context) for item in node.expressions]
    raise compilation(f"'{node.sql()[:40]}' is no constant", 938, "22023")


def _validate(arguments: list[exp.Expr], context: Context) -> str:
    session = context.session
    keywords = [item for item in arguments if isinstance(item, exp.Kwarg)]
    named = [item for item in arguments if isinstance(item, exp.Column)]
    if len(arguments) != 2 or len(keywords) != 1 or len(named) != 1:
        raise compilation("VALIDATE takes a table and JOB_ID => a query id", 938, "22023")
    table = exp.to_table(named[0].sql(dialect="snowflake"), dialect="snowflake")
    fold_identifiers(table)
    item = session.names.find("TABLE", name_of(table))
    session.identity.require("SELECT", item)
    job = str(_value(keywords[0].expression, context))
    query_id = session.queries.last_load if job.lower() == "_last" else job
    load = session.engine.loads.get(query_id)
    if (
        not isinstance(load, Load)
        or load.place.session.identity.user.id != session.identity.user.id
    ):
        raise not_found(query_id)
    if load.select is not None:
        raise unsupported("VALIDATE of a COPY that transformed data")
    if job.lower() != "_last" and load.table.id != item.id:
        raise not_found(query_id)
    rows = []
    if load.on_error.action != "ABORT_STATEMENT":
        for path, shown in session.transaction.cursor.execute(
            "SELECT path, shown FROM hush.loads WHERE query_id = ? ORDER BY path", [query_id]
        ).fetchall():
            file = load.place.area.find(path)
            if file is None:
                rows.append(
                    [
                        f"Remote file '{path}' was not found.",
                        shown,
                        *[None] * 4,
                        91016,
                        "02000",
                        *[None] * 3,
                    ]
                )
            else:
                rows += error_rows(session, load, file)
    columns = tuple((column.name, column.type.duckdb) for column in ERROR_COLUMNS)
    return literal_relation(context, columns, rows)
