"""systemd units: man systemd.exec, section "Environment"."""

import re
from collections.abc import Iterator

from .base import Mention

KIND = "systemd unit"

_NAME = re.compile(r"\.(?:service|socket|mount|swap)$|\.(?:service|socket)\.d/[^/]+\.conf$")
_SETTING = re.compile(r"\s*(Environment|PassEnvironment|LoadCredential\w*)\s*=(.*)")
_ASSIGNMENT = re.compile(r"""(?:^|\s)["']?([A-Za-z_][A-Za-z0-9_]*)=""")


def reads(path: str) -> bool:
    return _NAME.search(path) is not None


def mentions(text: str) -> Iterator[Mention]:
    for line, logical in logical_lines(text):
        match = _SETTING.match(logical)
        if match is None:
            continue
        name, rest = match[1], match[2].strip()
        if name == "Environment":
            # Quoted words may hold blanks: what stands behind one is not a name.
            for word in _words(rest):
                found = _ASSIGNMENT.match(word)
                if found:
                    yield Mention(found[1], line, "set")
        elif name == "PassEnvironment":
            yield from (Mention(word, line, "taken") for word in rest.split())
        elif rest:
            yield Mention(rest.partition(":")[0], line, "secret")


def _words(text: str) -> Iterator[str]:
    for found in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?:\\.|[^\s\\])+', text):
        yield found[0]


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith(("#", ";")):
            continue
        first = first if parts else number
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            yield first, " ".join(parts)
            parts = []
    if parts:
        yield first, " ".join(parts)
