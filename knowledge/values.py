"""Values of a data file, checked against the type of the field that they are for.

Every value becomes text (or None), which the load's MERGE casts; what a cast would refuse, or
change in silence, is refused here, with the row it stands in.
"""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Check = Callable[[Any], str]
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})


def check_for(sql_type: str) -> Check:
    """Return the function that checks a value for a column.

    Args:
        sql_type: A normalised Snowflake type: `VARCHAR(64)`, `NUMBER(14, 2)`, `TIMESTAMP_LTZ(9)`.

    Returns:
        A function from a value that is not None to its text; it raises ValueError, whose message
        completes "<field> …".
    """
    name, _, inside = sql_type.rstrip(")").partition("(")
    arguments = [part.strip() for part in inside.split(",") if part.strip()]
    return _CHECKS[name.strip()](arguments)


def cast_of(column: str, sql_type: str) -> str:
    """Return SQL that turns the text in `column` into a value of `sql_type`."""
    name = sql_type.partition("(")[0].strip()
    if name == "VECTOR":
        return f"PARSE_JSON({column})::ARRAY::{sql_type}"
    if name in ("VARIANT", "ARRAY", "OBJECT"):
        return f"PARSE_JSON({column})" + ("" if name == "VARIANT" else f"::{name}")
    if name == "BINARY":
        return f"TO_BINARY({column}, 'HEX')"
    return column if name == "VARCHAR" else f"CAST({column} AS {sql_type})"


def _text(arguments: list[str]) -> Check:
    longest = int(arguments[0]) if arguments else 16_777_216

    def check(value: Any) -> str:
        if isinstance(value, dict | list):
            raise ValueError("is a list or mapping; text was expected")
        text = _whole(str(value).lower() if isinstance(value, bool) else _plain(value))
        if len(text) > longest:
            raise ValueError(f"has {len(text)} characters; the field holds {longest}")
        return text

    return check


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate)") from None
    return text


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _number(arguments: list[str]) -> Check:
    precision, scale = (int(part) for part in arguments) if len(arguments) == 2 else (38, 0)

    def check(value: Any) -> str:
        if isinstance(value, bool):
            raise ValueError("is true or false; a number was expected")
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            raise ValueError(f"is {value!r}; a number was expected") from None
        if not number.is_finite():
            raise ValueError(f"is {value!r}; a number was expected")
        number = number.normalize()
        decimals = max(0, -int(number.as_tuple().exponent))
        if decimals > scale:
            raise ValueError(f"has {decimals} decimals; the field holds {scale}")
        if number and number.adjusted() + 1 > precision - scale:
            raise ValueError(f"is too large: {precision - scale} digits before the point fit")
        return format(number, "f")

    return check


def _float(_arguments: list[str]) -> Check:
    def check(value: Any) -> str:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"is {value!r}; a number was expected") from None
        if not math.isfinite(number):
            raise ValueError("is not finite; a number was expected")
        return repr(number)

    return check


def _boolean(_arguments: list[str]) -> Check:
    def check(value: Any) -> str:
        text = str(value).strip().lower()
        if text in _TRUE or text in _FALSE:
            return "true" if text in _TRUE else "false"
        raise ValueError(f"is {value!r}; true or false was expected")

    return check


def _date(_arguments: list[str]) -> Check:
    def check(value: Any) -> str:
        try:
            # A moment at midnight is how many tools write a date; another one would lose its time.
            moment = datetime.fromisoformat(_plain(value).strip())
            if moment.time() != time.min:
                raise ValueError
        except ValueError:
            raise ValueError(f"is {value!r}; a date such as 2026-01-31 was expected") from None
        return moment.date().isoformat()

    return check


def _time(_arguments: list[str]) -> Check:
    def check(value: Any) -> str:
        try:
            return time.fromisoformat(_plain(value).strip()).isoformat()
        except ValueError:
            raise ValueError(f"is {value!r}; a time such as 17:30:00 was expected") from None

    return check


def _timestamp(*, zoned: bool) -> Callable[[list[str]], Check]:
    def check(value: Any) -> str:
        try:
            moment = datetime.fromisoformat(_plain(value).strip())
        except ValueError:
            raise ValueError(
                f"is {value!r}; a timestamp such as 2026-01-31T17:30:00+00:00 was expected"
            ) from None
        if not zoned:
            return moment.replace(tzinfo=None).isoformat(sep=" ")
        # A timestamp without a zone means UTC: the result must not depend on a session's setting.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(sep=" ")

    return lambda _arguments: check


def _json(expected: type[list[Any]] | type[dict[str, Any]] | None) -> Callable[[list[str]], Check]:
    def check(value: Any) -> str:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                if expected is not None:
                    raise ValueError("is not JSON") from None
        if expected is not None and not isinstance(value, expected):
            raise ValueError("is not a JSON " + ("array" if expected is list else "object"))
        return _whole(json.dumps(value, ensure_ascii=False, default=_plain))

    return lambda _arguments: check


def _binary(_arguments: list[str]) -> Check:
    def check(value: Any) -> str:
        if isinstance(value, bytes):
            return value.hex()
        try:
            return bytes.fromhex(str(value)).hex()
        except ValueError:
            raise ValueError("is not hexadecimal") from None

    return check


def _vector(arguments: list[str]) -> Check:
    dimension = int(arguments[1])

    def check(value: Any) -> str:
        try:
            numbers = json.loads(value) if isinstance(value, str) else value
            floats = [float(number) for number in numbers]
        except (TypeError, ValueError):
            floats = []
        if len(floats) != dimension:
            raise ValueError(f"is not a list of {dimension} numbers")
        return json.dumps(floats)

    return check


_CHECKS: Final[dict[str, Callable[[list[str]], Check]]] = {
    "VARCHAR": _text,
    "NUMBER": _number,
    "FLOAT": _float,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP_LTZ": _timestamp(zoned=True),
    "TIMESTAMP_TZ": _timestamp(zoned=True),
    "TIMESTAMP_NTZ": _timestamp(zoned=False),
    "VARIANT": _json(None),
    "ARRAY": _json(list),
    "OBJECT": _json(dict),
    "BINARY": _binary,
    "VECTOR": _vector,
}
