"""Reads records of delimited text.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-csv

A line without an enclosing or an escape character is split at its delimiters; any other goes through
one regular expression a field, which never goes back over what it has read.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from typing import IO, Any

from ...engine import limits
from ...language.errors import SqlError, unsupported
from .failures import Failure
from .formats import Format

Fields = list[str | None]
_CHUNK = 1 << 20
# A text has at most so many characters, and a record a few of them.
_MOST_RECORD = 4 * 16_777_216
_MOST_TRIES = 1000
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_ENCODINGS = {
    "UTF8": "utf-8", "UTF16": "utf-16", "UTF16BE": "utf-16-be", "UTF16LE": "utf-16-le",
    "UTF32": "utf-32", "UTF32BE": "utf-32-be", "UTF32LE": "utf-32-le", "SHIFTJIS": "shift_jis",
    "EUCJP": "euc_jp", "EUCKR": "euc_kr", "BIG5": "big5", "GB18030": "gb18030", "KOI8R": "koi8_r",
    **{f"ISO8859{number}": f"iso8859-{number}" for number in (1, 2, 5, 6, 7, 8, 9, 15)},
    **{f"WINDOWS125{number}": f"cp125{number}" for number in range(7)},
}  # fmt: skip


class CsvRecords:
    """The records of a file, each with the line on which it begins.

    Args:
        file: Unpacked.
        form: How it is written.
    """

    def __init__(self, file: IO[bytes], form: Format) -> None:
        self._file, self._form = file, form
        self._delimiter = str(form["FIELD_DELIMITER"])
        self._record_end = str(form["RECORD_DELIMITER"])
        self._enclosing = str(form["FIELD_OPTIONALLY_ENCLOSED_BY"])
        self._escape = str(form["ESCAPE"])
        self._bare_escape = str(form["ESCAPE_UNENCLOSED_FIELD"])
        self._trims = bool(form["TRIM_SPACE"])
        self._empty = None if form["EMPTY_FIELD_AS_NULL"] else ""
        self._nulls = set(form["NULL_IF"])
        self._line = 0
        self._field, self._open = self._patterns()
        simple = len(self._delimiter) == len(self._enclosing) == 1 and not self._trims
        self._dialect: dict[str, Any] | None = None
        if simple and not self._escape:
            marks = {"delimiter": self._delimiter, "quotechar": self._enclosing}
            self._dialect = {**marks, "doublequote": True, "strict": True}

    def header(self) -> list[str]:
        """Consume the first record and return its fields as names."""
        for _, fields in self:
            if isinstance(fields, Failure):
                raise SqlError(fields.message, fields.code, fields.state)
            return [name or f"c{index}" for index, name in enumerate(fields, 1)]
        return []

    def __iter__(self) -> Iterator[tuple[int, Fields | Failure]]:
        """Yield the line of each record with its fields, or with what is wrong with it."""
        lines = self._lines()
        row = 0
        skips_blank = bool(self._form["SKIP_BLANK_LINES"])
        for line in lines:
            if not line and skips_blank:
                continue
            row += 1
            begin = self._line
            try:
                yield begin, self._record(line, lines)
            except _BadRecordError as error:
                fatal = error.fatal
                yield (
                    begin,
                    Failure(str(error), error.code, row, begin, error.character, fatal=fatal),
                )
                if fatal:
                    return

    # --- lines ------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[str]:
        """Yield the texts between record delimiters, and count lines."""
        end, rest = self._record_end, self._texts()
        held = next(rest, "")
        for _ in range(int(self._form["SKIP_HEADER"])):
            while "\n" not in held:
                more = next(rest, None)
                if more is None:
                    return
                held = more
            self._line += 1
            held = held.split("\n", 1)[1]
        pieces: list[str] = []
        size = 0
        while True:
            if end and end in held:
                first, *middle = held.split(end)
                *middle, last = middle
                for text in ("".join([*pieces, first]), *middle):
                    self._line += 1 if end == "\n" else text.count("\n")
                    yield text.removesuffix("\r") if end == "\n" else text
                pieces, size = [last], len(last)
            else:
                pieces.append(held)
                size += len(held)
                if size > _MOST_RECORD:
                    self._line += 1
                    yield "".join(pieces)
                    return
            more = next(rest, None)
            if more is None:
                break
            # A delimiter of several characters may lie across two pieces.
            held = pieces.pop() + more if len(end) > 1 and pieces and size < _CHUNK else more
            size -= len(held) - len(more)
        text = "".join(pieces)
        if text:
            self._line += 1
            yield text.removesuffix("\r") if end == "\n" else text

    def _texts(self) -> Iterator[str]:
        name = re.sub(r"[^A-Z0-9]", "", str(self._form["ENCODING"]).upper())
        encoding = _ENCODINGS.get(name)
        if encoding is None:
            raise unsupported(f"ENCODING = '{self._form['ENCODING']}'")
        errors = "replace" if self._form["REPLACE_INVALID_CHARACTERS"] else "surrogateescape"
        if encoding != "utf-8" and errors != "replace":
            errors = "strict"
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        first = True
        while piece := self._file.read(_CHUNK):
            limits.check()
            text = decoder.decode(piece)
            if first and self._form["SKIP_BYTE_ORDER_MARK"]:
                text = text.removeprefix("\ufeff")
            first = first and not text
            yield text
        yield decoder.decode(b"", final=True)

    # --- fields -----------------------------------------------------------------------------------

    def _record(self, line: str, lines: Iterator[str]) -> Fields:
        if len(line) > _MOST_RECORD:
            raise _too_long()
        if not line.isascii():
            _require_unicode(line)
        plain = not (self._enclosing and self._enclosing in line) and not (
            self._bare_escape and self._bare_escape in line
        )
        if plain:
            fields: Fields = list(line.split(self._delimiter)) if self._delimiter else [line]
            if self._trims:
                fields = [field.strip() if field else field for field in fields]
            if "" in fields and self._empty is None:
                fields = [field or None for field in fields]
            return fields
        return self._quick(line) or self._parsed(line, lines)

    def _quick(self, line: str) -> Fields | None:
        """Return the fields of a line of enclosed ones, None where that needs a closer look."""
        if self._dialect is None or (self._bare_escape and self._bare_escape in line):
            return None
        try:
            fields: Fields = list(next(csv.reader((line,), **self._dialect)))
        except (csv.Error, StopIteration):
            return None
        # An empty field may be enclosed, and is no null then.
        return None if "" in fields and self._empty is None else fields

    def _parsed(self, text: str, lines: Iterator[str]) -> Fields:
        fields: Fields = []
        place = tries = 0
        while True:
            found = self._field.match(text, place)
            if found is None:
                if self._open is None or self._open.match(text, place) is None:
                    raise self._misplaced(text, place)
                text, tries = self._longer(text, place, lines), tries + 1
                if tries > _MOST_TRIES:
                    raise _too_long()
                continue
            fields.append(self._value(found))
            place = found.end()
            if not found["end"]:
                return fields

    def _longer(self, text: str, place: int, lines: Iterator[str]) -> str:
        """Return a record with as many lines more as may close the field that is open."""
        if not self._form["MULTI_LINE"]:
            raise _BadRecordError("A record delimiter was found within a field", 100_065)
        pieces = [text]
        size = len(text)
        odd = text.count(self._enclosing, place) % 2 == 1 if self._enclosing else False
        for line in lines:
            pieces.append(line)
            size += len(line) + 1
            if size > _MOST_RECORD:
                raise _too_long()
            if not line.isascii():
                _require_unicode(line)
            if not self._enclosing or self._escape or not odd:
                break
            # Only an odd number of them closes what is open.
            odd = odd != (line.count(self._enclosing) % 2 == 1)
            if not odd:
                break
        else:
            raise _BadRecordError(
                "End of file was reached within an enclosed field", 100_065, fatal=True
            )
        return self._record_end.join(pieces)

    def _value(self, found: re.Match[str]) -> str | None:
        enclosed = found["enclosed"] if self._enclosing else None
        if enclosed is not None:
            text = enclosed.replace(self._enclosing * 2, self._enclosing)
            if self._escape and self._escape in enclosed:
                text = self._unescaped(enclosed, self._escape, doubled=self._enclosing)
            return text
        raw = found["bare"]
        if self._trims:
            raw = raw.strip()
        if raw in self._nulls:
            return None
        text = raw
        if self._bare_escape and self._bare_escape in raw:
            text = self._unescaped(raw, self._bare_escape)
        return text or self._empty

    @staticmethod
    def _unescaped(text: str, escape: str, doubled: str = "") -> str:
        pattern = re.escape(escape) + "(.)" + (f"|{re.escape(doubled * 2)}" if doubled else "")
        return re.sub(
            pattern,
            lambda found: _ESCAPES.get(found[1], found[1]) if found[1] else doubled,
            text,
            flags=re.DOTALL,
        )

    def _misplaced(self, text: str, place: int) -> "_BadRecordError":
        closed = self._closed.match(text, place) if self._closed else None
        at = closed.end() if closed else place
        shown = text[at : at + 1] or "<end of record>"
        return _BadRecordError(
            f"Found character '{shown}' instead of field delimiter '{self._delimiter}'",
            100_016,
            at + 1,
        )

    def _patterns(self) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
        """Return what matches a field with its delimiter, and what matches one that is open."""
        end = re.escape(self._delimiter) if self._delimiter else r"(?!)"
        bare = _but(self._delimiter[:1] + self._bare_escape)
        if len(self._delimiter) > 1:
            bare = rf"(?:{bare}|(?!{end}){re.escape(self._delimiter[0])})"
        if self._bare_escape:
            bare += rf"|{re.escape(self._bare_escape)}."
        field = rf"(?P<bare>(?:{bare})*+)"
        open_ = rf"(?:{bare})*+{re.escape(self._bare_escape)}\Z" if self._bare_escape else ""
        self._closed: re.Pattern[str] | None = None
        if self._enclosing:
            mark, space = re.escape(self._enclosing), r"\s*" if self._trims else ""
            inner = rf"{_but(self._enclosing + self._escape)}|{mark}{mark}"
            if self._escape and self._escape != self._enclosing:
                inner = rf"{re.escape(self._escape)}.|{inner}"
            enclosed = rf"{space}{mark}(?P<enclosed>(?:{inner})*+){mark}{space}"
            field = rf"(?:{enclosed}|(?!{space}{mark}){field})"
            begun = (
                rf"{space}{mark}(?:{inner})*+{re.escape(self._escape)}?\Z"
                if self._escape
                else (rf"{space}{mark}(?:{inner})*+\Z")
            )
            open_ = f"{begun}|{open_}" if open_ else begun
            self._closed = re.compile(rf"{space}{mark}(?:{inner})*+{mark}{space}", re.DOTALL)
        whole = re.compile(rf"{field}(?:(?P<end>{end})|\Z)", re.DOTALL)
        return whole, re.compile(open_, re.DOTALL) if open_ else None


class _BadRecordError(Exception):
    def __init__(self, message: str, code: int, character: int = 1, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code, self.character, self.fatal = code, character, fatal


def _but(characters: str) -> str:
    """Return a pattern of runs of anything but some characters."""
    return f"[^{re.escape(characters)}]++" if characters else ".++"


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _BadRecordError(
            "Invalid UTF8 detected in a string", 100_144, error.start + 1
        ) from None


def _too_long() -> _BadRecordError:
    return _BadRecordError(
        f"A record has more than {_MOST_RECORD:,} characters, or a field too many lines",
        100_082,
        fatal=True,
    )
