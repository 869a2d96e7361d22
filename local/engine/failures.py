"""Turns DuckDB's errors into Snowflake's."""

import re
from collections.abc import Callable

import duckdb

from ..language.errors import SqlError, compilation, invalid_identifier, unsupported
from ..language.names import spell
from .functions import FAILED

_MOST_DIGITS = 18


def _out_of_range(number: str) -> SqlError:
    """Return the error for a number that its type does not hold: here, or in Snowflake either."""
    if len(number.lstrip("-").partition(".")[0]) > _MOST_DIGITS:
        return unsupported("whole numbers of more than 64 bits")
    return SqlError(f"Numeric value '{number[:60]}' is out of range", 100039, "22003")


_RULES: tuple[tuple[str, Callable[[re.Match[str]], SqlError]], ...] = (
    (
        # One of our own functions failed.
        FAILED + r"(\d+):(\w+):([\s\S]*)",
        lambda m: SqlError(m[3], int(m[1]), m[2]),
    ),
    (
        r"(Invalid floating point operation: .*)",
        lambda m: SqlError(m[1], 100066, "22P02"),
    ),
    (
        r"(Failed to cast variant value [\s\S]* to (?:FIXED|REAL|BOOLEAN))",
        lambda m: SqlError(m[1], 100071, "22000"),
    ),
    (
        r"Boolean value '(.*)' is not recognized",
        lambda m: SqlError(f"Boolean value '{m[1]}' is not recognized", 100037, "22018"),
    ),
    (
        # A number of another size than its type: no text that is no number.
        r"Could not convert string ['\"](-?\d+(?:\.\d*)?)['\"] to (?:INT|DECIMAL|HUGEINT)",
        lambda m: _out_of_range(m[1]),
    ),
    (
        r"(?:Casting value \"|Type \S+ with value )(-?\d+).* to (?:type )?(?:BIGINT|INT64)",
        lambda m: _out_of_range(m[1]),
    ),
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
        r"(?:invalid date field format|date field value out of range): \"(.*?)\"",
        lambda m: SqlError(f"Date '{m[1]}' is not recognized", 100040, "22007"),
    ),
    (
        r"(?:invalid timestamp field format|timestamp field value out of range): \"(.*?)\"",
        lambda m: SqlError(f"Timestamp '{m[1]}' is not recognized", 100035, "22007"),
    ),
    (
        r"(ORDER|GROUP BY) term out of range",
        lambda m: compilation(
            f"a position in {m[1].split()[0]} BY is not one of the SELECT list", 2000, "42000"
        ),
    ),
    (
        r"(\w+)(?: clause)? cannot contain aggregates",
        lambda m: compilation(
            f"Invalid aggregate function in {m[1].lower()} clause", 2000, "42000"
        ),
    ),
    (
        r"aggregate function calls cannot contain window function calls",
        lambda m: compilation("a window function may not appear inside an aggregate function"),
    ),
    (
        r"LIMIT/OFFSET cannot be negative",
        lambda m: compilation("LIMIT and OFFSET take a number that is not negative"),
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
        lambda m: invalid_identifier(next(group for group in m.groups() if group)),
    ),
    (
        r"Ambiguous reference to column name \"(.*?)\"",
        lambda m: compilation(f"ambiguous column name '{spell(m[1])}'", 2028, "42601"),
    ),
    (
        r"(\w+)(?: clause)? cannot contain window functions",
        lambda m: compilation(f"a window function may not appear inside {m[1]}", 2303, "42601"),
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
        r"Could not choose a best candidate function for the function call \"(.*?)\"\.",
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
        r"Cannot cast array of size (\d+) to array of size (\d+)",
        lambda m: SqlError(
            f"A vector of {m[1]} elements cannot be cast to a vector of {m[2]}", 100035, "22018"
        ),
    ),
    (
        r"Unknown TimeZone '(.*?)'",
        lambda m: SqlError(f"Unknown timezone: '{m[1][:60]}'", 100035, "22007"),
    ),
    (
        r"Unimplemented type for cast \((.*?) -> (.*?)\)",
        lambda m: compilation(
            f"invalid type [CAST({_named(m[1])} AS {_named(m[2])})]", 1065, "22000"
        ),
    ),
    (
        r"INTERRUPT",
        lambda m: SqlError("SQL execution canceled", 604, "57014"),
    ),
)


# The line that an error points at, and how far; names joined by dots; a table that is not known.
_PLACE = re.compile(r"\n(LINE \d+: .*)\n( *)\^")
_PATH = re.compile(r'("[^".]+"|\w+)(\.("[^".]+"|\w+))+')
_NO_TABLE = re.compile(r"Binder Error: Referenced table ")


_TYPE_NAMES = {
    "INTERVAL": "TIMESTAMP_TZ", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ",
}  # fmt: skip


def _named(kind: str) -> str:
    """Return Snowflake's name of one of DuckDB's types."""
    return _TYPE_NAMES.get(kind, kind)


def from_duckdb(error: duckdb.Error) -> SqlError:
    """Return Snowflake's error for one of DuckDB's; one without a rule keeps its first line."""
    message = str(error)
    first = message.split("\n\n")[0]
    place = _PLACE.search(message)
    if place is not None:
        # A column of a table that is not there: DuckDB names the table, and points at the column.
        line, dots = place[1], len(place[2])
        found = _PATH.match(line[dots:])
        if found is not None and _NO_TABLE.match(first):
            shown = ".".join(spell(part.strip('"')) for part in found[0].split("."))
            return compilation(f"invalid identifier '{shown}'", 904, "42000")
    if "hush-failed" not in first:
        first = first.replace("INTERVAL", "TIMESTAMP_TZ")
    for pattern, make in _RULES:
        match = re.search(pattern, first)
        if match is not None:
            return make(match)
    if isinstance(error, duckdb.ParserException):
        # What was made of the statement is no SQL of DuckDB's: a form that nobody translated.
        return unsupported("this form of the statement")
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        return compilation(first.split(": ", 1)[-1], 1044, "42P13")
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        return SqlError(first.split(": ", 1)[-1], 100035, "22018")
    return SqlError(first, 603, "XX000")
