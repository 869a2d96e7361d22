"""Python source as formatters write it: literals, and calls that are broken over lines."""

import ast
import math
import textwrap
from collections.abc import Sequence
from typing import Any


def string(text: str) -> str:
    """Return a string literal with double quotes."""
    literal = repr(text)
    if literal.startswith("'") and '"' not in literal:
        literal = f'"{literal[1:-1]}"'
    assert ast.literal_eval(literal) == text  # noqa: S101 - generated code must say what is meant
    return literal


def literal(value: Any) -> str:
    """Return a value as source: None, texts, numbers, tuples and dictionaries of them."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, tuple):
        items = ", ".join(map(literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    if isinstance(value, float) and not math.isfinite(value):
        return string(str(value))
    return repr(value)


def listed(head: str, items: Sequence[str], tail: str, *, indent: int, width: int) -> list[str]:
    """Return `head` items `tail` in lines: on one, in one below, or with one item on each.

    Args:
        head: Ends with the opening bracket.
        items: Each on one line, or `wrapped`.
        tail: Begins with the closing bracket.
        indent: Spaces before `head`.
        width: The longest line.
    """
    before, inner = " " * indent, " " * (indent + 4)
    joined = ", ".join(items)
    if "\n" not in joined:
        line = f"{before}{head}{joined}{tail}"
        if len(line) <= width:
            return [line]
        if len(inner) + len(joined) <= width:
            return [f"{before}{head}", f"{inner}{joined}", f"{before}{tail}"]
    lines = [line for item in items for line in f"{item},".split("\n")]
    return [f"{before}{head}", *(f"{inner}{line}" for line in lines), f"{before}{tail}"]


def argument(name: str, value: Any, *, indent: int, width: int) -> str:
    """Return `name=value`, a tuple or a dictionary with an item on each line where it is wider.

    Args:
        name: Of the argument.
        value: As `literal` takes it.
        indent: Spaces that will stand before it.
        width: The longest line.
    """
    whole = f"{name}={literal(value)}"
    if indent + len(whole) + 1 <= width or not isinstance(value, tuple | dict):
        return whole
    if isinstance(value, tuple):
        items, begin, end = list(map(literal, value)), "(", ")"
    else:
        items = [f"{literal(key)}: {literal(each)}" for key, each in value.items()]
        begin, end = "{", "}"
    return "\n".join([f"{name}={begin}", *(f"    {item}," for item in items), end])


def wrapped(name: str, text: str, *, indent: int, width: int) -> str:
    """Return `name="text"`, its text in pieces where it is wider than the line.

    Args:
        name: Of the argument.
        text: Any text.
        indent: Spaces that will stand before it.
        width: The longest line.
    """
    whole = f"{name}={string(text)}"
    if indent + len(whole) + 1 <= width:
        return whole
    room = max(width - indent - 4 - 2, 20)
    pieces = textwrap.wrap(
        text, room, drop_whitespace=False, break_long_words=False, break_on_hyphens=False
    )
    if "".join(pieces) != text:
        return whole
    return "\n".join([f"{name}=(", *(f"    {string(piece)}" for piece in pieces), ")"])
