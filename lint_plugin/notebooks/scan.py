"""Bytes of a notebook to cells, with the place of each string.

Structure is walked here; every value that does not matter is skipped by the scanner of `json`,
which is written in C. All offsets are those of bytes: the text is taken for Latin-1 meanwhile, in
which a character is a byte. JSON has no character but ASCII outside of its strings.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # a documented part of json
from typing import NamedTuple

# The only formats in use since 2015; https://nbformat.readthedocs.io/en/latest/changelog.html
_OLDEST, _NEWEST = 4, 4
_BLANK = re.compile(r"[ \t\n\r]*")
_PIECE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]+",
    re.DOTALL,
)
_skip = JSONDecoder().scan_once  # type: ignore[attr-defined]  # what `raw_decode` calls
# Data of outputs that is no text for people.
_BINARY = re.compile(r"(?:image/(?!svg)|audio/|video/|font/|application/(?:pdf|octet-stream|zip))")


class Fault(NamedTuple):
    """Why a file is no notebook that can be looked at. `kind` is that of a `finding.Skipped`."""

    kind: str
    message: str
    offset: int = 0


class Token(NamedTuple):
    """A JSON string: where what is between its quotes stands, and what it means in UTF-8."""

    start: int
    end: int
    value: bytes


class Cell(NamedTuple):
    """A cell.

    Attributes:
        number: From 1.
        kind: `code`, `markdown`, `raw`.
        tokens: The strings of its source, in order.
        is_list: Whether the source is a list of strings, as it mostly is, not one string.
        start: Where the source stands, for a list with its brackets.
        end: Where it ends.
        outputs: Where the texts of its outputs stand in the file, without pictures.
    """

    number: int
    kind: str
    tokens: tuple[Token, ...]
    is_list: bool
    start: int
    end: int
    outputs: tuple[tuple[int, int], ...] = ()

    @property
    def source(self) -> bytes:
        """The source in UTF-8. Half a pair of surrogates is U+FFFD, of the same length."""
        return b"".join(token.value for token in self.tokens)


class Notebook(NamedTuple):
    """A notebook, in the order of its cells.

    Attributes:
        data: The bytes of the file.
        cells: All cells.
        language: In lower case; empty if the file does not say.
        twice: A key that stands twice in an object that matters, or nothing.
    """

    data: bytes
    cells: tuple[Cell, ...]
    language: str
    twice: str = ""


class _Error(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def scan(data: bytes) -> Notebook | Fault:
    """Return the notebook that a file holds, or why it is none."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} cannot be decoded as utf-8; a notebook is UTF-8"
        return Fault("encoding", message, error.start)
    try:
        return _Scanner(data).notebook()
    except _Error as error:
        return error.fault
    except JSONDecodeError as error:
        return Fault("notebook", f"is not a notebook: {_lower(error.msg)}", error.pos)
    except RecursionError:
        return Fault("too-deep", "is nested too deeply for a notebook")
    except ValueError:
        return Fault("notebook", "is not a notebook: holds a number that is too long")


