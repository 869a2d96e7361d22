"""Audit files: JSON lines, each bound to the one before it, one file a process.

Every line carries `prev`, the mark of the line before, and `mark`, the HMAC-SHA-256 over the rest
of the line. Whoever lacks the key can neither change a line nor leave one out in the middle;
without a key the marks are plain SHA-256 and show accidents only, and the file says so.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError

FORMAT = "hushflake.audit/1"
BEGIN = "0" * 64
OPENED, CLOSED = "audit.open", "audit.close"


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes that a mark is computed over: sorted names, no blanks, ASCII."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def marked(record: Mapping[str, Any], key: bytes | None) -> str:
    """The mark of a record without its own `mark`."""
    data = canonical({name: value for name, value in record.items() if name != "mark"})
    if key is None:
        return hashlib.sha256(data).hexdigest()
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Tells keys apart without telling anything about them."""
    return hmac.new(key, b"hushflake audit key id", hashlib.sha256).hexdigest()[:16]


class ChainFile:
    """The file of this process, made at the first record. Lines are whole or absent."""

    def __init__(self, folder: str, key: bytes | None, resource: Mapping[str, Any]) -> None:
        self._folder = Path(folder)
        self._key = key
        self._resource = dict(resource)
        self._descriptor: int | None = None
        self._sequence = 0
        self._last = BEGIN
        self.path: Path | None = None

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append records. After an OSError nothing of them counts as written."""
        before = (self._sequence, self._last)
        lines = bytearray()
        if self._descriptor is None:
            self._descriptor = self._create()
        if self._sequence == 0:
            lines += self._line(self._opening())
        for record in records:
            lines += self._line(record)
        size = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, lines)
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
        except OSError:
            self._sequence, self._last = before
            os.ftruncate(self._descriptor, size)  # no half line that would look like tampering
            raise

    def close(self) -> None:
        """End the file with a record that says so."""
        if self._descriptor is not None:
            try:
                self.write([{"event": CLOSED, "time": time.time()}])
            finally:
                self.forget()

    def forget(self) -> None:
        """Let go of the file without a word; in a child process it is the parent's."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._sequence, self._last, self.path = None, 0, BEGIN, None

    def _opening(self) -> dict[str, Any]:
        kind = "sha256" if self._key is None else "hmac-sha256"
        opening: dict[str, Any] = {"format": FORMAT, "event": OPENED, "time": time.time()}
        opening |= {"chain": kind, "pid": os.getpid(), "ppid": os.getppid(), **self._resource}
        if self._key is not None:
            opening["key_id"] = key_id(self._key)
        return opening

    def _line(self, record: Mapping[str, Any]) -> bytes:
        line = {**record, "seq": self._sequence, "prev": self._last}
        line["mark"] = self._last = marked(line, self._key)
        self._sequence += 1
        return canonical(line) + b"\n"

    def _create(self) -> int:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise ConfigError(f"{self._folder}: the audit trail needs a folder here") from None
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        name = f"audit-{moment}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        self.path = self._folder / name
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        return os.open(self.path, flags, 0o600)
