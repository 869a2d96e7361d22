"""The audit files of a process: made at its first record, noted in the ledger of their folder.

A file that has reached its size ends with a record that names the next one, whose first record
goes on from its mark: the chain is one, over all files of the process.
"""

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from . import ledger
from .chain import BEGIN, CLOSED, CONTINUED, FORMAT, OPENED, canonical, key_id, marked


class ChainFile:
    """The file that this process writes to. Lines are whole or absent.

    A file that holds `max_bytes` or more is followed by another one.
    """

    def __init__(
        self, folder: str, key: bytes | None, resource: Mapping[str, Any], max_bytes: int
    ) -> None:
        self._folder = Path(folder)
        self._key = key
        self._resource = dict(resource)
        self._max_bytes = max_bytes
        self._notes: list[dict[str, Any]] = []  # for the ledger, not written yet
        self._begin("", "")

    def _begin(self, name: str, before: str) -> None:
        """Be at the beginning of a file: of this name, and after the file `before`, if any."""
        self._descriptor: int | None = None
        self._sequence = 0
        self._continues = before
        if not before:
            self._last = BEGIN
        self.path = self._folder / name if name else None

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append records. After an OSError nothing of them counts as written."""
        if self._descriptor is not None and self._size() >= self._max_bytes:
            self._go_on_in_another()
        if self._descriptor is None:
            self._descriptor = self._create()
            self._note(ledger.BEGUN)
        self._flush_notes()
        self._append(records)

    def _append(self, records: Iterable[Mapping[str, Any]]) -> None:
        assert self._descriptor is not None  # noqa: S101 - for mypy
        before = (self._sequence, self._last)
        lines = bytearray()
        if self._sequence == 0:
            lines += self._line(self._opening())
        for record in records:
            lines += self._line(record)
        size = self._size()
        try:
            written = os.write(self._descriptor, lines)
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
        except OSError:
            self._sequence, self._last = before
            os.ftruncate(self._descriptor, size)  # no half line that would look like tampering
            raise

    def _go_on_in_another(self) -> None:
        """End this file with the name of the next, which the next write makes."""
        following = self._new_name()
        self._append([{"event": CONTINUED, "time": time.time(), "next": following}])
        self._note(ledger.ENDED)
        self._close()
        self._begin(following, self._name)

    def close(self) -> None:
        """End the file with a record that says so."""
        if self._descriptor is not None:
            try:
                self._flush_notes()
                self._append([{"event": CLOSED, "time": time.time()}])
                self._note(ledger.ENDED)
                self._flush_notes()
            finally:
                self.forget()

    def forget(self) -> None:
        """Let go of the file without a word; in a child process it is the parent's."""
        self._close()
        self._notes.clear()
        self._begin("", "")

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _size(self) -> int:
        return os.fstat(self._descriptor).st_size if self._descriptor is not None else 0

    def _note(self, event: str) -> None:
        """Note for the ledger that the file begins, or ends with this mark."""
        record: dict[str, Any] = {"event": event, "time": time.time(), "file": self._name}
        if event == ledger.ENDED:
            record["head"] = self._last
        if self._key is not None:
            record["key_id"] = key_id(self._key)
        self._notes.append(record)

    def _flush_notes(self) -> None:
        while self._notes:
            ledger.note(self._folder, self._notes[0], self._key)
            del self._notes[0]

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
        if self._continues:
            opening["continues"] = self._continues
        if self._key is not None:
            opening["key_id"] = key_id(self._key)
        return opening

    def _line(self, record: Mapping[str, Any]) -> bytes:
        line = {**record, "seq": self._sequence, "prev": self._last}
        line["mark"] = self._last = marked(line, self._key)
        self._sequence += 1
        return canonical(line) + b"\n"

    @staticmethod
    def _new_name() -> str:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return f"audit-{moment}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"

    def _create(self) -> int:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise ConfigError(f"{self._folder}: the audit trail needs a folder here") from None
        self.path = self.path or self._folder / self._new_name()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        return os.open(self.path, flags, 0o600)
