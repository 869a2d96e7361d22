"""What in a cell is no Python: magics, shell lines and questions of IPython.

They are made comments or nothing, so that every character stays where it is, and the rest parses.
IPython knows them by the beginning of a statement; here a small scanner does, which passes over
strings, brackets, comments and continued lines.
https://ipython.readthedocs.io/en/stable/interactive/magics.html
"""

import re
from collections.abc import Callable

# Magics of whole cells whose text is Python that runs here.
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "debug", "memit", "mprun", "lprun"})
# With one `%` at the top of a cell they are the language of all of it (Databricks).
_LANGUAGES = frozenset({"sql", "scala", "r", "md", "sh", "fs", "bash", "html", "markdown"})
# Magics of lines after which a statement follows.
_PYTHON_LINES = re.compile(r"%(?:time|timeit|prun|memit)[ \t]+(?=[^\s-])")
_CELL = re.compile(r"\s*(%%?)([\w.]*)")
_LINE = re.compile(r"[ \t]*(?:%|!|\?)")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][\w.\[\]'\", ]*=[ \t]*)(?:%|!)(?!=)")
_HELP = re.compile(r"[ \t]*[%\w.*\[\]]+\?{1,2}[ \t]*$")
# With `automagic`, as it is by default, these need no `%`.
_AUTOMAGIC = re.compile(
    r"[ \t]*(?:pip3?|conda|mamba|uv|cd|ls|ll|cat|cp|mv|rm|mkdir|rmdir|pwd)"
    r"(?:[ \t]+(?![=(.,:\[+*/|&<>%])|$)"
)
_TOKEN = re.compile(
    r"""(?P<triple>[rRbBuUfFtT]{0,2}(?:\"\"\"|'''))
    |(?P<string>[rRbBuUfFtT]{0,2}(?:"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?))
    |(?P<comment>\#[^\r\n]*)
    |(?P<open>[(\[{])|(?P<close>[)\]}])
    |(?P<joined>\\(?:\r\n|\r|\n))
    |(?P<newline>\r\n|\r|\n)""",
    re.VERBOSE | re.DOTALL,
)
_NEWLINE = re.compile(r"(\r\n|\r|\n)")


def is_foreign(source: str) -> bool:
    """Say whether a cell is none of Python: `%%bash`, `%%sql`, `%%writefile`."""
    match = _CELL.match(source)
    if match is None:
        return False
    if match[1] == "%%":
        return match[2] not in _PYTHON_CELLS
    return match[2] in _LANGUAGES


def blanked(source: str) -> str:
    """Return a cell as Python alone, of the same length, with every line where it was."""
    if not any(mark in source for mark in "%!?"):
        return source
    if is_foreign(source):
        return commented(source)
    lines = _NEWLINE.split(source)
    match = _CELL.match(source)
    if match is not None and match[1] == "%%":
        at = next(number for number in range(0, len(lines), 2) if lines[number].strip())
        lines[at] = _comment(lines[at])
        source = "".join(lines)
    return _without(source, _is_magic)


def without_automagic(source: str) -> str:
    """Return a cell that does not parse with lines such as `pip install x` blanked as well."""
    return _without(source, lambda line: _AUTOMAGIC.match(line) is not None)


def commented(source: str) -> str:
    """Return a text as comments, of the same length."""
    lines = _NEWLINE.split(source)
    lines[::2] = map(_comment, lines[::2])
    return "".join(lines)


def _without(source: str, is_magic: Callable[[str], bool]) -> str:
    """Blank the lines at which a statement begins and that `is_magic` knows."""
    pieces: list[str] = []
    at = 0
    while at < len(source):
        line, after = _line(source, at)
        if not is_magic(line):
            end = _statement_end(source, at)
            pieces.append(source[at:end])
            at = end
            continue
        pieces += [_placeholder(line), source[at + len(line) : after]]
        # IPython joins lines at a backslash, in a shell line too. In a comment it joins nothing.
        while line.rstrip(" \t").endswith("\\") and after < len(source):
            at = after
            line, after = _line(source, at)
            pieces += [_comment(line), source[at + len(line) : after]]
        at = after
    return "".join(pieces)


def _line(source: str, at: int) -> tuple[str, int]:
    """Return the line at an offset, and where the next one begins."""
    match = _NEWLINE.search(source, at)
    return (source[at : match.start()], match.end()) if match else (source[at:], len(source))


def _is_magic(line: str) -> bool:
    return (
        _LINE.match(line) is not None
        or _ASSIGNED.match(line) is not None
        or _HELP.match(line) is not None
    )


def _placeholder(line: str) -> str:
    """Return a statement that does nothing, of the length of a line and with its indentation."""
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    timed = _PYTHON_LINES.match(body)
    if timed is not None:
        # `%time f()` becomes `if 1: f()`.
        return f"{indent}if{' ' * (timed.end() - 5)}1: {body[timed.end() :]}"
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        rest = line[assigned.end(1) :]
        return assigned[1] + _nothing(rest)
    return indent + _nothing(body)


def _nothing(text: str) -> str:
    """Return `0`, and the rest of a text as a comment."""
    if len(text) > 1 and text[:2].isascii():
        return f"0#{text[2:]}"
    return "0" if text.isascii() else "0" + " " * (len(text.encode()) - 1)


def _comment(line: str) -> str:
    body = line.lstrip(" \t")
    if not body:
        return line
    indent = line[: len(line) - len(body)]
    if body[0].isascii():
        return f"{indent}#{body[1:]}"
    return indent + "#" + " " * (len(body[0].encode()) - 1) + body[1:]


def _statement_end(source: str, at: int) -> int:
    """Return where the line after the statement at `at` begins."""
    depth = 0
    while match := _TOKEN.search(source, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "triple":
            at = _end_of_triple(source, at, match[0][-3:])
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "newline" and not depth:
            return at
    return len(source)


def _end_of_triple(source: str, at: int, quotes: str) -> int:
    while True:
        end = source.find(quotes, at)
        if end < 0:
            return len(source)
        slashes = len(source[at:end]) - len(source[at:end].rstrip("\\"))
        if slashes % 2 == 0:
            return end + 3
        at = end + 1
