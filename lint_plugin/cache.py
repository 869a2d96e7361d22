"""Results of earlier runs: keyed by content, they hold findings and no source.

A result belongs to a digest of the bytes of a file and of what its path means for the rules; the
whole cache to the program, its version of Python, the settings and the codes asked for. To spare
even the reading, the status of a file (size, times of change, inode) stands for its digest, as in
the index of git, and with git's care: a file changed shortly before it was read is read again, for
a second change within the same tick of the clock would not show in its status.

A repository may come with a cache of its own, made to hide what it holds: the key of a cache is
also made of random bytes in the user's state folder, which no repository knows.

The file is one JSON document of few long strings: the names of all files, their statuses and their
digests, each in one row. Where nothing changed, a run makes the same rows and compares them whole.
"""

import json
import os
import sys
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

try:
    # The same function without OpenSSL, which takes longer to load than all else here.
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - another implementation of Python
    from hashlib import blake2b

from .finding import Finding, Skipped
from .reading import LARGEST_DATA, LARGEST_TEXT, read
from .settings import Settings

FORMAT = 3
FOLDER = os.path.join(".hushflake", "cache")
# The coarsest clock of a file system in use (FAT), in nanoseconds.
_TICK = 2_000_000_000
_KEPT = 4

Status = tuple[int, int, int, int]
# Stands for the status of a file that has none; no file has this inode.
NO_STATUS: Status = (2**64 - 1,) * 4
# No path holds it: all are normalised.
_BETWEEN = "//"
_STATUS_SIZE, _DIGEST_SIZE = 32, 32


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
        # A link would lead to other files: then there is no cache.
        root = os.path.realpath(settings.root)
        self._folder = os.path.realpath(os.path.join(root, FOLDER))
        secret = users_secret()
        self._is_usable = bool(secret) and self._folder == os.path.join(root, FOLDER)
        self._key = run_key(settings, codes, secret)
        self._path = os.path.join(self._folder, f"check-{self._key[:16]}.json")
        self._started = time.time_ns()
        # Names, packed statuses and digests of files, each in one row.
        self._names, self._statuses, self._digests = "", b"", ""
        # Digests of further clean files, whose status cannot be trusted.
        self._clean = ""
        # Digest -> findings and what was skipped, as rows; nothing for a clean file.
        self._results: dict[str, list[Any]] = {}
        self._load()

    @property
    def results(self) -> dict[str, list[Any]]:
        """Return the rows kept for each digest, [] for that of a clean file."""
        return {**{key: [] for key in _split(self._digests + self._clean)}, **self._results}

    def known(self, names: Sequence[str], statuses: Sequence[int]) -> Iterator[list[Any] | None]:
        """Yield the rows kept for each file; None where its status is not as it was.

        Args:
            names: The files, as seen from the root.
            statuses: The four numbers of each file's status, in one row.
        """
        found = _packed(statuses)
        if _BETWEEN.join(names) == self._names and found == self._statuses:
            for digest in _split(self._digests):
                yield self._results.get(digest, [])
            return
        kept = {name: (status, digest) for name, status, digest in self._files()}
        for at, name in enumerate(names):
            status, digest = kept.get(name, (b"", ""))
            is_same = status == found[at * _STATUS_SIZE : (at + 1) * _STATUS_SIZE]
            yield self._results.get(digest, []) if is_same else None

    def _files(self) -> Iterator[tuple[str, bytes, str]]:
        """Yield the name, the packed status and the digest of each file."""
        names = self._names.split(_BETWEEN) if self._names else []
        for at, (name, digest) in enumerate(zip(names, _split(self._digests), strict=True)):
            yield name, self._statuses[at * _STATUS_SIZE : (at + 1) * _STATUS_SIZE], digest

    def save(self, entries: Mapping[str, Entry], results: Mapping[str, list[Any]]) -> None:
        """Write what a run found; a cache that cannot be written is none."""
        if not self._is_usable:
            return
        before = self._started - _TICK
        files = {name: (status, digest) for name, status, digest in self._files()}
        for relative, entry in entries.items():
            if entry.status is None or max(entry.status[1:3]) >= before:
                files.pop(relative, None)
            else:
                files[relative] = (_packed(entry.status), entry.digest)
        known = {**self.results, **results}
        of_files = {digest for _, digest in files.values()}
        used = {key: known.get(key, []) for key in (*of_files, *results)}
        ordered = sorted(files)
        document = {
            "format": FORMAT,
            "key": self._key,
            "names": _BETWEEN.join(ordered),
            "statuses": b"".join(files[name][0] for name in ordered).hex(),
            "digests": "".join(files[name][1] for name in ordered),
            "clean": "".join(key for key, rows in used.items() if not rows and key not in of_files),
            "results": {key: rows for key, rows in used.items() if rows},
        }
        try:
            self._write(json.dumps(document, separators=(",", ":")))
        except OSError:
            return

    def _load(self) -> None:
        if not self._is_usable:
            return
        try:
            document = json.loads(read(self._path, LARGEST_DATA, follow=False))
            if document["format"] != FORMAT or document["key"] != self._key:
                return
            names, digests, results = document["names"], document["digests"], document["results"]
            statuses = bytes.fromhex(document["statuses"])
            number = len(names.split(_BETWEEN)) if names else 0
            is_whole = len(statuses) == number * _STATUS_SIZE
            if is_whole and len(digests) == number * _DIGEST_SIZE and isinstance(results, dict):
                self._names, self._statuses, self._digests = names, statuses, digests
                self._results, self._clean = results, str(document["clean"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # A cache that cannot be read is none.
            return

    def _write(self, text: str) -> None:
        from .baseline import replace_file

        ignore_itself(self._folder)
        replace_file(self._path, text.encode("utf-8"))
        caches = [entry for entry in os.scandir(self._folder) if entry.name.startswith("check-")]
        caches.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for entry in caches[_KEPT:]:
            os.unlink(entry.path)


def ignore_itself(folder: str) -> None:
    """Make a folder for what is kept between runs; git ignores it, and all beside it.

    Raises:
        OSError: It cannot be made.
    """
    os.makedirs(folder, exist_ok=True)
    ignore = os.path.join(os.path.dirname(folder), ".gitignore")
    try:
        with open(ignore, "x", encoding="utf-8") as stream:
            stream.write("*\n")
    except FileExistsError:
        pass


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


def _split(digests: str) -> Iterator[str]:
    for at in range(0, len(digests), _DIGEST_SIZE):
        yield digests[at : at + _DIGEST_SIZE]


def _packed(statuses: Sequence[int]) -> bytes:
    """Return numbers as 64 bits each: of a time before 1970 what its sign leaves of it."""
    try:
        return array("Q", statuses).tobytes()
    except OverflowError:
        return array("Q", [number % 2**64 for number in statuses]).tobytes()


def users_secret() -> bytes:
    """Return random bytes of this user's, made once; nothing where none can be kept."""
    home = os.environ.get("HOME", "")
    state = os.environ.get("XDG_STATE_HOME") or (home and os.path.join(home, ".local", "state"))
    if not state:
        return b""
    path = os.path.join(state, "hushflake", "cache-key")
    try:
        return read(path, LARGEST_TEXT)
    except FileNotFoundError:
        return _made_secret(path)
    except OSError:
        return b""


def _made_secret(path: str) -> bytes:
    secret = os.urandom(32)
    temporary = f"{path}.{secret[:4].hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secret)
        try:
            # Whole, and only if no other run has made one meanwhile.
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
        return secret
    except FileExistsError:
        return read(path, LARGEST_TEXT)
    except OSError:
        return b""


def run_key(settings: Settings, codes: frozenset[str], secret: bytes) -> str:
    """Return a digest of all that a result depends on besides the file."""
    facts = (
        FORMAT,
        sys.version,
        sys.byteorder,
        sorted(settings._asdict().items(), key=str),
        sorted(codes),
        secret,
    )
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
