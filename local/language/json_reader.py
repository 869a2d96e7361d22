"""Reads JSON as PARSE_JSON does: strictly at first, then with the liberties that it takes.

A comma too many leaves an element undefined, keys may stand without quotes, `NULL` and `True` count
in any case; a key twice is an error unless that is allowed.

https://docs.snowflake.com/en/sql-reference/functions/parse_json
"""

import json
import re
from typing import Any

from .errors import SqlError
from .variants import LONG, UNDEFINED, number

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS = {"null": None, "true": True, "false": False, "undefined": UNDEFINED}
_DEEPEST = 500


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(key)
            seen.add(key)
    return made


# By whether a key may come twice, and whether there may be numbers of too many digits.
_STRICT = {
    (duplicates, long): json.JSONDecoder(
        object_pairs_hook=None if duplicates else _once,
        parse_float=number,
        parse_int=number if long else None,
    )
    for duplicates in (False, True)
    for long in (False, True)
}


def parse_json(text: str, *, duplicates: bool = False) -> Any:
    """Return the value of a JSON text.

    Args:
        text: What to read; not empty.
        duplicates: Whether the last of two equal keys counts, instead of being an error.

    Raises:
        SqlError: It is no JSON (100069).
    """

    try:
        return _STRICT[duplicates, LONG.search(text) is not None].decode(text)
    except _TwiceError as error:
        raise _wrong(f'duplicate object attribute "{error.key}"', len(text)) from None
    except RecursionError:
        raise _wrong("too deep", 0) from None
    except ValueError:
        return _Reader(text, duplicates).all()


def _wrong(what: str, place: int) -> SqlError:
    return SqlError(f"Error parsing JSON: {what}, pos {place}", 100069, "22P02")


class _Reader:
    """Reads what is JSON but for a liberty."""

    def __init__(self, text: str, duplicates: bool) -> None:
        self.text, self.duplicates, self.place = text, duplicates, 0

    def all(self) -> Any:
        value = self.value(0)
        self.skip()
        if self.place != len(self.text):
            raise _wrong(f"unexpected text {self.text[self.place : self.place + 20]!r}", self.place)
        return value

    def skip(self) -> str:
        match = _SPACE.match(self.text, self.place)
        self.place = match.end() if match is not None else self.place
        return self.text[self.place : self.place + 1]

    def take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.place)
        if match is None:
            return None
        self.place = match.end()
        return match[0]

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _wrong("too deep", self.place)
        first = self.skip()
        if first == "{":
            return self.object(depth)
        if first == "[":
            return self.array(depth)
        if first == '"':
            return self.string()
        found = self.take(_NUMBER)
        if found is not None:
            return number(found)
        word = self.take(_WORD)
        if word is not None and word.lower() in _WORDS:
            return _WORDS[word.lower()]
        raise _wrong(
            "incomplete" if not first else f"unknown keyword {(word or first)!r}", self.place
        )

    def string(self) -> str:
        found = self.take(_STRING)
        try:
            return str(json.loads(found, strict=False)) if found is not None else self.broken()
        except ValueError:
            return self.broken()

    def broken(self) -> str:
        raise _wrong("unfinished string", self.place)

    def array(self, depth: int) -> list[Any]:
        self.place += 1
        found: list[Any] = []
        if self.skip() == "]":
            self.place += 1
            return found
        while True:
            found.append(UNDEFINED if self.skip() in {",", "]"} else self.value(depth + 1))
            end = self.skip()
            self.place += 1
            if end == "]":
                return found
            if end != ",":
                raise _wrong("missing comma", self.place)

    def object(self, depth: int) -> dict[str, Any]:
        self.place += 1
        found: dict[str, Any] = {}
        while self.skip() != "}":
            key = self.string() if self.skip() == '"' else self.take(_WORD)
            if key is None or self.skip() != ":":
                raise _wrong("missing colon", self.place)
            if key in found and not self.duplicates:
                raise _wrong(f'duplicate object attribute "{key}"', self.place)
            self.place += 1
            found[key] = self.value(depth + 1)
            if self.skip() == ",":
                self.place += 1
                if self.skip() == "}":
                    raise _wrong("missing object attribute", self.place)
            elif self.skip() != "}":
                raise _wrong("missing comma", self.place)
        self.place += 1
        return found
