"""Says whether an audit file is what was written, and where it stops being so."""

import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError
from .chain import BEGIN, CLOSED, FORMAT, OPENED, canonical, key_id, marked


class Verdict(NamedTuple):
    """`problem` names the first bad record, or is empty; `notes` weaken the proof, but not it."""

    path: Path
    records: int
    problem: str = ""
    notes: tuple[str, ...] = ()
    head: str = ""  # mark of the last good record, to be kept elsewhere


def files(paths: list[Path]) -> list[Path]:
    """The audit files among and below `paths`, in order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.glob("audit-*.jsonl"))
        elif path.is_file():
            found.append(path)
        else:
            raise ConfigError(f"{path}: no audit file or folder of audit files")
    return found


def records(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """(line, record) for each line; None where a line is no record, or not spelled as written."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, _record(line)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line) if line.endswith(b"\n") else None
        if not isinstance(found, dict):
            return None
        # Names that occur twice, other blanks: readers differ on what such a line says.
        return found if canonical(found) + b"\n" == line else None
    except (ValueError, RecursionError):
        return None


def verify(path: Path, key: bytes | None, head: str | None = None) -> Verdict:
    """Check one file.

    Args:
        path: The file.
        key: The HMAC key; without it a keyed file cannot be verified, which is a problem.
        head: A mark that was kept elsewhere and must still be in the file: shows a cut tail.
    """
    previous, count, closed, seen = BEGIN, 0, False, head is None
    used: bytes | None = None
    notes: list[str] = []
    for line, record in records(path):
        place = f"{path}:{line}: record {line - 1}"
        problem = _problem(record, line - 1, previous, closed=closed)
        if not problem and record is not None:
            if line == 1:
                problem, used = _opening(record, key, notes)
                if not problem and record.get("file", path.name) != path.name:
                    problem = f"was written as {record['file']}"
            mark = str(record.get("mark", ""))
            if not problem and not hmac.compare_digest(marked(record, used), mark):
                problem = "was changed after it was written"
            if not problem:
                previous, count = mark, count + 1
                closed = record.get("event") == CLOSED
                seen = seen or mark == head
        if problem:
            return Verdict(path, count, f"{place}: {problem}", tuple(notes), previous)
    if count == 0:
        return Verdict(path, 0, f"{path}:1: record 0: the file is empty")
    if not seen:
        return Verdict(
            path,
            count,
            f"{path}:{count}: record {count}: the end was cut off: the mark that was "
            "kept is not in the file",
            tuple(notes),
            previous,
        )
    if not closed:
        notes.append("no closing record: the process still runs, was killed, or the end was cut")
    return Verdict(path, count, "", tuple(notes), previous)


def _problem(record: dict[str, Any] | None, number: int, previous: str, *, closed: bool) -> str:
    if record is None:
        return "is not a complete record as it was written: it was truncated or overwritten"
    if closed:
        return "follows the closing record"
    if record.get("seq") != number:
        return f"has number {record.get('seq')}: records before it are missing"
    if record.get("prev") != previous:
        return "does not follow the record before it"
    return ""


def _opening(
    record: dict[str, Any], key: bytes | None, notes: list[str]
) -> tuple[str, bytes | None]:
    if record.get("event") != OPENED or record.get("format") != FORMAT:
        return f"does not open a file of format {FORMAT}", None
    if record.get("chain") == "sha256":
        if key is not None:
            return "opens an unkeyed chain, though a key is configured: anybody can write one", None
        notes.append("no HMAC key was used: anyone who can write the file can forge it")
        return "", None
    if key is None:
        return "needs the HMAC key it was written with", None
    if record.get("key_id") != key_id(key):
        return "was written with another HMAC key", None
    return "", key
