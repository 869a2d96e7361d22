"""The audit file of a process: made at its first record, noted in the ledger of its folder."""

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from . import ledger
from .chain import BEGIN, CLOSED, FORMAT, OPENED, canonical, key_id, marked


class ChainFile:
    """The file of this process, made at the first record. Lines are whole or absent."""

    def __init__(self, folder: str, key: bytes | None, resource: Mapping[str, Any]) -> None:
        self._folder = Path(folder)
        self._key = key
        self._resource = dict(resource)
        self._descriptor: int | None = None
        self._sequence = 0
        self._last = BEGIN
        self._noted = False  # in the ledger
        self.path: Path | None = None

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append records. After an OSError nothing of them counts as written."""
        before = (self._sequence, self._last)
        lines = bytearray()
        if self._descriptor is None:
            self._descriptor = self._create()
        if self._sequence == 0:
            lines += self._line(self._opening())
        if not self._noted:
            self._note(ledger.BEGUN)
            self._noted = True
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
                self._note(ledger.ENDED)
            finally:
                self.forget()

    def forget(self) -> None:
        """Let go of the file without a word; in a child process it is the parent's."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._sequence, self._last, self.path = None, 0, BEGIN, None
        self._noted = False

    def _note(self, event: str) -> None:
        """Note in the ledger that the file begins, or ends with this mark."""
        record: dict[str, Any] = {"event": event, "time": time.time(), "file": self._name}
        if event == ledger.ENDED:
            record["head"] = self._last
        if self._key is not None:
            record["key_id"] = key_id(self._key)
        ledger.note(self._folder, record, self._key)

    @property
    def _name(self) -> str:
        return self.path.name if self.path else ""

    def _opening(self) -> dict[str, Any]:
        kind = "sha256" if self._key is None else "hmac-sha256"
        opening: dict[str, Any] = {"format": FORMAT, "event": OPENED, "time": time.time()}
        # The name, so that no other file can take the place of this one.
        opening |= {
            "chain": kind,
            "file": self._name,
            "pid": os.getpid(),
            "ppid": os.getppid(),
            **self._resource,
        }
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
