"""A .env file, in development only, read as python-dotenv 1.2 reads it.

The process environment wins over the file, as with `load_dotenv()`. Where python-dotenv drops a
line with a warning in the log, this is an error that names the line: nothing gets lost.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .. import regular
from ..errors import ConfigSourceError
from ..secret_names import looks_secret
from .base import Hidden, Loaded

MAX_BYTES = 1 << 20  # nobody writes a larger one by hand
_KEY = re.compile(r"(?:export[^\S\r\n]+)?(?:'([^']+)'|(?!')([^=#\s]+))[^\S\r\n]*")
_EQUAL = re.compile(r"=([^\S\r\n]*)")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\r\n]*")
_END = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")
_BLANK = re.compile(r"\s*")
_COMMENT = re.compile(r"#[^\r\n]*")
_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_DOUBLE_ESCAPE = re.compile(r"\\[\\'\"abfnrtv]")
_SINGLE_ESCAPE = re.compile(r"\\[\\']")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class DotenvSource:
    """One .env file."""

    name = "dotenv"
    remote = False

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def load(self) -> Loaded:
        """The file's values; none when there is no file."""
        values = read(self._path) if os.path.exists(self._path) else Hidden()  # noqa: PTH110
        return Loaded(values, frozenset(filter(looks_secret, values)))


def read(path: Path) -> Hidden:
    """Read a file; `${NAME}` takes the process environment first, as `load_dotenv()` does.

    Raises:
        ConfigSourceError: It cannot be read, or a line cannot be understood.
    """
    text = _text(path)
    values = Hidden()
    for key, value in bindings(text, str(path)):
        if value is None:  # a bare name without `=` takes back what was bound before
            values.pop(key, None)
        else:
            values[key] = _expanded(value, values)
    return values


def _text(path: Path) -> str:
    """The file's text: a regular file of bounded size, in UTF-8."""
    try:
        data, wrong = regular.read(path, MAX_BYTES)
        if not wrong:
            return data.decode("utf-8-sig")
        failure = f"{path}: {wrong}"
    except UnicodeDecodeError:
        failure = f"{path}: not UTF-8"  # the error itself holds the whole file
    except OSError as error:
        failure = f"{path}: cannot be read: {error.strerror}"
    raise ConfigSourceError(failure)


def bindings(text: str, path: str) -> Iterator[tuple[str, str | None]]:
    """Every binding in the text, in order, references unexpanded."""
    place = 0
    while True:
        place = _after(_BLANK, text, place)
        if place >= len(text):
            return
        comment = _COMMENT.match(text, place)
        if comment:
            place = comment.end()
            continue
        begin = place
        key = _KEY.match(text, place)
        if key is None:
            raise _unclear(path, text, begin)
        place = key.end()
        value: str | None = None
        equal = _EQUAL.match(text, place)
        if equal:
            value, place = _value(text, equal.end(), path, blank=bool(equal[1]))
        end = _END.match(text, place)
        if end is None:
            raise _unclear(path, text, begin)
        place = end.end()
        yield key[1] or key[2], value


def _value(text: str, place: int, path: str, *, blank: bool) -> tuple[str, int]:
    if blank and text.startswith("#", place):
        return "", place  # a comment; without the blank the `#` would be the value
    for quoted, escapes in ((_SINGLE, _SINGLE_ESCAPE), (_DOUBLE, _DOUBLE_ESCAPE)):
        if text.startswith(quoted.pattern[0], place):
            found = quoted.match(text, place)
            if found is None:
                raise _unclear(path, text, place)
            return escapes.sub(lambda m: _ESCAPES.get(m[0][1], m[0][1]), found[1]), found.end()
    end = _after(_PLAIN, text, place)
    return re.sub(r"\s+#.*", "", text[place:end]).rstrip(), end


def _expanded(value: str, values: Mapping[str, str]) -> str:
    def held(match: re.Match[str]) -> str:
        name = match["name"]
        found = os.environ.get(name, values.get(name))
        return found if found is not None else match["default"] or ""

    return _REFERENCE.sub(held, value)


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _unclear(path: str, text: str, place: int) -> ConfigSourceError:
    line = text.count("\n", 0, place) + 1
    return ConfigSourceError(f"{path}:{line}: not a line of the form NAME=value")
