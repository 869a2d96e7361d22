"""Code that is commented out: a secret in it is as readable as in code that runs.

So it is in a file that does not parse, which is looked at line by line.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .analysis import Source
from .analysis.source import parse_text
from .bindings import Binding, bindings, literals

# A wider line is data, and costs as much to parse as a file.
_WIDEST = 4000


class Commented(NamedTuple):
    """A binding in a comment, and the offsets of its literal in the source."""

    binding: Binding
    start: int
    end: int


def commented(
    source: Source, lines: Sequence[int], *, is_parsed: bool = True
) -> Iterator[Commented]:
    """Yield the bindings in those of `lines` (sorted, from 1) that are comments of code.

    Where the source is not parsed, also in those that are code on one line.
    """
    for line in lines:
        start = source.line_starts[line - 1]
        end = source.line_starts[line] if line < len(source.line_starts) else len(source.utf8)
        if end - start > _WIDEST:
            continue
        text = source.utf8[start:end].rstrip()
        code = text.lstrip().lstrip(b"#").lstrip()
        is_comment = text.lstrip().startswith(b"#")
        # Text of several lines may hold what only looks like a comment.
        if (is_comment or not is_parsed) and next(literals(source.tree, [line]), None) is None:
            at = start + len(text) - len(code)
            found = list(_bindings(code, at))
            if not (found or is_comment) and code.endswith(b",") and b'":' in code:
                # An entry of a dictionary over several lines, in a file that does not parse.
                found = list(_bindings(b"{" + code + b"}", at - 1))
            yield from found


def _bindings(code: bytes, offset: int) -> Iterator[Commented]:
    # A whole statement is code; an entry of an object may be what documentation shows.
    try:
        tree = parse_text(code.decode("utf-8", "replace").removesuffix(","))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for binding in bindings(tree, [1]):
        literal = binding.literal
        if literal.end_lineno == 1 and literal.end_col_offset is not None:
            yield Commented(binding, offset + literal.col_offset, offset + literal.end_col_offset)
