"""Which classes of a repository are used, as the words of its files tell."""

import re
from collections.abc import Collection, Iterable

from hushflake.lint_plugin.reading import read

# A line that names a class without using it: its definition, an import, a name in a list of names.
# Each repetition is possessive: no line takes longer than its length.
_IDLE = re.compile(
    rb"""\s*+(?:(?:class|from|import)\s|[\w, ]++(?:\)\s*+)?$|["'][\w]++["'],?+\s*+$)"""
)
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*+")
_DERIVED = re.compile(
    rb"^[ \t]*+class[ \t]++([A-Za-z_][A-Za-z0-9_]*+)[ \t]*+\(([^)]{0,500}+)\)", re.MULTILINE
)


def used(names: Collection[str], paths: Iterable[str]) -> set[str]:
    """Return the classes that some line uses: loads, checks, annotates with.

    A class that another one derives from counts where that one is used.
    """
    if not names:
        return set()
    files = [data for path in paths if (data := _read(path)) is not None]
    bases: dict[str, set[str]] = {}
    for data in files:
        for match in _DERIVED.finditer(data):
            above = {each.decode() for each in _WORD.findall(match[2])}
            bases.setdefault(match[1].decode(), set()).update(above)
    known = set(names)
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    word = re.compile(rb"\b(" + b"|".join(re.escape(name.encode()) for name in known) + rb")\b")
    found = {
        each.decode()
        for data in files
        if word.search(data)
        for line in data.splitlines()
        if not _IDLE.match(line)
        for each in word.findall(line)
    }
    while more := {base for name in found for base in bases.get(name, ())} - found:
        found |= more
    return found & set(names)


def _read(path: str) -> bytes | None:
    try:
        return read(path)
    except OSError:
        return None
