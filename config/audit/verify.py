"""Says whether an audit file is what was written, and where it stops being so."""

import hmac
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError
from .chain import BEGIN, CLOSED, CONTINUED, FORMAT, OPENED, canonical, key_id, marked

ENDS = frozenset({CLOSED, CONTINUED})


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
    """Check one file. Where it goes on from another file beside it, it must do so from its end.

    Args:
        path: The file.
        key: The HMAC key; without it a keyed file cannot be verified, which is a problem.
        head: A mark that was kept elsewhere and must still be in the file: shows a cut tail.
    """
    walk = _Walk(path, key)
    seen = head is None
    for line, record in records(path):
        problem = walk.problem(line, record)
        if problem:
            place = f"{path}:{line}: record {line - 1}"
            return walk.verdict(f"{place}: {problem}")
        seen = seen or walk.previous == head
    if walk.count == 0:
        return Verdict(path, 0, f"{path}:1: record 0: the file is empty")
    if not seen:
        return walk.verdict(
            f"{path}:{walk.count}: record {walk.count}: the end was cut off: the mark that was "
            "kept is not in the file"
        )
    walk.note_the_end()
    return walk.verdict()


class _Walk:
    """What is known of a file after each of its lines."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self.path = path
        self.previous = BEGIN  # the mark of the last good record
        self.count = 0
        self._key = key
        self._used: bytes | None = None
        self._last: dict[str, Any] = {}
        self._notes: list[str] = []

    def verdict(self, problem: str = "") -> Verdict:
        return Verdict(self.path, self.count, problem, tuple(self._notes), self.previous)

    def problem(self, line: int, record: dict[str, Any] | None) -> str:
        """What is wrong with a line; nothing, and the record counts."""
        if record is None:
            return "is not a complete record as it was written: it was truncated or overwritten"
        if line == 1 and record.get("continues"):
            self.previous, problem = _before(self.path, record, self._notes)
            if problem:
                return problem
        problem = self._out_of_order(record, line - 1)
        if not problem and line == 1:
            problem, self._used = _opening(record, self._key, self._notes)
            if not problem and record.get("file", self.path.name) != self.path.name:
                problem = f"was written as {record['file']}"
        mark = str(record.get("mark", ""))
        if not problem and not hmac.compare_digest(marked(record, self._used), mark):
            problem = "was changed after it was written"
        if not problem:
            self.previous, self._last = mark, record
            self.count += 1
        return problem

    def _out_of_order(self, record: dict[str, Any], number: int) -> str:
        if self._last.get("event") in ENDS:
            return "follows the closing record"
        if record.get("seq") != number:
            return f"has number {record.get('seq')}: records before it are missing"
        if record.get("prev") != self.previous:
            return "does not follow the record before it"
        return ""

    def note_the_end(self) -> None:
        """Note what weakens the proof of a file that is good."""
        following = str(self._last.get("next", ""))
        if following and not (self.path.parent / following).exists():
            self._notes.append(f"goes on in {following}, which is not beside it")
        if self._last.get("event") not in ENDS:
            self._notes.append(
                "no closing record: the process still runs, was killed, or the end was cut"
            )


def _before(path: Path, record: dict[str, Any], notes: list[str]) -> tuple[str, str]:
    """The mark that a file goes on from, and what is wrong with that."""
    name, previous = str(record["continues"]), str(record.get("prev", ""))
    before = path.parent / name
    if "/" in name or os.sep in name or not before.exists():
        # A folder's ledger says whether it was deleted.
        notes.append(f"goes on from {ascii(name)[1:-1]}, which is not beside it")
        return previous, ""
    last: dict[str, Any] = {}
    for _, found in records(before):
        last = found or {}
    if last.get("event") != CONTINUED or last.get("next") != path.name:
        return previous, f"goes on from {name}, which does not end with it"
    if last.get("mark") != previous:
        return previous, f"does not go on from the end of {name}"
    return previous, ""


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
