"""Turns DuckDB's errors into Snowflake's."""

import re
from collections.abc import Callable

import duckdb

from .errors import SqlError, compilation

_RULES: tuple[tuple[str, Callable[[re.Match[str]], SqlError]], ...] = (
    (r"Division by zero", lambda m: SqlError("Division by zero", 100051, "22012")),
    (
        r"String '(.*)' is too long and would be truncated",
        lambda m: SqlError(f"String '{m[1]}' is too long and would be truncated", 100078, "22000"),
    ),
    (
        r"NULL result in a non-nullable column",
        lambda m: SqlError("NULL result in a non-nullable column", 100072, "22000"),
    ),
    (
        r"NOT NULL constraint failed: \S*?\.?\"?([^\".]+)\"?$",
        lambda m: SqlError(f"NULL result in a non-nullable column: {m[1]}", 100072, "22000"),
    ),
    (
        r"Could not convert string ['\"](.*?)['\"] to (?:INT|DECIMAL|DOUBLE|FLOAT|UINT|HUGEINT)",
        lambda m: SqlError(f"Numeric value '{m[1]}' is not recognized", 100038, "22018"),
    ),
    (
        r"Could not convert string ['\"](.*?)['\"] to BOOL",
        lambda m: SqlError(f"Boolean value '{m[1]}' is not recognized", 100037, "22018"),
    ),
    (
        # One pattern for each of DuckDB's wordings.
        (
            r"invalid date field format: \"(.*?)\"|invalid timestamp field format: \"(.*?)\"|"
            r"timestamp field value out of range: \"(.*?)\"|date field value out of range: \"(.*?)\""
        ),
        lambda m: SqlError(
            f"Date/time value '{next(group for group in m.groups() if group)}' is not recognized",
            100040,
            "22007",
        ),
    ),
    (
        r"Malformed JSON(.*)",
        lambda m: SqlError(f"Error parsing JSON:{m[1][:120]}", 100069, "22P02"),
    ),
    (
        r"(?:Casting value|Could not cast value \S+ to DECIMAL|out of range|Overflow|overflow)",
        lambda m: SqlError(
            "Number out of representable range: a value does not fit its type", 100046, "22003"
        ),
    ),
    (
        (
            r"Referenced (?:column|table) \"?(.*?)\"?(?: was)? not found|"
            r"does not have a column named \"(.*?)\"|Values list \"\S+\" does not have a column named \"(.*?)\""
        ),
        lambda m: compilation(
            f"invalid identifier '{next(group for group in m.groups() if group)}'", 904, "42000"
        ),
    ),
    (
        r"Ambiguous reference to column name \"(.*?)\"",
        lambda m: compilation(f"ambiguous column name '{m[1]}'", 1028, "42601"),
    ),
    (
        r"column \"?(.*?)\"? must appear in the GROUP BY clause",
        lambda m: compilation(f"[{m[1]}] is not a valid group by expression", 979, "42601"),
    ),
    (
        (
            r"Scalar Function with name (\S+) does not exist|function with name (\S+) does not exist|"
            r"Macro with name (\S+) does not exist"
        ),
        lambda m: compilation(
            f"Unknown function {next(g for g in m.groups() if g).upper()}", 2140, "42601"
        ),
    ),
    (
        r"No function matches the given name and argument types '(.*?)'",
        lambda m: compilation(f"Invalid argument types for function {m[1]}", 1044, "42P13"),
    ),
    (
        r"Set operations can only apply to expressions with the same number of result columns",
        lambda m: compilation("invalid number of result columns for set operator", 1790, "42601"),
    ),
    (
        r"More than one row returned by a subquery",
        lambda m: SqlError("Single-row subquery returns more than one row.", 90150, "22000"),
    ),
    (
        r"INTERRUPT",
        lambda m: SqlError("SQL execution canceled", 604, "57014"),
    ),
)


def from_duckdb(error: duckdb.Error) -> SqlError:
    """Return Snowflake's error for one of DuckDB's; one without a rule keeps its first line."""
    message = str(error)
    first = message.split("\n\n")[0]
    for pattern, make in _RULES:
        match = re.search(pattern, first)
        if match is not None:
            return make(match)
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        return compilation(first.split(": ", 1)[-1], 1044, "42P13")
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        return SqlError(first.split(": ", 1)[-1], 100035, "22018")
    return SqlError(first, 603, "XX000")
