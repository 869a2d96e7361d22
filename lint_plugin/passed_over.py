"""What a run passes over without looking into it: counted by kind, and said in one line.

A repository must not hide its source by what it calls a folder without a trace.
"""

from collections.abc import Iterable, Mapping

from .finding import MISSING_EXTRA, Skipped

# Kind -> what it is called, of one and of many. All other kinds are files that do not parse.
_NAMES: Mapping[str, tuple[str, str]] = {
    "virtual-environment": ("virtual environment", "virtual environments"),
    "installed": ("folder of installed packages", "folders of installed packages"),
    "build": ("folder of build output", "folders of build output"),
    "ignored": ("file that git ignores", "files that git ignores"),
    "excluded": ("excluded file", "excluded files"),
    "kind": ("file of a kind that is left out", "files of kinds that are left out"),
    "old-notebook": ("notebook in an old format", "notebooks in an old format"),
    "notebook": ("file that is no notebook", "files that are no notebooks"),
    "other-language": ("notebook in another language", "notebooks in other languages"),
    "missing-extra": ("file without what reads it", "files without what reads them"),
    "cython": ("Cython file", "Cython files"),
    "link": ("link out of the repository", "links out of the repository"),
    "not-regular": ("pipe, device or socket", "pipes, devices or sockets"),
    "too-large": ("file that is too large", "files that are too large"),
    "encoding": ("file that is not text", "files that are not text"),
    "unreadable": ("file that cannot be read", "files that cannot be read"),
    "internal": ("file that ended its check", "files that ended their check"),
    "refused": ("file that ended its check", "files that ended their check"),
}
_OTHER = ("file that does not parse", "files that do not parse")
# Version control and caches of tools: counted, but every repository has them.
_EVERYWHERE = frozenset({"cache"})


def counted(left: Mapping[str, int], kinds: Iterable[str]) -> dict[str, int]:
    """Return how much was passed over by kind: what a walk left, and the kinds of single files."""
    total = dict(left)
    for kind in kinds:
        total[kind] = total.get(kind, 0) + 1
    return dict(sorted(total.items()))


def once(skipped: Iterable[Skipped]) -> list[Skipped]:
    """Return remarks with one for all files that need the same missing library."""
    kept: list[Skipped] = []
    first, number = -1, 0
    for each in skipped:
        if each.kind == MISSING_EXTRA:
            number += 1
            if number > 1:
                continue
            first = len(kept)
        kept.append(each)
    if number > 1:
        others = "another file" if number == 2 else f"{number - 1:,} others"
        one = kept[first]
        kept[first] = one._replace(message=f"{one.message}; likewise of {others}")
    return kept


def line(passed_over: Mapping[str, int]) -> str:
    """Return a line for the end of a report, or nothing."""
    numbers: dict[tuple[str, str], int] = {}
    for kind, number in passed_over.items():
        if kind not in _EVERYWHERE:
            names = _NAMES.get(kind, _OTHER)
            numbers[names] = numbers.get(names, 0) + number
    if not numbers:
        return ""
    parts = (f"{number:,} {names[number != 1]}" for names, number in sorted(numbers.items()))
    return f"Not looked at: {', '.join(parts)}"
