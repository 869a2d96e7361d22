"""Reads documents of JSON: one behind the other, or the elements of one array.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-json
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from ...engine import limits
from ...language.errors import unsupported
from .failures import Failure
from .formats import Format

_CHUNK = 1 << 20
# A VARIANT holds 128 MB at most; what it was read from, as much.
_MOST_DOCUMENT = 134_217_728
_BETWEEN = re.compile(r"[\s,]*")
_SPACE = re.compile(r"\s*")


class JsonDocuments:
    """The documents of a file.

    Args:
        file: Unpacked.
        form: How it is written.
        values: Whether values are wanted beside the texts.
    """

    def __init__(self, file: IO[bytes], form: Format, *, values: bool) -> None:
        if form["ENABLE_OCTAL"]:
            raise unsupported("ENABLE_OCTAL = TRUE")
        self._file, self._form = file, form
        self._line = 1
        self._strips_nulls = bool(form["STRIP_NULL_VALUES"])
        self._changes = self._strips_nulls or bool(form["ALLOW_DUPLICATE"])
        # Digits stay as they are written, where they are written anew.
        number = Number if values or self._changes else None
        self._decoder = json.JSONDecoder(
            object_pairs_hook=dict if form["ALLOW_DUPLICATE"] else _object,
            parse_constant=_refused,
            parse_float=number,
            parse_int=number,
        )

    def __iter__(self) -> Iterator[tuple[int, "Document | Failure"]]:
        """Yield the line of each document with it, or with what is wrong with it."""
        texts = self._texts()
        held, place, row, ended = "", 0, 0, False
        strips, inside = bool(self._form["STRIP_OUTER_ARRAY"]), False
        need = 1
        while True:
            if len(held) - place < need and not ended:
                held, place, ended = self._longer(held, place, need, texts)
            place = self._pass(held, place, _BETWEEN if inside else _SPACE)
            if strips and not inside and held[place : place + 1] == "[":
                inside, place = True, place + 1
                continue
            if inside and held[place : place + 1] == "]":
                inside, place = False, place + 1
                continue
            if place == len(held):
                if ended:
                    return
                need = 1
                continue
            try:
                value, end = self._decoder.raw_decode(held, place)
                made = self._document(value, held[place:end])
            except (ValueError, RecursionError) as error:
                if (
                    not ended
                    and not isinstance(error, RecursionError)
                    and (len(held) - place <= _MOST_DOCUMENT)
                ):
                    # It may go on in what was not read yet; twice as much keeps the cost linear.
                    need = max(_CHUNK, 2 * (len(held) - place))
                    continue
                yield self._line, self._failure(error, row + 1)
                return
            if end == len(held) and not ended and held[end - 1 : end].isalnum():
                need = len(held) - place + 1
                continue
            row, need = row + 1, 1
            line = self._line
            self._line += held.count("\n", place, end)
            place = end
            yield line, made

    def _document(self, value: Any, text: str) -> "Document":
        if self._strips_nulls:
            value = _without_nulls(value)
        # What was changed is written anew; all else stays as it is.
        return Document(value, json_text(value) if self._changes else text)

    @staticmethod
    def _longer(held: str, place: int, need: int, texts: Iterator[str]) -> tuple[str, int, bool]:
        """Return what is left with more behind it, and whether the file is at its end."""
        pieces, size, ended = [held[place:]], len(held) - place, False
        while size < need and not ended:
            more = next(texts, None)
            ended = more is None
            pieces.append(more or "")
            size += len(pieces[-1])
        return "".join(pieces), 0, ended

    def _pass(self, held: str, place: int, pattern: re.Pattern[str]) -> int:
        found = pattern.match(held, place)
        end = found.end() if found else place
        self._line += held.count("\n", place, end)
        return end

    def _failure(self, error: Exception, row: int) -> Failure:
        if isinstance(error, RecursionError):
            message = "Error parsing JSON: nested too deeply"
        else:
            message = f"Error parsing JSON: {str(error)[:120]}"
        return Failure(message, 100_069, row, self._line, state="22P02", fatal=True)

    def _texts(self) -> Iterator[str]:
        replaces = self._form["REPLACE_INVALID_CHARACTERS"] or self._form["IGNORE_UTF8_ERRORS"]
        decoder = codecs.getincrementaldecoder("utf-8")("replace" if replaces else "strict")
        first = True
        while piece := self._file.read(_CHUNK):
            limits.check()
            text = decoder.decode(piece)
            if first and self._form["SKIP_BYTE_ORDER_MARK"]:
                text = text.removeprefix("\ufeff")
            first = first and not text
            yield text
        yield decoder.decode(b"", final=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its value, numbers as they are written, and its text."""

    value: Any
    text: str


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"duplicate object attribute {twice[:60]!r}")
    return found


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def json_text(value: Any) -> str:
    """Return a document as JSON text."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        inner = ",".join(f"{_quoted(key)}:{json_text(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, str):
        return _quoted(value)
    return "null" if value is None else "true" if value else "false"


def plain_text(value: Any) -> str | None:
    """Return a value of a document as the text of a column."""
    if isinstance(value, str):
        return str(value)
    return None if value is None else json_text(value)


_quoted = json.JSONEncoder(ensure_ascii=False).encode
