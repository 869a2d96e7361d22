"""Dockerfiles: `ENV`, `ARG`, and the commands of `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK`."""

import re

from . import shell_file
from .arguments import in_arguments
from .model import Entry, Reading, Scope, Text

_INSTRUCTION = re.compile(r"[ \t]*(?:ONBUILD[ \t]+)?(?P<word>[A-Za-z]{2,20})[ \t]+", re.IGNORECASE)
_HEREDOC = re.compile(r"""<<-?[ \t]*["']?(?P<mark>\w{1,60})["']?""")
_OLD_ENV = re.compile(r"(?P<name>\w{1,100})[ \t]+(?P<value>[^=\s][^\n]*)")
_STRINGS = re.compile(r'"((?:[^"\\\n]|\\.){0,2000}+)"')
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})


def read(text: Text) -> Reading:
    """Read a Dockerfile."""
    shadow = text.shadow[: text.end].decode("ascii")
    entries: list[Entry] = []
    comments: list[tuple[int, int]] = []
    at = text.start
    while at < text.end:
        end = _line_end(shadow, at, text.end)
        line = shadow[at:end]
        if line.lstrip().startswith("#"):
            comments.append((at + line.index("#"), end))
            at = end + 1
            continue
        match = _INSTRUCTION.match(shadow, at, end)
        last = _last(shadow, at, text.end, comments) if match else end
        if match:
            word = match["word"].upper()
            part = text.part(match.end(), last)
            if word in _COMMANDS and shadow.startswith("[", part.start):
                spans = [each.span(1) for each in _STRINGS.finditer(shadow, part.start, last)]
                entries.extend(in_arguments(text, Scope(), spans))
            elif word in _COMMANDS:
                found = shell_file.read(part)
                entries.extend(found.entries)
            elif word in ("ENV", "ARG"):
                entries.extend(_variables(text, shadow, part.start, last))
        at = last + 1
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, comments)


def _variables(text: Text, shadow: str, start: int, end: int) -> list[Entry]:
    old = _OLD_ENV.fullmatch(shadow[start:end].rstrip())
    if old:
        at = start + old.start("value")
        value = text.shown(at, start + old.end())
        return [Entry(Scope(), old["name"], value.strip("\"'"), at, start + old.end(), start)]
    return shell_file.read(text.part(start, end)).entries


def _line_end(shadow: str, at: int, end: int) -> int:
    found = shadow.find("\n", at, end)
    return end if found < 0 else found


def _last(shadow: str, at: int, end: int, comments: list[tuple[int, int]]) -> int:
    """Return where an instruction ends, with its further lines and here-documents."""
    first, last = at, _line_end(shadow, at, end)
    while last < end and (
        shadow[at:last].rstrip().endswith("\\") or shadow[at:last].lstrip().startswith("#")
    ):
        at, last = last + 1, _line_end(shadow, last + 1, end)
        line = shadow[at:last]
        if line.lstrip().startswith("#"):
            comments.append((at + line.index("#"), last))
    heredoc = _HEREDOC.search(shadow, first, last)
    while heredoc and last < end:
        at, last = last + 1, _line_end(shadow, last + 1, end)
        if shadow[at:last].strip() == heredoc["mark"]:
            break
    return last