class _Scanner:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.text = data.decode("latin-1")
        self.twice = ""

    def notebook(self) -> Notebook:
        found: dict[str, int] = {}
        bom = 3 if self.data.startswith(b"\xef\xbb\xbf") else 0
        end = self.object(self.blank(bom), found.__setitem__)
        if self.blank(end) != len(self.text):
            raise JSONDecodeError("more stands after its end", self.text, end)
        version = self.value(found, "nbformat")
        if "worksheets" in found or (isinstance(version, int) and version < _OLDEST):
            told = version if isinstance(version, int) else 3
            raise _Error(
                Fault(
                    "old-notebook",
                    f"is in format {told} of notebooks, from before 2015; `jupyter nbconvert --to "
                    "notebook --inplace FILE` converts it",
                    found.get("worksheets", 0),
                )
            )
        if "cells" not in found or not self.text.startswith("[", found["cells"]):
            raise _Error(Fault("notebook", "is not a notebook: it has no list of cells"))
        if not isinstance(version, int) or version > _NEWEST:
            message = "is in a format of notebooks that is not known; 4 is"
            raise _Error(Fault("notebook", message, found.get("nbformat", 0)))
        cells: list[Cell] = []
        self.array(found["cells"], lambda at: self.cell(at, cells))
        language = _language(self.value(found, "metadata"))
        return Notebook(self.data, tuple(cells), language, self.twice)

    def cell(self, at: int, cells: list[Cell]) -> None:
        number = len(cells) + 1
        found: dict[str, int] = {}
        self.object(at, found.__setitem__)
        kind = self.value(found, "cell_type")
        outputs: list[tuple[int, int]] = []
        if "outputs" in found and self.text.startswith("[", found["outputs"]):
            self.array(found["outputs"], lambda at: self.output(at, outputs))
        start = found.get("source", at)
        tokens: list[Token] = []
        is_list = self.text.startswith("[", start)
        if "source" not in found or not isinstance(kind, str):
            end = start
        elif is_list:
            end = self.array(start, lambda at: tokens.append(self.token(at)))
        else:
            tokens.append(self.token(start))
            end = tokens[0].end + 1
        kind = kind if isinstance(kind, str) else ""
        cells.append(Cell(number, kind, tuple(tokens), is_list, start, end, tuple(outputs)))

    def output(self, at: int, outputs: list[tuple[int, int]]) -> None:
        """Note where the texts of an output stand: of a stream, an error, or a representation."""
        if not self.text.startswith("{", at):
            return
        found: dict[str, int] = {}
        self.object(at, found.__setitem__, notes_twice=False)
        told = [found[key] for key in ("text", "evalue", "traceback") if key in found]
        outputs.extend((at, self.after(at)) for at in told)
        if "data" in found and self.text.startswith("{", found["data"]):

            def representation(mime: str, at: int) -> None:
                if not _BINARY.match(mime):
                    outputs.append((at, self.after(at)))

            self.object(found["data"], representation, notes_twice=False)

    def token(self, at: int) -> Token:
        if not self.text.startswith('"', at):
            raise _Error(
                Fault("notebook", "is not a notebook: the source of a cell is no text", at)
            )
        _, end = scanstring(self.text, at + 1, True)
        raw = self.data[at + 1 : end - 1].decode("utf-8")
        value, _ = scanstring(f'{raw}"', 0, True)
        return Token(at + 1, end - 1, _utf8(value))

    # -- JSON ----------------------------------------------------------------------------

    def blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def after(self, at: int) -> int:
        """Return where a value ends."""
        try:
            return int(_skip(self.text, at)[1])
        except StopIteration as stop:
            raise JSONDecodeError("a value is missing", self.text, stop.value) from None

    def value(self, found: dict[str, int], key: str) -> object:
        return _skip(self.text, found[key])[0] if key in found else None

    def object(
        self, at: int, on_member: Callable[[str, int], None], *, notes_twice: bool = True
    ) -> int:
        """Call `on_member` with key and place of each member; return where the object ends."""
        at = self.blank(self.expect("{", at))
        if self.text.startswith("}", at):
            return at + 1
        keys: set[str] = set()
        while True:
            key, after = scanstring(self.text, self.expect('"', at), True)
            value = self.blank(self.expect(":", self.blank(after)))
            end = self.after(value)
            if key in keys and notes_twice:
                self.twice = key
            keys.add(key)
            on_member(key, value)
            at = self.blank(end)
            if self.text.startswith("}", at):
                return at + 1
            at = self.blank(self.expect(",", at))

    def array(self, at: int, on_item: Callable[[int], None]) -> int:
        """Call `on_item` with the place of each item; return where the array ends."""
        at = self.blank(self.expect("[", at))
        if self.text.startswith("]", at):
            return at + 1
        while True:
            end = self.after(at)
            on_item(at)
            at = self.blank(end)
            if self.text.startswith("]", at):
                return at + 1
            at = self.blank(self.expect(",", at))

    def expect(self, sign: str, at: int) -> int:
        """Return what follows a sign that must stand here."""
        if not self.text.startswith(sign, at):
            raise JSONDecodeError(f"{sign} is expected", self.text, at)
        return at + 1


class Offsets:
    """Where the characters of a cell stand in its file. For many questions about one cell."""

    def __init__(self, data: bytes, cell: Cell) -> None:
        self._data = data
        self._tokens = cell.tokens
        self._end = cell.tokens[-1].end if cell.tokens else cell.start
        self._starts = list(accumulate((len(token.value) for token in cell.tokens), initial=0))
        # Of a string, by number: offsets in its value and in the file at which a piece begins.
        self._pieces: dict[int, tuple[list[int], list[int]]] = {}

    def token_at(self, at: int) -> tuple[int, int]:
        """Return the number of the string that an offset of the source is in, and that in it.

        Between two strings it is the beginning of the second; at the end the end of the last.
        """
        if at >= self._starts[-1]:
            last = len(self._tokens) - 1
            return last, self._starts[-1] - self._starts[last]
        number = bisect_right(self._starts, at) - 1
        return number, at - self._starts[number]

    def in_file(self, at: int) -> int:
        """Return where an offset of the source, at the beginning of a character, is in the file."""
        if not self._tokens:
            return self._end
        return self.in_token(*self.token_at(at))

    def in_token(self, number: int, at: int) -> int:
        """Return where an offset in the value of a string is in the file."""
        token = self._tokens[number]
        if at >= len(token.value):
            return token.end
        if number not in self._pieces:
            self._pieces[number] = _pieces(self._data, token)
        values, raws = self._pieces[number]
        piece = bisect_right(values, at) - 1
        is_escape = self._data.startswith(b"\\", raws[piece])
        return raws[piece] + (0 if is_escape else at - values[piece])


def _pieces(data: bytes, token: Token) -> tuple[list[int], list[int]]:
    values, raws, at = [], [], 0
    for match in _PIECE.finditer(data, token.start, token.end):
        values.append(at)
        raws.append(match.start())
        raw = match[0]
        at += len(_utf8(_unescaped(raw))) if raw.startswith(b"\\") else len(raw)
    return values, raws


def _unescaped(raw: bytes) -> str:
    value: str = scanstring(raw.decode("ascii", "replace") + '"', 0, True)[0]
    return value


def _utf8(value: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", value).encode("utf-8")


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _language(metadata: object) -> str:
    """Return the language of a kernel, as the metadata of a notebook have it."""
    if not isinstance(metadata, dict):
        return ""
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        info = metadata.get(table)
        name = info.get(key) if isinstance(info, dict) else None
        if isinstance(name, str) and name:
            return name.lower()
    return ""
