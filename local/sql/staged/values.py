"""Texts of files as values of columns: what DuckDB makes of them, and whether it can.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#format-type-options-formattypeoptions
"""

import re
from collections.abc import Callable

from ...language.errors import compilation
from ...language.types import MAX_TEXT, DataType
from ..fitting import fit
from .failures import Failure
from .formats import Format

_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"
_TRUE, _FALSE = "('true','t','yes','y','on','1')", "('false','f','no','n','off','0')"
_OFFSET = r"\s*(Z|[+-]\d\d:?\d\d)$"
# https://docs.snowflake.com/en/sql-reference/date-time-input-output: what AUTO finds.
_DATES = ("%Y-%m-%d", "%d-%b-%Y", "%m/%d/%Y")
_ELEMENTS = (
    ("YYYY", "%Y"), ("YY", "%y"), ("MMMM", "%B"), ("MON", "%b"), ("MM", "%m"), ("DD", "%d"), ("DY", "%a"),
    ("HH24", "%H"), ("HH12", "%I"), ("AM", "%p"), ("PM", "%p"), ("MI", "%M"), ("SS", "%S"),
    ("FF9", "%n"), ("FF6", "%f"), ("FF3", "%g"), ("FF", "%f"), ("TZH:TZM", "%z"), ("TZHTZM", "%z"),
)  # fmt: skip


def value_sql(text: str, kind: DataType, form: Format, *, truncates: bool = False) -> str:
    """Return DuckDB's SQL of a column's value out of a text; it is null where there is none."""
    made = _MAKERS.get(kind.base)
    if made is not None:
        return made(text, kind, form)
    if kind.base == "VARCHAR":
        if truncates and kind.length is not None:
            return f"left({text}, {kind.length})"
        return text
    return f"TRY({fit(text, kind)})"


def wrong_sql(text: str, kind: DataType, form: Format, *, truncates: bool, nullable: bool) -> str:
    """Return DuckDB's SQL of 0 for a text that makes a value, else of 1, 2 (long) or 3 (null)."""
    clauses = []
    if not nullable:
        clauses.append(f"WHEN {text} IS NULL THEN 3")
    if kind.base == "VARCHAR":
        if not truncates and kind.length is not None and kind.length < MAX_TEXT:
            clauses.append(f"WHEN length({text}) > {kind.length} THEN 2")
    else:
        made = value_sql(text, kind, form, truncates=truncates)
        clauses.append(f"WHEN {text} IS NOT NULL AND {made} IS NULL THEN 1")
    return f"CASE {' '.join(clauses)} ELSE 0 END" if clauses else "0"


def failure_of(
    code: int, text: str | None, kind: DataType, row: int, line: int, column: int
) -> Failure:
    """Return the error of a text that makes no value of a column."""
    shown = (text or "")[:100]
    message, number = f"Failed to cast '{shown}' to {kind}", 100_035
    if code == 3:
        message = (
            "NULL result in a non-nullable column. Use quotes if an empty field should be interpreted "
            "as an empty string instead of a null"
        )
        return Failure(message, 100_088, row, line, 1, column)
    if code == 2:
        message, number = (
            f"User character length limit ({kind.length}) exceeded by string '{shown}'",
            100_074,
        )
    elif kind.base in {"NUMBER", "FLOAT"}:
        message, number = f"Numeric value '{shown}' is not recognized", 100_038
        if re.fullmatch(_NUMBER, text or ""):
            message, number = (
                f"Number out of representable range: type {kind}, value {shown}",
                100_132,
            )
    elif kind.base in _NAMES:
        word, number = _NAMES[kind.base]
        message = f"{word} '{shown}' is not recognized"
    elif kind.base in {"VARIANT", "OBJECT", "ARRAY"}:
        message, number = f"Error parsing JSON: {shown}", 100_069
    return Failure(message, number, row, line, 1, column, "22000", "conversion")


_NAMES = {
    "BOOLEAN": ("Boolean value", 100_037),
    "DATE": ("Date", 100_040),
    "TIME": ("Time", 100_108),
    "TIMESTAMP_NTZ": ("Timestamp", 100_035),
    "TIMESTAMP_LTZ": ("Timestamp", 100_035),
    "TIMESTAMP_TZ": ("Timestamp", 100_035),
}


def _number(text: str, kind: DataType, form: Format) -> str:
    made = f"TRY(CAST({text} AS {kind.duckdb}))"
    return f"CASE WHEN regexp_full_match({text}, {_literal(_NUMBER)}) THEN {made} END"


def _boolean(text: str, kind: DataType, form: Format) -> str:
    return f"CASE WHEN lower({text}) IN {_TRUE} THEN true WHEN lower({text}) IN {_FALSE} THEN false END"


