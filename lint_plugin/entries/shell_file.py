"""Shell: the words of its commands, by the quoting of POSIX (XCU 2.2), and here-documents.

Only what a value can be given by is told apart. What is within `$(…)` is read as commands too.
"""

import re

from .arguments import in_arguments
from .model import Entry, Reading, Scope, Text

# Every part is bounded, and a quote without its end is a character.
TOKEN = re.compile(
    r"""(?P<comment>(?<![^\s;|&(){}])\#[^\n]*+)
    |(?P<heredoc><<-?[ \t]*(?P<quote>["']?)(?P<mark>\w{1,60})(?P=quote))
    |(?P<end>\r?\n|[;|&()`])
    |(?P<join>\\\r?\n)
    |(?P<redirect>[<>]+)
    |(?P<word>(?:\\.|'[^']{0,8000}+'|"(?:[^"\\]|\\[\s\S]){0,8000}+"|\$\{[^}\n]{0,400}+\}
        |[^\s;|&()`<>'"\\]|["'])++)
    |\\""",
    re.VERBOSE,
)
_ENV_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.]{0,100}[ \t]*=[ \t]*[^\n]*")


def read(text: Text) -> Reading:
    """Read a script, or a part of one."""
    shadow = text.shadow[: text.end].decode("ascii")
    entries: list[Entry] = []
    comments: list[tuple[int, int]] = []
    scope = Scope()
    words: list[tuple[int, int]] = []
    marks: list[str] = []
    at = text.start
    while at < text.end:
        match = TOKEN.match(shadow, at)
        if match is None:
            at += 1
            continue
        at = match.end()
        kind = match.lastgroup
        if kind == "word":
            words.append(match.span())
        elif kind == "comment":
            comments.append(match.span())
        elif match["heredoc"] is not None:
            marks.append(match["mark"])
        elif kind == "end":
            entries.extend(in_arguments(text, scope, words))
            words = []
            if marks and "\n" in match[0]:
                at = _heredocs(text, shadow, at, marks, entries)
                marks = []
    entries.extend(in_arguments(text, scope, words))
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, comments)


def _heredocs(text: Text, shadow: str, at: int, marks: list[str], entries: list[Entry]) -> int:
    """Read the bodies of here-documents, and return where the last one ends."""
    for mark in marks:
        while at < text.end:
            end = shadow.find("\n", at, text.end)
            end = text.end if end < 0 else end
            line = shadow[at:end]
            if line.strip() == mark:
                at = min(end + 1, text.end)
                break
            if _ENV_LINE.fullmatch(line.rstrip("\r")):
                start = at + len(line) - len(line.lstrip())
                entries.extend(in_arguments(text, Scope(), _pair(shadow, start, at + len(line))))
            at = min(end + 1, text.end)
    return at


def _pair(shadow: str, start: int, end: int) -> list[tuple[int, int]]:
    line = shadow[start:end]
    if line.startswith("export"):
        start += len(line) - len(line[len("export") :].lstrip())
    return [(start, start + len(shadow[start:end].rstrip()))]
