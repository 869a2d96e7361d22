"""Right positions for what stands in f-strings.

Before Python 3.12 the nodes inside an f-string carry positions that are wrong in multi-line
and concatenated strings. Here the replacement fields are found in the text, and each is parsed
again where it stands. By the grammar of those versions a field holds neither a backslash nor
the quote of its string, which keeps the scan simple.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator

from .source import Source, parse_text

NEEDED = sys.version_info < (3, 12)
_PREFIX = re.compile(r"""([a-zA-Z]*)('''|\"\"\"|'|")""")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def refit(source: Source, node: ast.JoinedStr) -> bool:
    """Give the expressions in `node` the positions at which they stand.

    Returns:
        Whether it could be done; if not, the tree is as it was.
    """
    start, end = source.range(node)
    text = source.text(start, end)
    try:
        fields = list(_fields(text))
        values = list(_values(node))
        if len(fields) != len(values):
            return False
        parsed = [_expression(text, *field) for field in fields]
    except (SyntaxError, tokenize.TokenError, ValueError, IndexError):
        return False
    if any(
        ast.dump(new) != ast.dump(value.value) for new, value in zip(parsed, values, strict=True)
    ):
        return False
    first = node.lineno, node.col_offset
    for (at, _), new, value in zip(fields, parsed, values, strict=True):
        _move(new, *_position(text, at, *first))
        value.value = new
    return True


def _values(node: ast.JoinedStr) -> Iterator[ast.FormattedValue]:
    """Yield the fields in the order in which they stand."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            yield part
            if isinstance(part.format_spec, ast.JoinedStr):
                yield from _values(part.format_spec)


def _fields(text: str) -> Iterator[tuple[int, int]]:
    """Yield the range of each field's expression in a (concatenated) string's text."""
    lines = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    # The parentheses keep the pieces of a concatenation one logical line.
    wrapped = io.StringIO("(" + text.replace("\r\n", " \n").replace("\r", "\n") + ")").readline
    for token in tokenize.generate_tokens(wrapped):
        if token.type != tokenize.STRING:
            continue
        row, column = token.start
        at = lines[row - 1] + column - (1 if row == 1 else 0)
        found = _PREFIX.match(token.string)
        if found is None or "f" not in found.group(1).lower():
            continue
        body = at + found.end()
        yield from _scan(text, body, at + len(token.string) - len(found.group(2)), nested=False)


def _scan(text: str, at: int, end: int, *, nested: bool) -> Iterator[tuple[int, int]]:
    """Yield the fields between `at` and `end`; in a format spec braces are never doubled."""
    while at < end:
        char = text[at]
        if char == "{" and not nested and text[at + 1 : at + 2] == "{":
            at += 2
        elif char == "{":
            stop = _end_of_expression(text, at + 1, end)
            yield at + 1, stop
            at = stop
            while at < end and text[at] in "=!rsa \t\n":
                at += 1
            if at < end and text[at] == ":":
                closing = _end_of_spec(text, at + 1, end)
                yield from _scan(text, at + 1, closing, nested=True)
                at = closing
            at += 1
        else:
            at += 1


def _end_of_expression(text: str, at: int, end: int) -> int:
    """Return where an expression ends: at `!r`, `:`, `=` or `}` outside any bracket or string."""
    stack: list[str] = []
    while at < end:
        char = text[at]
        if char in "'\"":
            quote = char * 3 if text.startswith(char * 3, at) else char
            at = text.index(quote, at + len(quote)) + len(quote)
            continue
        if char in _CLOSING:
            stack.append(_CLOSING[char])
        elif stack and char == stack[-1]:
            stack.pop()
        elif not stack:
            if char in "}:" or (char == "!" and text[at + 1] != "="):
                return at
            if char == "=" and text[at + 1] != "=" and text[at - 1] not in "=!<>":
                return at
        at += 1
    raise ValueError("a field without an end")


def _end_of_spec(text: str, at: int, end: int) -> int:
    depth = 0
    while at < end:
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            if not depth:
                return at
            depth -= 1
        at += 1
    raise ValueError("a format specification without an end")


def _expression(text: str, start: int, end: int) -> ast.expr:
    # One parenthesis in front, as the grammar itself reads a field.
    statement = parse_text("(" + text[start:end] + ")").body[0]
    if not isinstance(statement, ast.Expr):
        raise ValueError("not an expression")
    return statement.value


def _position(text: str, at: int, line: int, column: int) -> tuple[int, int]:
    """Return line and UTF-8 column of offset `at` of a text that begins at `line`, `column`."""
    before = text[:at]
    rows = re.split(r"\r\n|\r|\n", before)
    width = len(rows[-1].encode("utf-8"))
    return line + len(rows) - 1, width + (column if len(rows) == 1 else 0)


def _move(tree: ast.expr, line: int, column: int) -> None:
    """Shift a tree that was parsed after one parenthesis to where its text really stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.keyword | ast.arg):
            if node.lineno == 1:
                node.col_offset += column - 1
            if node.end_lineno == 1 and node.end_col_offset is not None:
                node.end_col_offset += column - 1
            node.lineno += line - 1
            node.end_lineno = (node.end_lineno or 1) + line - 1
