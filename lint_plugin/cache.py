"""Results of earlier runs: keyed by content, they hold findings and no source.

A result belongs to a digest of the bytes of a file and of what its path means for the rules; the
whole cache to the program, its version of Python, the settings and the codes asked for. To spare
even the reading, the status of a file (size, times of change, inode) stands for its digest, as in
the index of git, and with git's care: a file changed shortly before it was read is read again, for
a second change within the same tick of the clock would not show in its status.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

try:
    # The same function without OpenSSL, which takes longer to load than all else here.
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - another implementation of Python
    from hashlib import blake2b

from .finding import Finding, Skipped
from .settings import Settings

FORMAT = 1
FOLDER = os.path.join(".hushflake", "cache")
# The coarsest clock of a file system in use (FAT), in nanoseconds.
_TICK = 2_000_000_000
_KEPT = 4

Status = tuple[int, int, int, int]


class Entry(NamedTuple):
    """What is known of a file: its status, None if that cannot be trusted, and its digest."""

    status: Status | None
    digest: str


def digest(data: bytes, role: str) -> str:
    """Return what a result is kept under: content, and what the path means for the rules."""
    hasher = blake2b(role.encode() + b"\0", digest_size=16)
    hasher.update(data)
    return hasher.hexdigest()


def status(found: os.stat_result) -> Status:
    """Return what changes whenever a file does."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class Cache:
    """The cache of one repository for one kind of run."""

    def __init__(self, settings: Settings, codes: frozenset[str]) -> None:
        self._folder = os.path.join(settings.root, FOLDER)
        self._key = _key(settings, codes)
        self._path = os.path.join(self._folder, f"check-{self._key[:16]}.json")
        self._started = time.time_ns()
        self._files: dict[str, list[Any]] = {}
        # Digest -> findings and what was skipped, as rows; nothing for a clean file.
        self.results: dict[str, list[Any]] = {}
        self._load()

    def get(self, relative: str, found: Status) -> list[Any] | None:
        """Return the rows kept for a file whose status is as it was."""
        row = self._files.get(relative)
        if row is None or tuple(row[:4]) != found:
            return None
        return self.results.get(row[4])

    def save(self, entries: Mapping[str, Entry], results: Mapping[str, list[Any]]) -> None:
        """Write what a run found; a cache that cannot be written is none."""
        before = self._started - _TICK
        for relative, entry in entries.items():
            if entry.status is None or max(entry.status[1:3]) >= before:
                self._files.pop(relative, None)
            else:
                self._files[relative] = [*entry.status, entry.digest]
        self.results.update(results)
        used = {row[4] for row in self._files.values()} | set(results)
        kept = {key: rows for key, rows in self.results.items() if key in used}
        document = {
            "format": FORMAT,
            "key": self._key,
            "files": self._files,
            "results": kept,
        }
        try:
            self._write(json.dumps(document, separators=(",", ":")))
        except OSError:
            return

    def _load(self) -> None:
        try:
            with open(self._path, "rb") as stream:
                document = json.loads(stream.read())
            if document["format"] == FORMAT and document["key"] == self._key:
                self._files, self.results = document["files"], document["results"]
        except (OSError, ValueError, KeyError, TypeError):
            # A cache that cannot be read is none.
            self._files, self.results = {}, {}

    def _write(self, text: str) -> None:
        from .baseline import replace_file

        os.makedirs(self._folder, exist_ok=True)
        ignore = os.path.join(os.path.dirname(self._folder), ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as stream:
                stream.write("*\n")
        replace_file(self._path, text.encode("utf-8"))
        caches = [entry for entry in os.scandir(self._folder) if entry.name.startswith("check-")]
        caches.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for entry in caches[_KEPT:]:
            os.unlink(entry.path)


def rows_of(findings: Iterable[Finding], skipped: Skipped | None) -> list[Any]:
    """Return a result as rows without paths, [] for a clean file."""
    rows: list[Any] = [list(finding[1:]) for finding in findings]
    if skipped is not None:
        rows.append({"skipped": list(skipped[1:])})
    return rows


def result_of(rows: list[Any], path: str) -> tuple[tuple[Finding, ...], Skipped | None]:
    """Return the findings and what was skipped, from the rows of `rows_of`."""
    if not rows:
        return (), None
    findings = tuple(Finding(path, *row) for row in rows if isinstance(row, list))
    skipped = [Skipped(path, *row["skipped"]) for row in rows if isinstance(row, dict)]
    return findings, skipped[0] if skipped else None


def _key(settings: Settings, codes: frozenset[str]) -> str:
    """Return a digest of all that a result depends on besides the file."""
    facts = (FORMAT, sys.version, sorted(settings._asdict().items(), key=str), sorted(codes))
    told = repr(facts) + "".join(_own_files())
    return blake2b(told.encode(), digest_size=16).hexdigest()


def _own_files() -> Iterable[str]:
    """Yield the status of every file of this part: what is developed is never stale."""
    for folder, folders, files in os.walk(os.path.dirname(__file__)):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            if name.endswith(".py"):
                found = os.stat(os.path.join(folder, name))
                yield f"{name} {found.st_size} {found.st_mtime_ns}\n"
