"""The functions that print. Every text output of ours goes through them, and nothing else prints.

`say` prints a line, `say_lines` several, `say_block` a text of several lines, `say_table` a table;
`put` hands out a document that programs read (SQL, a picture), `put_diff` a patch, `put_json` a
JSON document. Strings go in as they are: they are escaped here (`terminal/text.py`), lines are
fitted to the terminal, and characters that the stream's encoding lacks are replaced.
"""

import codecs
import sys
from _thread import RLock  # that of threading, which `hushflake check` does without
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from .escape import visible, visible_json
from .stream import is_terminal, wants_colour, width
from .text import Span, Text

if TYPE_CHECKING:
    from .layout import Column

# What stands for characters that an encoding lacks; all others are spelled as escapes.
_PLAIN = {
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{CHECK MARK}": "+",
    "\N{BALLOT X}": "x",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LEFTWARDS ARROW}": "<-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "--",
    "\N{MIDDLE DOT}": "*",
    "\N{BULLET}": "*",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
    "\N{BOX DRAWINGS HEAVY HORIZONTAL}": "#",
    "\N{BOX DRAWINGS LIGHT VERTICAL}": "|",
    "\N{NO-BREAK SPACE}": " ",
}
_COLOURS_OF_DIFF = {"+": "green", "-": "red", "@": "cyan"}
_HEADS_OF_DIFF = ("diff ", "--- a/", "+++ b/", '--- "a/', '+++ "b/')
_UNICODE = frozenset({"utf-8", "utf8", "UTF-8"})

# A progress line that stands on standard error and is in the way of what is printed.
_lock = RLock()
_status = ""


def say(*parts: str | Text, err: bool = False, fit: bool = True, indent: int | None = None) -> None:
    """Print one line; without parts an empty one.

    Args:
        parts: Strings and styled texts. Line breaks in them are escaped.
        err: Whether it goes to standard error.
        fit: Whether it is wrapped where it is wider than the terminal; not for what is copied,
            such as commands.
        indent: Spaces before the lines that follow when it is wrapped; see `layout.wrapped`.

    Raises:
        BrokenPipeError: The reader went away.
    """
    say_lines((Text(*parts),), err=err, fit=fit, indent=indent)


def say_lines(
    lines: Iterable[str | Text],
    *,
    err: bool = False,
    fit: bool = True,
    indent: int | None = None,
) -> None:
    """Print lines, all at once; see `say`."""
    stream = sys.stderr if err else sys.stdout
    _write(stream, _spelled(lines, stream, width(stream) if fit else None, indent))


def say_block(
    text: str | Iterable[str],
    *,
    indent: str = "",
    dim: bool = False,
    err: bool = False,
    fit: bool = False,
) -> None:
    """Print a text of several lines, such as SQL or an error message, line by line.

    Its line breaks are kept, so that it must not be put together of foreign names unescaped.
    """
    from .text import styled

    lines = text.split("\n") if isinstance(text, str) else text
    shown = (styled(indent + line.expandtabs(), dim=dim) for line in lines)
    say_lines(shown, err=err, fit=fit)


def say_table(
    columns: "Sequence[str | Column]",
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[int] = (),
    err: bool = False,
    titled: bool = False,
) -> None:
    """Print a table that fits the terminal; see `layout.table`."""
    from .layout import table

    stream = sys.stderr if err else sys.stdout
    cells = (
        [_encodable(cell if isinstance(cell, Text) else Text(str(cell)), stream) for cell in row]
        for row in rows
    )
    ellipsis = _encodable(Text("…"), stream).plain
    fitting = width(stream)
    say_lines(
        table(columns, cells, right=right, width=fitting, ellipsis=ellipsis, titled=titled),
        err=err,
        fit=False,
    )


