"""Names of branches from names of owners, which a stranger may have written.

https://git-scm.com/docs/git-check-ref-format
"""

import re
from collections.abc import Iterable

_OTHER = re.compile(r"[^A-Za-z0-9_+.-]+")
_LONGEST = 60


def slug(label: str) -> str:
    """Return the part of a branch name that stands for a label: letters, digits, `_`, `.`, `-`."""
    text = _OTHER.sub("-", label.removeprefix("@").replace("/", "-"))
    text = re.sub(r"\.{2,}", ".", text)[:_LONGEST].strip("-.")
    return text.removesuffix(".lock").strip("-.") or "owner"


def slugs(labels: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return a slug of its own for each label, in order; also where file systems know no case."""
    used = {name.lower() for name in taken}
    found: dict[str, str] = {}
    for label in labels:
        name, number = slug(label), 2
        while name.lower() in used:
            name, number = f"{slug(label)}-{number}", number + 1
        used.add(name.lower())
        found[label] = name
    return found


def printable(label: str) -> str:
    """Return a label for a commit message: one line without control characters."""
    text = "".join(char if char.isprintable() else "?" for char in label)
    return text[:_LONGEST] or "nobody"
