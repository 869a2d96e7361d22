"""Python in Markdown: fenced blocks, each a module of its own, with the places of its lines.

Blocks in quotes and lists are found by what stands before their fence. Of a `pycon` block, and of
a block that begins with a prompt, the prompts go, and the lines that Python printed.
https://spec.commonmark.org/0.31.2/#fenced-code-blocks
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PYTHON = frozenset({"python", "py", "python3", "py3"})
_CONSOLE = frozenset({"pycon", "python-console", "python-repl", "pyrepl", "doctest"})
# What stands before a fence: quotes, marks of list items, and blanks.
_FENCE = re.compile(
    rb"(?P<before>(?:[ \t]|>|[-+*][ \t]|\d{1,9}[.)][ \t])*)"
    rb"(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\r\n]*)"
)
_WORD = re.compile(rb"\{?[. ]*([A-Za-z0-9_+-]+)")
_PROMPT = re.compile(rb"(?:>>>|\.\.\.)(?: |(?=[\r\n]|\Z))")
# So many blocks no page has; what follows is not looked at.
_MOST = 5000


class Line(NamedTuple):
    """A line of a block: its number in the file, from 1, and how many characters precede it."""

    number: int
    shift: int


class Block(NamedTuple):
    """A block of Python: its source, and where each of its lines stands."""

    source: bytes
    lines: list[Line]


def blocks(utf8: bytes) -> Iterator[Block]:
    """Yield the blocks of Python in a Markdown file, in order."""
    lines = utf8.splitlines(keepends=True)
    number = found = 0
    while number < len(lines) and found < _MOST:
        match = _FENCE.match(lines[number])
        number += 1
        if match is None or (match["fence"].startswith(b"`") and b"`" in match["info"]):
            continue
        start = number
        while number < len(lines) and not _closes(lines[number], match["fence"]):
            if _left(lines[number], match["before"]):
                break
            number += 1
        word = _WORD.match(match["info"])
        language = word[1].decode().lower() if word else ""
        if language in _PYTHON | _CONSOLE:
            found += 1
            yield _block(lines[start:number], start + 1, match["before"], language)
        number += 1


def _closes(line: bytes, fence: bytes) -> bool:
    text = line.strip(b" \t\r\n>")
    return len(text) >= len(fence) and not text.strip(fence[:1])


def _left(line: bytes, before: bytes) -> bool:
    """Say whether a quote that a block stands in has ended."""
    return b">" in before and not line.lstrip(b" \t").startswith(b">")


def _block(lines: list[bytes], first: int, before: bytes, language: str) -> Block:
    """Return a block without what stands before each of its lines."""
    bare = [_without(line, before) for line in lines]
    console = language in _CONSOLE
    for _, text in bare:
        if text.strip():
            console |= text.startswith(b">>>")
            break
    source: list[bytes] = []
    places: list[Line] = []
    for number, (shift, text) in enumerate(bare, start=first):
        if console:
            prompt = _PROMPT.match(text)
            if prompt is None:
                # What Python printed keeps its line, so that a statement before it ends.
                shift, text = 0, b"\n"
            else:
                shift, text = shift + prompt.end(), text[prompt.end() :]
        source.append(text)
        places.append(Line(number, shift))
    return Block(b"".join(source), places)


def _without(line: bytes, before: bytes) -> tuple[int, bytes]:
    """Return how many bytes of a line go, and the rest: as deep as the fence stood."""
    at = 0
    for sign in before:
        if sign == 0x3E:
            at += len(line[at:]) - len(line[at:].lstrip(b" \t"))
            at += line.startswith(b">", at)
        elif line[at : at + 1] in (b" ", b"\t"):
            at += 1
    return at, line[at:]
