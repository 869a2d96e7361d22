"""Variables of Snowflake Scripting in the text of statements and expressions."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .lexer import literal
from .names import fold
from .parser import Parser

Variables = Mapping[str, Any]


def bound(text: str, variables: Variables) -> str:
    """Replace `:name` by the variable's value; targets of INTO stay."""
    words = Parser(text)

    def places() -> Iterator[tuple[int, int, str]]:
        for number, token in enumerate(words.tokens[:-2]):
            following = words.tokens[number + 1]
            if token.text != ":" or following.start != token.end or following.kind != "word":
                continue
            # A path into semi-structured data, as in V:key, has no blank before its colon.
            before = text[token.start - 1 : token.start]
            path = before.isalnum() or before in {"_", '"', ")", "]"}
            name = fold(following.text)
            if name in variables and not path and not _is_target(words, number):
                yield token.start, following.end, spelled(variables[name])

    return _replaced(text, places())


def named(text: str, variables: Variables) -> str:
    """Replace the names of variables in an expression by their values."""
    tokens = Parser(text).tokens

    def places() -> Iterator[tuple[int, int, str]]:
        for number, token in enumerate(tokens[:-1]):
            before = tokens[number - 1].text if number else ""
            if (
                token.kind == "word"
                and fold(token.text) in variables
                and before not in {".", "::"}
                and tokens[number + 1].text not in {"(", "."}
            ):
                yield token.start, token.end, spelled(variables[fold(token.text)])

    return _replaced(text, places())


def _replaced(text: str, places: Iterator[tuple[int, int, str]]) -> str:
    pieces, end = [], 0
    for start, stop, value in places:
        pieces += [text[end:start], value]
        end = stop
    return "".join(pieces) + text[end:]


def spelled(value: Any) -> str:
    """Return a value as a SQL expression."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int() | Decimal():
            return f"({value})"
        case float():
            return f"'{value!r}'::FLOAT"
        case dt.datetime():
            zone = "TIMESTAMP_NTZ" if value.tzinfo is None else "TIMESTAMP_TZ"
            return f"'{value.isoformat(sep=' ')}'::{zone}"
        case dt.date():
            return f"'{value.isoformat()}'::DATE"
        case dt.time():
            return f"'{value.isoformat()}'::TIME"
        case list() | dict() | tuple():
            return f"PARSE_JSON({literal(json.dumps(value))})"
    return literal(str(value))


def _is_target(words: Parser, number: int) -> bool:
    """Tell whether a `:name` is a target of INTO."""
    while number >= 3 and words.tokens[number - 1].text == ",":
        number -= 3
    return words.tokens[number - 1].upper == "INTO"


def into(text: str) -> tuple[str, list[str]]:
    """Split `SELECT … INTO :a, :b FROM …` into the query and the names."""
    words = Parser(text)
    if words.here.upper not in {"SELECT", "WITH"}:
        return text, []
    for number, token in enumerate(words.tokens[:-1]):
        if token.upper == "INTO" and words.tokens[number + 1].text == ":":
            words.index = number + 1
            names = []
            while words.accept(":"):
                names.append(words.identifier())
                if not words.accept(","):
                    break
            return f"{text[: token.start]} {text[words.here.start :]}", names
    return text, []
