"""A baseline: findings that are known, and told no more.

An entry holds the code, the path, the qualified name around the finding, the name at fault, and
how many there are: nothing of a value, and no line number, so that moved and reformatted code
keeps it. Of more findings of one kind than the baseline counts, the last ones are new.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from .errors import BaselineError, LintFailureError
from .finding import Finding
from .reading import LARGEST_DATA, read
from .settings import Settings

FORMAT = "hushflake.baseline/1"


class Entry(NamedTuple):
    """What findings have in common that a baseline counts together."""

    path: str
    code: str
    scope: str
    target: str


class Compared(NamedTuple):
    """What a baseline says of findings."""

    new: tuple[Finding, ...]
    known: int
    # Entries, times their count, that nothing matched: they can go.
    stale: int


def entry(finding: Finding, settings: Settings) -> Entry:
    """Return what a baseline keeps of a finding."""
    path = settings.relative(finding.path)
    return Entry(path, finding.code, finding.scope, finding.target)


def compare(
    findings: Iterable[Finding],
    known: Counter[Entry],
    settings: Settings,
    checked: frozenset[str] | None = None,
) -> Compared:
    """Leave out of `findings` what `known` counts.

    Args:
        findings: In order of their places.
        known: A baseline as `load` returns it.
        settings: For paths.
        checked: Paths, relative to the root, that were looked at; entries of others are not
            stale. None for all.
    """
    left = Counter(known)
    new = []
    matched = 0
    for finding in findings:
        key = entry(finding, settings)
        if left[key] > 0:
            left[key] -= 1
            matched += 1
        else:
            new.append(finding)
    stale = sum(n for key, n in left.items() if checked is None or key.path in checked)
    return Compared(tuple(new), matched, stale)


def load(path: str) -> Counter[Entry]:
    """Read a baseline file.

    Raises:
        BaselineError: There is no such file, or it is no baseline of this format.
        LintFailureError: It cannot be read.
    """
    try:
        document = json.loads(read(path, LARGEST_DATA).decode("utf-8"))
    except FileNotFoundError:
        raise BaselineError(
            f"{path}: there is no such baseline; --update-baseline writes it"
        ) from None
    except OSError as error:
        raise LintFailureError(f"{path}: cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise BaselineError(f"{place}: is not JSON; --update-baseline writes a new one") from None
    except UnicodeDecodeError:
        raise BaselineError(f"{path}:1:1: is not a baseline: it is not UTF-8") from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, or lists in lists without end.
        raise BaselineError(f"{path}:1:1: is not a baseline of the format {FORMAT}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BaselineError(f"{path}:1:1: is not a baseline of the format {FORMAT}")
    try:
        return Counter(
            {_entry(row): int(row["count"]) for row in document["entries"] if row["count"] > 0}
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BaselineError(f"{path}:1:1: holds an entry that is not complete") from None


def _entry(row: dict[str, Any]) -> Entry:
    values = [row[name] for name in Entry._fields]
    if not all(isinstance(value, str) for value in values):
        raise TypeError
    return Entry(*values)


def save(
    path: str,
    findings: Iterable[Finding],
    settings: Settings,
    keep: Iterable[tuple[Entry, int]] = (),
) -> int:
    """Write a baseline of `findings`, and of the entries to `keep`; return how many it counts.

    The file is replaced as a whole, or not at all.

    Raises:
        LintFailureError: It cannot be written.
    """
    counts = Counter(dict(keep))
    counts.update(entry(finding, settings) for finding in findings)
    rows = [{**key._asdict(), "count": count} for key, count in sorted(counts.items()) if count > 0]
    document = {"format": FORMAT, "entries": rows}
    # Escaped is what is no text: the name of a file need not be.
    names_are_text = all(key.path.isprintable() for key in counts)
    text = json.dumps(document, indent=1, ensure_ascii=not names_are_text) + "\n"
    try:
        replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise LintFailureError(f"{path}: cannot be written: {error.strerror}") from None
    return sum(counts.values())


def replace_file(path: str, data: bytes) -> None:
    """Write a file so that a reader sees the old or the new content, never a part of one."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(prefix=".hushflake-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        try:
            mode = os.stat(path).st_mode & 0o777
        except FileNotFoundError:
            umask = os.umask(0)
            os.umask(umask)
            mode = 0o666 & ~umask
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
