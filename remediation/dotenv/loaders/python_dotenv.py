"""python-dotenv 1.2: https://github.com/theskumar/python-dotenv, also read by environs, Flask's
command line, uvicorn and pydantic-settings.

The grammar is restated from its behaviour; a test holds both together on random files. A
statement that it cannot read is dropped with a log line, which is where secrets get lost.
"""

import re
from collections.abc import Iterator, Mapping

from hushflake.config.sources.dotenv import MAX_EXPANDED, references

from ..model import Assignment, Parsed, Problem
from ..names import printable_name

NAME = "python-dotenv"
MODULES = ("dotenv", "environs", "pydantic_settings", "flask", "uvicorn")

_GAP = r"[^\S\n]*"
_BLANK = re.compile(r"\s*")
_EXPORT = re.compile(r"export[^\S\n]+")
_KEY = re.compile(r"'([^']+)'|(?!')([^=#\s]+)")
_EQUALS = re.compile(rf"{_GAP}=({_GAP})")
_QUOTED = {
    "'": re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL),
    '"': re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL),
}
_ESCAPE = {"'": re.compile(r"\\([\\'])"), '"': re.compile(r"\\([\\'\"abfnrtv])")}
_CONTROL = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_COMMENT_IN_VALUE = re.compile(r"(?<!\s)\s+#.*")
_END = re.compile(rf"(?:{_GAP}#[^\n]*)?{_GAP}(?:\n|\Z)")
_REST = re.compile(r"[^\n]*\n?")


def parse(text: str) -> Parsed:
    """Read the text of a file as `dotenv_values(interpolate=False)` does."""
    found = [one for one, _end in _statements(text.removeprefix("\ufeff"))]
    return Parsed(
        tuple(one for one in found if isinstance(one, Assignment)),
        tuple(one for one in found if isinstance(one, Problem)),
    )


class _Lines:
    """Turns an offset into line and column; offsets only grow."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line = 1
        self._start = 0
        self._seen = 0

    def at(self, offset: int) -> tuple[int, int]:
        passed = self.text.count("\n", self._seen, offset)
        if passed:
            self._line += passed
            self._start = self.text.rfind("\n", self._seen, offset) + 1
        self._seen = max(self._seen, offset)
        return self._line, offset - self._start + 1


def extents(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (key, first line, last line) of each assignment of a file."""
    text = text.removeprefix("\ufeff")
    lines = _Lines(text)
    for found, end in _statements(text):
        if isinstance(found, Assignment):
            # The end is behind the newline, if there is one.
            yield found.key, found.line, lines.at(end)[0] - text.startswith("\n", end - 1)


def _statements(text: str) -> Iterator[tuple[Assignment | Problem, int]]:
    """Yield the statements, each with the offset behind it."""
    lines = _Lines(text)
    position = 0
    while position < len(text):
        begin = _end_of(_BLANK, text, position)
        if begin == len(text):
            return
        line, column = lines.at(begin)
        key, value, position, reason = _statement(text, _end_of(_EXPORT, text, begin))
        if reason:
            position = _end_of(_REST, text, position)
            yield Problem(line, column, printable_name(key or ""), reason), position
        elif key is not None:
            # Neither a backslash nor single quotes keep a reference from expanding.
            uses = tuple(name for _, _, name, _ in references(value or ""))
            yield Assignment(key, value, line, column, uses), position


def _statement(text: str, position: int) -> tuple[str | None, str | None, int, str]:
    """Read one statement: key, value, the offset behind it, why it cannot be read."""
    key: str | None = None
    value: str | None = None
    if not text.startswith("#", position):
        found = _KEY.match(text, position)
        if found is None:
            return None, None, position, _DROPPED.format("there is no key before `=`")
        key, position = found[1] or found[2], found.end()
    equals = _EQUALS.match(text, position)
    if equals is not None:
        position = equals.end()
        quote = text[position : position + 1]
        if quote in _QUOTED:
            quoted = _QUOTED[quote].match(text, position)
            if quoted is None:
                return key, None, position, _DROPPED.format(f"the quote {quote} is never closed")
            value, position = _unescaped(quote, quoted[1]), quoted.end()
        elif quote == "#" and equals[1]:
            value = ""
        else:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            value, position = _COMMENT_IN_VALUE.sub("", text[position:end]).rstrip(), end
    end_found = _END.match(text, position)
    if end_found is None:
        after = "the closing quote" if value is not None else "the key"
        return key, None, position, _DROPPED.format(f"there is text after {after}")
    return key, value, end_found.end(), ""


_DROPPED = "{}: the loader drops this line; write KEY='value', or take the line out"


def _unescaped(quote: str, text: str) -> str:
    return _ESCAPE[quote].sub(lambda found: _CONTROL.get(found[1], found[1]), text)


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def interpolated(
    assignments: tuple[Assignment, ...], environment: Mapping[str, str]
) -> dict[str, str | None]:
    """Return the values as `dotenv_values()` has them: `${NAME}` taken from the file, then from
    the environment, then from its default, else empty.

    Raises:
        ValueError: They are too large: each may take in the one before it twice.
    """
    values: dict[str, str | None] = {}
    known: dict[str, str | None] = dict(environment)
    left = MAX_EXPANDED
    for one in assignments:
        value = None if one.value is None else _expanded(one.value, known, left)
        values[one.key] = known[one.key] = value
        left -= len(value or "")
    return values


def _expanded(value: str, known: Mapping[str, str | None], limit: int) -> str:
    done: list[str] = []
    at = size = 0
    for begin, end, name, default in references(value):
        done += [value[at:begin], known.get(name, default) or ""]
        at, size = end, size + len(done[-1])
        if size > limit:
            break
    if size + len(value) - at > limit:
        raise ValueError("too large")
    return "".join([*done, value[at:]])