def _binary(text: str, kind: DataType, form: Format) -> str:
    spelling = str(form["BINARY_FORMAT"])
    call = {"HEX": "unhex", "BASE64": "from_base64"}.get(spelling, "encode")
    if spelling == "HEX":
        return f"CASE WHEN regexp_full_match({text}, '([0-9a-fA-F]{{2}})*') THEN TRY(unhex({text})) END"
    return f"TRY({call}({text}))"


def _semi_structured(text: str, kind: DataType, form: Format) -> str:
    made = f"TRY(CAST(json({text}) AS JSON))"
    wanted = {"OBJECT": "OBJECT", "ARRAY": "ARRAY"}.get(kind.base)
    return f"CASE WHEN json_type({made}) = '{wanted}' THEN {made} END" if wanted else made


def _date(text: str, kind: DataType, form: Format) -> str:
    given = str(form["DATE_FORMAT"])
    if given.upper() != "AUTO":
        return f"CAST(try_strptime({text}, {_literal(strptime_format(given))}) AS DATE)"
    dates = ", ".join(f"'{pattern}'" for pattern in _DATES)
    return f"coalesce(CAST(try_strptime({text}, [{dates}]) AS DATE), CAST({_moment(text)} AS DATE))"


def _moment(text: str) -> str:
    """Return SQL of the moment that a text in one of the ISO forms means, its offset left out."""
    bare = f"regexp_replace({text}, {_literal(_OFFSET)}, '')"
    shape = _literal(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d(:\d\d(\.\d{1,9})?)?)?")
    return f"CASE WHEN regexp_full_match({bare}, {shape}) THEN TRY_CAST({bare} AS TIMESTAMP) END"


def _time(text: str, kind: DataType, form: Format) -> str:
    given = str(form["TIME_FORMAT"])
    if given.upper() != "AUTO":
        return f"CAST(try_strptime({text}, {_literal(strptime_format(given))}) AS TIME)"
    shape = _literal(r"\d\d?:\d\d(:\d\d(\.\d{1,9})?)?")
    long = f"CASE WHEN length({text}) < 6 THEN {text} || ':00' ELSE {text} END"
    return f"CASE WHEN regexp_full_match({text}, {shape}) THEN TRY_CAST({long} AS TIME) END"


def _timestamp(text: str, kind: DataType, form: Format) -> str:
    given = str(form["TIMESTAMP_FORMAT"])
    zoned = kind.base != "TIMESTAMP_NTZ"
    if kind.base == "TIMESTAMP_TZ":
        spelling = "''" if given.upper() == "AUTO" else _literal(given)
        return f"hush.text_tz({text}, {spelling}, true)"
    if given.upper() != "AUTO":
        moment = f"try_strptime({text}, {_literal(strptime_format(given))})"
        return f"TRY({fit(moment, kind)})"
    if not zoned:
        return _moment(text)
    offset = f"regexp_extract({text}, {_literal(_OFFSET)}, 1)"
    colon = rf"regexp_replace({offset}, '([+-]\d\d)(\d\d)$', '\1:\2')"
    spelt = f"strftime({_moment(text)}, '%Y-%m-%d %H:%M:%S.%f') || {colon}"
    return f"hush.text_instant({spelt}, '', true)"


_MAKERS: dict[str, Callable[[str, DataType, Format], str]] = {
    "NUMBER": _number,
    "FLOAT": lambda text, kind, form: f"TRY(CAST({text} AS DOUBLE))",
    "BOOLEAN": _boolean,
    "BINARY": _binary,
    "VARIANT": _semi_structured,
    "OBJECT": _semi_structured,
    "ARRAY": _semi_structured,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP_NTZ": _timestamp,
    "TIMESTAMP_LTZ": _timestamp,
    "TIMESTAMP_TZ": _timestamp,
}


def strptime_format(given: str) -> str:
    """Return DuckDB's spelling of a format for dates and times.

    Raises:
        SqlError: It has an element that is not known here.
    """
    found, rest = "", given
    while rest:
        for mark, code in _ELEMENTS:
            if rest.upper().startswith(mark):
                found, rest = found + code, rest[len(mark) :]
                break
        else:
            if rest[0] == '"' and '"' in rest[1:]:
                text, rest = rest[1:].split('"', 1)
                found += text.replace("%", "%%")
                continue
            if rest[0].isalpha() and rest[0] != "T":
                raise compilation(
                    f"Format element '{rest[0]}' of '{given[:60]}' is not known here", 2260, "22023"
                )
            found, rest = found + rest[0].replace("%", "%%"), rest[1:]
    return found


def _literal(text: str) -> str:
    """Return a text as one of DuckDB's literals, in which a backslash is one."""
    return "'" + text.replace("'", "''") + "'"
