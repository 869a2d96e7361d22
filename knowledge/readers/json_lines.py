"""JSON lines: one object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .record import Record

SUFFIXES = (".jsonl", ".ndjson")


def read(path: Path) -> Iterator[Record]:
    """Yield the rows of a JSON lines file; a line that is no object becomes a faulty record."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _record(number, line)


def _record(number: int, line: str) -> Record:
    try:
        value = json.loads(line, object_pairs_hook=_object)
    except ValueError as error:
        return Record(number, {}, f"is not JSON: {error}")
    except RecursionError:
        return Record(number, {}, "is nested too deeply")
    if not isinstance(value, dict):
        return Record(number, {}, "is not a JSON object")
    return Record(number, value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
