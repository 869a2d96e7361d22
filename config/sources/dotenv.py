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
MAX_EXPANDED = 1 << 23  # characters of all values: each may take in the one before it twice
_KEY = re.compile(r"(?:export[^\S\r\n]+)?(?:'([^']+)'|(?!')([^=#\s]+))[^\S\r\n]*")
_EQUAL = re.compile(r"=([^\S\r\n]*)")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\r\n]*")
_END = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")
_BLANK = re.compile(r"\s*")
_COMMENT = re.compile(r"#[^\r\n]*")
# From where a run of blanks begins: from each of them takes a time that grows with the square.
_REMARK = re.compile(r"(?<!\s)\s+#.*")
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
    left = MAX_EXPANDED
    for key, value in bindings(text, str(path)):
        if value is None:  # a bare name without `=` takes back what was bound before
            values.pop(key, None)
            continue
        expanded = _expanded(value, values, left)
        if expanded is None:
            raise ConfigSourceError(
                f"{path}: {key} takes in so many other values that the file holds more than "
                f"{MAX_EXPANDED >> 20} MB"
            )
        values[key] = expanded
        left -= len(expanded)
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
    for key, value, _begin, _end in spans(text, path):
        yield key, value


def spans(text: str, path: str) -> Iterator[tuple[str, str | None, int, int]]:
    """Every binding, and where its line begins and where the next one does."""
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
        yield key[1] or key[2], value, begin, place


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
    return _REMARK.sub("", text[place:end]).rstrip(), end


def _expanded(value: str, values: Mapping[str, str], limit: int) -> str | None:
    """A value with what its references stand for; None where that is longer than a limit."""
    done: list[str] = []
    at = size = 0
    for begin, end, name, default in references(value):
        found = os.environ.get(name, values.get(name))
        done += [value[at:begin], found if found is not None else default]
        size += len(done[-1])
        if size > limit:
            return None
        at = end
    return "".join([*done, value[at:]]) if size + len(value) - at <= limit else None


def references(value: str) -> Iterator[tuple[int, int, str, str]]:
    """Begin, end, name and default of each `${NAME}` and `${NAME:-DEFAULT}`.

    By hand: a pattern looks for the end from each beginning anew.
    """
    begin = end = colon = 0
    while (begin := value.find("${", max(begin, 0))) >= 0:
        inner = begin + 2
        end = end if end >= inner else value.find("}", inner)
        if end < 0:
            return
        colon = colon if colon >= inner else value.find(":", inner) % (len(value) + 1)
        if colon > end:
            yield begin, end + 1, value[inner:end], ""
        elif value.startswith("-", colon + 1):
            yield begin, end + 1, value[inner:colon], value[colon + 2 : end]
        else:
            begin = inner
            continue
        begin = end + 1


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _unclear(path: str, text: str, place: int) -> ConfigSourceError:
    line = text.count("\n", 0, place) + 1
    return ConfigSourceError(f"{path}:{line}: not a line of the form NAME=value")
