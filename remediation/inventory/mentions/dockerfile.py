"""Dockerfiles: https://docs.docker.com/reference/dockerfile/."""

import re
from collections.abc import Iterator

from .base import Mention

KIND = "Dockerfile"

_NAME = re.compile(
    r"(?:^|/)(?:Dockerfile|Containerfile)(?:[.\-_][^/]*)?$|\.(?:dockerfile|Dockerfile)$"
)
_INSTRUCTION = re.compile(r"\s*(ENV|ARG)\s+(.*)", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s\\])*)")
_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)")
# RUN --mount=type=secret,id=token,env=TOKEN
_SECRET_MOUNT = re.compile(r"--mount=type=secret\S{0,400}?[,=]env=([A-Za-z_][A-Za-z0-9_]*)")


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def mentions(text: str) -> Iterator[Mention]:
    for line, instruction in instructions(text):
        for found in _SECRET_MOUNT.finditer(instruction):
            yield Mention(found[1], line, "secret")
        match = _INSTRUCTION.match(instruction)
        if match is None:
            continue
        word, rest = match[1].upper(), match[2].strip()
        pairs = [Mention(found[1], line, "set") for found in _PAIR.finditer(rest)]
        name = _WORD.match(rest)
        if pairs and _PAIR.match(rest):
            yield from pairs
        elif name:
            # `ENV NAME value` sets; `ARG NAME` takes what the build is given.
            yield Mention(name[1], line, "set" if word == "ENV" else "taken")


def instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield (first line, instruction) with continuation lines joined and comments left out."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#"):
            continue
        first = first if parts else number
        continued = line.rstrip().endswith("\\")
        parts.append(line.rstrip().removesuffix("\\"))
        if not continued:
            yield first, " ".join(parts)
            parts = []
    if parts:
        yield first, " ".join(parts)
