"""Says whether a folder holds the audit files that its ledger lists."""

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .chain import BEGIN, key_id, marked
from .ledger import BEGUN, ENDED, NAME
from .verify import Verdict, records


def verify_folder(
    folder: Path, key: bytes | None, found: list[Path], head: str | None = None
) -> Verdict:
    """Check the ledger of a folder, and the files that it lists against those that are there.

    Args:
        folder: Where the files lie.
        key: The HMAC key of the trail.
        found: The audit files in the folder.
        head: A mark that was kept elsewhere and must still be in the ledger or in one of the files.
    """
    verdict = _verdict(folder, key, found)
    if verdict.problem or head is None or any(map(_holder(head), [folder / NAME, *found])):
        return verdict
    return verdict._replace(problem=f"{folder}: the mark that was kept is in none of its files")


def _holder(head: str) -> Callable[[Path], bool]:
    def holds(path: Path) -> bool:
        return path.exists() and any(
            record is not None and record.get("mark") == head for _, record in records(path)
        )

    return holds


def _verdict(folder: Path, key: bytes | None, found: list[Path]) -> Verdict:
    path = folder / NAME
    if not path.exists():
        if not found:
            return Verdict(
                folder, 0, f"{folder}: holds no audit file; all were deleted, or none written"
            )
        if any(_is_listed(file) for file in found):
            return Verdict(path, 0, f"{path}: the ledger of these files is missing")
        return Verdict(path, 0, notes=("no ledger: written by a version that kept none",))
    previous, count = BEGIN, 0
    begun: set[str] = set()
    ended: dict[str, str] = {}
    for line, record in records(path):
        problem = _problem(record, line - 1, previous, key)
        if problem or record is None:
            return Verdict(
                path, count, f"{path}:{line}: record {line - 1}: {problem}", (), previous
            )
        previous, count = str(record["mark"]), count + 1
        name = str(record.get("file", ""))
        if record.get("event") == BEGUN:
            begun.add(name)
        elif record.get("event") == ENDED:
            ended[name] = str(record.get("head", ""))
    problem = _against(begun, ended, {file.name: file for file in found})
    return Verdict(path, count, problem and f"{path}: {problem}", (), previous)


def _problem(record: dict[str, Any] | None, number: int, previous: str, key: bytes | None) -> str:
    if record is None:
        return "is not a complete record as it was written: it was truncated or overwritten"
    if record.get("seq") != number or record.get("prev") != previous:
        return "does not follow the record before it"
    if key is None and "key_id" in record:
        return "needs the HMAC key it was written with"
    if key is not None and record.get("key_id") != key_id(key):
        return "was written without this HMAC key"
    if not hmac.compare_digest(marked(record, key), str(record.get("mark", ""))):
        return "was changed after it was written"
    return ""


def _against(begun: set[str], ended: dict[str, str], there: dict[str, Path]) -> str:
    for name in sorted(begun - set(there)):
        return f"lists {name}, which was deleted"
    for name, file in sorted(there.items()):
        if name not in begun and _is_listed(file):
            return f"does not list {name}: records of the ledger were removed"
        if name in ended and _last_mark(file) != ended[name]:
            return f"{name} does not end as the ledger says: its end was cut off"
    return ""


def _is_listed(file: Path) -> bool:
    """Whether a file is of a version that keeps a ledger."""
    first = next(iter(records(file)), (0, None))[1]
    return first is not None and "file" in first


def _last_mark(file: Path) -> str:
    mark = ""
    for _, record in records(file):
        mark = str((record or {}).get("mark", ""))
    return mark
