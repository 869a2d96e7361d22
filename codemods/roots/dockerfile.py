"""The text of a Dockerfile: its instructions, and the words of one.

https://docs.docker.com/reference/dockerfile/
"""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^}$]*))?\})")
_MOST = 200  # variables of an instruction
_LONGEST = 4096  # bytes of a path


class Instruction(NamedTuple):
    """An instruction with its lines joined. `start` and `end` are offsets in the text."""

    word: str
    rest: str
    start: int
    end: int


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile."""
    at = 0
    begun: list[str] = []
    start = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare.startswith("#") or (not bare and not begun):
            at += len(line)
            continue
        start = start if begun else at
        at += len(line)
        begun.append(bare.removesuffix("\\"))
        if not bare.endswith("\\"):
            yield _instruction(begun, start, at)
            begun = []
    if begun:
        yield _instruction(begun, start, at)


def _instruction(lines: list[str], start: int, end: int) -> Instruction:
    word, _, rest = " ".join(lines).strip().partition(" ")
    return Instruction(word.upper(), rest.strip(), start, end)


def words(rest: str) -> list[str]:
    """The arguments of an instruction without its options."""
    if rest.startswith("["):
        return re.findall(r'"([^"]*)"', rest)
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    while words and words[0].startswith("--"):
        words.pop(0)
    return words


def is_from(rest: str) -> bool:
    return re.search(r"(?:^|\s)--from=", rest) is not None


def plain(source: str) -> str | None:
    """A source below the context; None for an address, a variable, or one that leads out."""
    if "$" in source or "://" in source or source.startswith("git@") or "<<" in source:
        return None
    path = posixpath.normpath(source.lstrip("/") or ".")
    return None if path.startswith("..") else "" if path == "." else path


def assigned(rest: str) -> dict[str, str]:
    """What `ENV` or `ARG` sets: `A=b C="d"`, or the old form `A b`; an `ARG` without a value sets
    nothing.
    """
    given = words(rest)
    if len(given) > 1 and "=" not in given[0]:
        return {given[0]: " ".join(given[1:])}
    return dict(one.split("=", 1) for one in given[:_MOST] if "=" in one)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables put in, as far as they are known: `$A`, `${A}`, `${A:-b}`."""

    def value(found: re.Match[str]) -> str:
        name, default = found[1] or found[2], found[3]
        return variables.get(name) or (default if default is not None else found[0])

    return _VARIABLE.sub(value, text)[:_LONGEST]
