"""What turns a value into what a column holds.

The engine binds a macro anew in every statement, and those that take any type have a branch for
each: they cost a millisecond and more. A value whose type is known is converted by what that type
needs, which is nothing where it is the column's own.
"""

import re

from ..language.types import MAX_TEXT, DataType
from .context import TableColumn

_SEMI = frozenset({"VARIANT", "OBJECT", "ARRAY"})
# A zoned value goes through the session's time zone, or keeps its offset.
_OF_ANY = {
    "VARCHAR": "CAST(hush.to_text({}) AS VARCHAR)",
    "VARIANT": "hush.to_variant({})",
    "OBJECT": "hush.to_variant({})",
    "ARRAY": "hush.to_variant({})",
    "DATE": "hush.fit_date({})",
    "TIME": "hush.fit_time({})",
    "TIMESTAMP_NTZ": "hush.wall_of({})",
    "TIMESTAMP_LTZ": "hush.any_instant({}, false)",
    "TIMESTAMP_TZ": "hush.any_tz({}, false)",
}
# By the type of the column and that of the value.
_OF_KNOWN = {
    ("VARCHAR", "VARCHAR"): "{}",
    ("VARCHAR", "BOOLEAN"): "CAST({} AS VARCHAR)",
    ("VARCHAR", "DATE"): "CAST({} AS VARCHAR)",
    ("TIMESTAMP_LTZ", "TIMESTAMP_LTZ"): "{}",
    ("TIMESTAMP_LTZ", "TIMESTAMP_NTZ"): "timezone(hush.zone(), CAST({} AS TIMESTAMP))",
    ("TIMESTAMP_LTZ", "VARCHAR"): "hush.text_instant({}, '', false)",
    ("TIMESTAMP_TZ", "TIMESTAMP_TZ"): "{}",
    ("TIMESTAMP_TZ", "TIMESTAMP_LTZ"): "hush.tz_of_instant({})",
    ("TIMESTAMP_TZ", "VARCHAR"): "hush.text_tz({}, '', false)",
    ("VARIANT", "VARCHAR"): "hush.text_variant({})",
    ("VARIANT", "BOOLEAN"): "to_json({})",
    **{
        (column, value): f"CAST({{}} AS {held})"
        for column, held in (("DATE", "DATE"), ("TIME", "TIME"), ("TIMESTAMP_NTZ", "TIMESTAMP"))
        for value in ("VARCHAR", "DATE", "TIME", "TIMESTAMP_NTZ")
    },
    **{(column, value): "CAST({} AS JSON)" for column in _SEMI for value in _SEMI},
}
_INSTANT = re.compile(r"CAST\('[-+:. 0-9]+' AS TIMESTAMPTZ\)")
_TEXT = re.compile(r"'(?:[^']|'')*'")


def fit(value: str, kind: DataType, *, nullable: bool = True, known: DataType | None = None) -> str:
    """Return DuckDB's SQL that turns a value into what a column holds.

    Args:
        value: DuckDB's SQL.
        kind: Of the column.
        nullable: Whether the column takes nulls.
        known: The type of the value, where it is certain.
    """
    # A literal of the very type is never null.
    if kind.base == "TIMESTAMP_LTZ" and _INSTANT.fullmatch(value):
        return value
    if kind.base == "VARCHAR" and _TEXT.fullmatch(value):
        return _fit_length(value, kind)
    if not nullable:
        return f"hush.required({fit(value, kind, known=known)})"
    template = _OF_KNOWN.get((kind.base, known.base)) if known is not None else None
    made = (template or _OF_ANY.get(kind.base, f"CAST({{}} AS {kind.duckdb})")).format(value)
    return _fit_length(made, kind) if kind.base == "VARCHAR" else made


def _fit_length(text: str, kind: DataType) -> str:
    if kind.length is not None and kind.length < MAX_TEXT:
        return f"hush.fit({text}, {kind.length})"
    return text


def fit_default(default: str | None, column: TableColumn) -> str:
    """Return DuckDB's SQL of what a column holds when nothing is given for it."""
    # Checked for null, a number of a sequence would be taken twice; it never is null.
    checked = not column.nullable and "nextval(" not in (default or "").lower()
    return fit(default or "NULL", column.type, nullable=not checked)
