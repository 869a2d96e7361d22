"""The lines of a .env file by their keys: what stays keeps its bytes, comments included."""

import re
from collections.abc import Collection, Iterator

from .loaders import python_dotenv

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BOM = b"\xef\xbb\xbf"
# `$NAME`, `${NAME…}`: what any of the loaders may put another value in the place of.
_USE = re.compile(rb"\$\{?([A-Za-z_][A-Za-z0-9_.]*)")


def statements(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (key, the bytes of its lines) of each assignment, as python-dotenv reads them."""
    lines = _lines(data)
    for key, first, last in _places(data):
        yield key, b"".join(lines[first - 1 : last])


def without(data: bytes, keys: Collection[str]) -> bytes:
    """Return a file without the lines of some keys. All other bytes stay as they are."""
    lines = _lines(data)
    gone = {
        number
        for key, first, last in _places(data)
        if key in keys
        for number in range(first, last + 1)
    }
    kept = b"".join(line for number, line in enumerate(lines, start=1) if number not in gone)
    return _BOM + kept if 1 in gone and data.startswith(_BOM) else kept


def names_used(statement: bytes) -> set[str]:
    """Return the names that a statement takes in by interpolation, in the syntax of any loader."""
    return {name.decode() for name in _USE.findall(statement)}


def _lines(data: bytes) -> list[bytes]:
    return _LINE.findall(data)


def _places(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield (key, first line, last line) of each assignment."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    yield from python_dotenv.extents(text)
