"""The ledger of a folder of audit files: which files there are, and how each ended.

A chain protects the lines of a file, and nothing protects a file from being deleted. So every
file that begins or ends is noted in `ledger.jsonl`, itself a chain. What a ledger cannot show is
its own deletion together with all files: keep its last mark elsewhere (`audit verify --mark`).
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .chain import BEGIN, canonical, marked

NAME = "ledger.jsonl"
BEGUN, ENDED = "audit.begun", "audit.ended"
_TAIL = 64 * 1024  # bytes; a line of the ledger has some hundred


def note(folder: Path, record: Mapping[str, Any], key: bytes | None) -> None:
    """Append a record. Several processes may: each waits for the one before it.

    Raises:
        OSError: The ledger cannot be read or written; no half line stays.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    flags |= getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(folder / NAME, flags, 0o600)
    try:
        _lock(descriptor)
        size = os.fstat(descriptor).st_size
        sequence, previous = _last(os.pread(descriptor, _TAIL, max(0, size - _TAIL)))
        line = {**record, "seq": sequence, "prev": previous}
        line["mark"] = marked(line, key)
        data = canonical(line) + b"\n"
        try:
            written = os.write(descriptor, data)
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _last(tail: bytes) -> tuple[int, str]:
    """Return the number and the `prev` of the line that comes after the last one."""
    try:
        record = json.loads(tail.splitlines()[-1])
        return int(record["seq"]) + 1, str(record["mark"])
    except (IndexError, KeyError, TypeError, ValueError):
        # Nothing yet, or damage: `verify` names it, and the trail must go on.
        return 0, BEGIN


def _lock(descriptor: int) -> None:
    """Wait until no other process appends. Closing the descriptor ends it."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where only one process should write to a folder
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
