"""Bytes of a file to source: decoding by PEP 263, parsing, and positions in both directions.

The common currency is the source in UTF-8 without its byte order mark, because `ast` counts
columns in UTF-8 bytes. Offsets below are offsets in `Source.utf8`.
"""

import ast
import codecs
import gc
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from .grammar import explain

_NEWLINE = re.compile(rb"\r\n|\r|\n")
# PEP 263: on the first or second line, and on the second only after a comment or blank line.
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Encodings of names of domains, which take a time that grows with the square of the length.
_FOR_DOMAINS = frozenset({"idna", "punycode"})
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")


class ParseFailure(NamedTuple):
    """Why a file has no tree. `kind` is a code that reports and tests rely on.

    `encoding` undecodable, or an unknown cookie; `python-2`; `template` text in a Python file;
    `newer-python` than the running one (`needs` says which would do); `too-deep` for the parser;
    `syntax` anything else.
    """

    kind: str
    message: str
    line: int = 1
    column: int = 1
    needs: str = ""


class Span(NamedTuple):
    """A place in a source, half open. Lines and columns count from 1, columns in characters."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Source:
    """A decoded and parsed file.

    Attributes:
        utf8: The source in UTF-8, without a byte order mark; newlines as they are.
        encoding: The codec that the file is written in; `utf-8` for an ASCII or UTF-8 file.
        bom: The byte order mark, or nothing.
        tree: The module.
    """

    def __init__(
        self, utf8: bytes, tree: ast.Module, encoding: str = "utf-8", bom: bytes = b""
    ) -> None:
        self.utf8 = utf8
        self.tree = tree
        self.encoding = encoding
        self.bom = bom

    @classmethod
    def from_tree(cls, tree: ast.Module, lines: list[str]) -> "Source":
        """Wrap what a host such as flake8 has read and parsed already."""
        text = "".join(lines)
        return cls(text.removeprefix("\ufeff").encode("utf-8", "surrogatepass"), tree)

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first byte of each line; `\\n`, `\\r\\n` and `\\r` end one."""
        lines = self.utf8.splitlines(keepends=True)
        starts = list(accumulate(map(len, lines), initial=0))
        # After the last end of line comes one more line, which may be empty.
        return starts if not lines or lines[-1].endswith((b"\n", b"\r")) else starts[:-1]

    def offset(self, line: int, utf8_column: int) -> int:
        """Return the offset of a position as `ast` has it (line from 1, column from 0)."""
        return self.line_starts[line - 1] + utf8_column

    def line_of(self, offset: int) -> int:
        """Return the line of an offset, from 1, however long the line is."""
        return bisect_right(self.line_starts, offset)

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1, the column in characters."""
        line = self.line_of(offset)
        before = self.utf8[self.line_starts[line - 1] : offset]
        column = len(before) if before.isascii() else len(before.decode("utf-8", "replace"))
        return line, column + 1

    def range(self, node: ast.AST) -> tuple[int, int]:
        """Return start and end offset of a node that has a position."""
        starts = self.line_starts
        return (
            starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]
            starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    def span(self, node: ast.AST) -> Span:
        """Return where a node stands."""
        return self.span_of(*self.range(node))

    def span_of(self, start: int, end: int) -> Span:
        """Return where the bytes `start` to `end` stand."""
        return Span(start, end, *self.position(start), *self.position(end))

    def text(self, start: int, end: int) -> str:
        """Return the characters between two offsets."""
        return self.utf8[start:end].decode("utf-8")


def parse(data: bytes, path: str = "<unknown>") -> Source | ParseFailure:
    """Decode and parse the bytes of a Python file; never raises for what a file holds."""
    decoded = try_decode(data)
    if isinstance(decoded, ParseFailure):
        return decoded
    return parse_utf8(decoded.utf8, path, encoding=decoded.encoding, bom=decoded.bom)


class Decoded(NamedTuple):
    """Bytes of a file in UTF-8 without a mark, the codec it is written in, and the mark."""

    utf8: bytes
    encoding: str
    bom: bytes


def try_decode(data: bytes) -> Decoded | ParseFailure:
    """Decode the bytes of a Python file as `parse` does, and leave it at that."""
    try:
        return Decoded(*_decode(data))
    except (LookupError, UnicodeError, SyntaxError) as error:
        return ParseFailure("encoding", _encoding_message(error))


def parse_utf8(
    utf8: bytes, path: str = "<unknown>", *, encoding: str = "utf-8", bom: bytes = b""
) -> Source | ParseFailure:
    """Parse what `parse` has decoded."""
    text = utf8.decode("utf-8")
    try:
        return Source(utf8, parse_text(text, path), encoding, bom)
    except SyntaxError as error:
        return ParseFailure(*explain(text, error))
    except (RecursionError, MemoryError):
        return ParseFailure("too-deep", "is nested too deeply for the parser of this Python")
    except ValueError:
        return ParseFailure("syntax", "holds a null byte")


def parse_text(text: str, path: str = "<unknown>") -> ast.Module:
    """Parse text as `ast.parse` does, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, path)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the cyclic garbage collector off: it would walk each growing tree again and again.

    For runs over many files, where it takes a third of the time. Trees hold no cycles; an
    `Index` does, until its `release`.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _decode(data: bytes) -> tuple[bytes, str, bytes]:
    """Return the bytes in UTF-8 without a mark, the codec, and the mark."""
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    body = data[len(bom) :]
    cookie = _cookie(body)
    codec = _codec(cookie) if cookie else "utf-8"
    if bom and codec not in ("utf-8", "utf-8-sig"):
        raise SyntaxError(f"has a UTF-8 byte order mark but the coding cookie {cookie!r}")
    if codec in ("utf-8", "utf-8-sig"):
        if not body.isascii():
            body.decode("utf-8")
        return body, "utf-8", bom
    return codecs.decode(body, codec).encode("utf-8"), codec, bom


def _codec(cookie: str) -> str:
    """Return the name of the encoding that a cookie names."""
    found = codecs.lookup(cookie)
    # `rot13`, `hex`, `zip`: they change text into text or bytes into bytes, and expand without
    # bound. Python does not read source in them either.
    if not getattr(found, "_is_text_encoding", True) or found.name in _FOR_DOMAINS:
        raise LookupError(f"{cookie} is not a text encoding; name the encoding of the file")
    return found.name


def _cookie(body: bytes) -> str:
    for line in _NEWLINE.split(body[:4096], maxsplit=2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found.group(1).decode("ascii")
        if not _BLANK.match(line):
            break
    return ""


def _encoding_message(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} cannot be decoded as {error.encoding}; name its encoding"
    return str(error)
