"""Snowflake's side of a value: how a column is read as text, what fits into it, how text is cast.

`Snowflake` in the names of this module means the account of a stack, the local one too.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Final

from .types import Refused, Value

_LONGEST: Final = 16_777_216
_MOMENT: Final = "'YYYY-MM-DD HH24:MI:SS.FF3'"
_ZONED: Final = ("TIMESTAMP_LTZ", "TIMESTAMP_TZ")
SEMI_STRUCTURED: Final = ("ARRAY", "VARIANT")


def base_type(sql_type: str) -> str:
    """Return a Snowflake type without its arguments."""
    return sql_type.partition("(")[0].strip()


def _arguments(sql_type: str) -> list[int]:
    inside = sql_type.rstrip(")").partition("(")[2]
    return [int(part) for part in inside.split(",") if part.strip()]


def read_sql(column: str, sql_type: str) -> str:
    """Return SQL of a column's value as text: the same text for the same value, whenever asked."""
    name = base_type(sql_type)
    if name == "VARCHAR":
        return f"NULLIF({column}, '')"
    if name in SEMI_STRUCTURED:
        return f"TO_JSON({column})"
    if name == "DATE":
        return f"TO_VARCHAR({column}, 'YYYY-MM-DD')"
    if name == "TIMESTAMP_NTZ":
        return f"TO_VARCHAR({column}, {_MOMENT})"
    if name in _ZONED:
        return f"TO_VARCHAR(CONVERT_TIMEZONE('UTC', {column}), {_MOMENT})"
    return f"TO_VARCHAR({column})"


def cast_sql(text: str, sql_type: str) -> str:
    """Return SQL that makes a column's value of what `spell` wrote."""
    name = base_type(sql_type)
    if name in SEMI_STRUCTURED:
        return f"PARSE_JSON({text})" + ("::ARRAY" if name == "ARRAY" else "")
    return text if name == "VARCHAR" else f"CAST({text} AS {sql_type})"


def value_of(spelled: str | None, sql_type: str) -> Value:
    """Return the value of what `read_sql` spelled."""
    if spelled is None or spelled == "":
        return None
    name = base_type(sql_type)
    if name in ("NUMBER", "FLOAT"):
        return plain_number(spelled)
    if name == "BOOLEAN":
        return spelled.lower() == "true"
    if name in SEMI_STRUCTURED:
        found = json.loads(spelled)
        items = found if isinstance(found, list) else [found]
        return tuple(sorted(str(item) for item in items if item is not None)) or None
    if name == "TIMESTAMP_NTZ":
        return spelled.replace(" ", "T")
    return spelled.replace(" ", "T") + "Z" if name in _ZONED else spelled


def spell(value: Value, sql_type: str) -> str | None:
    """Return the text that `cast_sql` takes, for a value that fits the column."""
    if value is None:
        return None
    name = base_type(sql_type)
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _ZONED:
        return value.removesuffix("Z") + "+00:00"
    return value.replace("T", " ") if name == "TIMESTAMP_NTZ" else value


def plain_number(text: str) -> str:
    """Return a number without exponent and needless zeros: one spelling for one number."""
    number = Decimal(text)
    if not number:
        return "0"
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def fit(value: Value, sql_type: str) -> Value | Refused:
    """Return a value as a column holds it, or why it cannot: nothing is cut short in silence."""
    if value is None:
        return None
    name = base_type(sql_type)
    if name in SEMI_STRUCTURED:
        # The order of several is not kept: one spelling for one set of values.
        return tuple(sorted(value)) if isinstance(value, tuple) else (str(value),)
    if isinstance(value, tuple):
        value = ", ".join(value)
    if name == "VARCHAR":
        return _fit_text(str(value).lower() if isinstance(value, bool) else value, sql_type)
    if name == "BOOLEAN":
        return value if isinstance(value, bool) else Refused("is not true or false")
    if name in ("NUMBER", "FLOAT"):
        return _fit_number(str(value), sql_type)
    return value


def _fit_text(text: str, sql_type: str) -> Value | Refused:
    longest = (_arguments(sql_type) or [_LONGEST])[0]
    if len(text) > longest:
        return Refused(f"has {len(text)} characters; the field holds {longest}")
    if "\0" in text:
        return Refused("holds a NUL character")
    return text


def _fit_number(text: str, sql_type: str) -> Value | Refused:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Refused("is not a number")
    if base_type(sql_type) == "NUMBER":
        precision, scale = _arguments(sql_type) or (38, 0)
        if -int(number.normalize().as_tuple().exponent) > scale:
            return Refused(f"has more than {scale} decimals")
        if number and number.adjusted() + 1 > precision - scale:
            return Refused(f"has more than {precision - scale} digits before the point")
    return plain_number(text)