def put(document: str | bytes) -> None:
    """Hand out a document on standard output.

    A pipe or a file gets it as it is: a patch must apply, SQL must run. On a terminal its control
    characters are escaped; line breaks and tabs stay.
    """
    stream = sys.stdout
    if is_terminal(stream):
        if isinstance(document, bytes):
            document = document.decode("utf-8", "surrogateescape")
        _write(stream, visible(document, keep="\n\t"))
        return
    if isinstance(document, bytes):
        clear()
        stream.flush()
        stream.buffer.write(document)
        stream.flush()
    else:
        _write(stream, document)


def put_diff(lines: Iterable[bytes]) -> None:
    """Hand out a diff: the bytes of a patch in a pipe or a file, colours and escapes on a terminal.

    A patch is data: escaped, it would not apply to a file that holds a control character.
    """
    if not is_terminal(sys.stdout):
        put(b"".join(lines))
        return
    from .text import styled

    texts = b"".join(lines).decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    say_lines(
        (
            styled(
                text[:1] + text[1:].expandtabs(),
                fg=_COLOURS_OF_DIFF.get(text[:1], ""),
                bold=text.startswith(_HEADS_OF_DIFF),
            )
            for text in texts
            if text or len(texts) > 1
        ),
        fit=False,
    )


def put_json(document: str) -> None:
    """Print a JSON document: what is not plainly visible in it becomes an escape of JSON."""
    encoding = sys.stdout.encoding or "utf-8"
    text = visible_json(document)
    if not text.isascii() and encoding not in _UNICODE:
        text = visible_json(document, ascii_only=True)
    _write(sys.stdout, text + "\n")


def status(line: Text | None) -> None:
    """Show a progress line on standard error in place of the one that stands there."""
    global _status  # noqa: PLW0603 (a terminal has one last line)
    with _lock:
        shown = "" if line is None else _rendered(_encodable(line, sys.stderr), sys.stderr)
        if shown != _status:
            sys.stderr.write(f"\r\x1b[K{shown}")
            sys.stderr.flush()
            _status = shown


def clear() -> None:
    """Take the progress line away before something else is printed."""
    if _status:
        status(None)


def _spelled(
    lines: Iterable[str | Text], stream: TextIO, columns: int | None, indent: int | None
) -> str:
    parts: list[str] = []
    for line in lines:
        text = _encodable(line if isinstance(line, Text) else Text(line), stream)
        for one in _fitted(text, columns, indent):
            parts += (_rendered(_inert(one), stream), "\n")
    return "".join(parts)


def _fitted(text: Text, columns: int | None, indent: int | None) -> Sequence[Text]:
    if columns is None:
        return (text,)
    from .layout import wrapped

    return wrapped(text, columns, indent=indent)


def _inert(line: Text) -> Text:
    """Return a line that GitHub's runner, which reads our output in CI, takes for no command.

    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions: a line that
    begins with `::`; formerly `##[`, anywhere. A file may be named so.
    """
    plain = line.plain
    if not plain.lstrip().startswith("::") and "##[" not in plain:
        return line
    changed = plain.replace("##[", r"\x23#[")
    start = len(changed) - len(changed.lstrip())
    if changed.startswith("::", start):
        changed = rf"{changed[:start]}\x3a{changed[start + 1 :]}"
    return Text(changed)


def _rendered(text: Text, stream: TextIO) -> str:
    return text.rendered() if wants_colour(stream) else text.plain


def _encodable(text: Text, stream: TextIO) -> Text:
    """Return `text` in characters that the stream has, so that widths are right."""
    encoding = stream.encoding or "utf-8"
    if encoding in _UNICODE or text.plain.isascii():
        return text
    return Text.of_spans(
        Span(span.text.encode(encoding, "hushflake").decode(encoding), span.style)
        for span in text.spans
    )


def _write(stream: TextIO, text: str) -> None:
    with _lock:
        clear()
        if not text.isascii():
            encoding = stream.encoding or "utf-8"
            text = text.encode(encoding, "hushflake").decode(encoding)
        stream.write(text)
        stream.flush()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    plain = "".join(
        _PLAIN.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")
        for character in missing
    )
    return plain, error.end


codecs.register_error("hushflake", _replaced)
