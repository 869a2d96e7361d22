"""What was found in versions of files, kept for the next run: a history only grows.

A line a version, added as soon as it was checked, so that a run which is interrupted goes on
where it ended. A line holds what a finding holds, and the fingerprint of a value in its place. The
name of the file follows from random bytes of this user's, from the settings and from the program,
as that of the cache: no repository can bring one of its own.
"""

import json
import os
from collections.abc import Iterable
from typing import Any

from ..cache import FOLDER, digest, run_key
from ..finding import Result
from ..reading import read
from ..settings import Settings

_KEPT = 2
# As large as the history of the largest repositories makes it. Bytes.
_LARGEST = 1 << 30
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Store:
    """What is known of the versions of one repository, for one kind of run."""

    def __init__(
        self, settings: Settings, codes: frozenset[str], secret: bytes, *, use: bool
    ) -> None:
        """Read what is known.

        Args:
            settings: What the repository says.
            codes: Which findings are reported.
            secret: Random bytes of this user's; without any nothing is kept.
            use: Whether to take and keep anything at all.
        """
        root = os.path.realpath(settings.root)
        folder = os.path.realpath(os.path.join(root, FOLDER))
        # A link would lead to other files: then nothing is kept.
        self._is_usable = use and bool(secret) and folder == os.path.join(root, FOLDER)
        key = run_key(settings, codes, secret)
        self._path = os.path.join(folder, f"history-{key[:16]}.jsonl")
        self._known: dict[bytes, list[Any] | None] = {}
        if self._is_usable:
            self._load()
            self._prepare(folder)

    def rows(self, name: str, role: str) -> list[Any] | None:
        """Return what is known of an object under a role: rows of findings, [] for none."""
        key = _key(name, role)
        return (self._known[key] or []) if key in self._known else None

    def add(self, found: Iterable[tuple[str, str, list[Any]]]) -> None:
        """Keep what was found: id, role and rows of each; at once, or not at all."""
        if not self._is_usable:
            return
        lines = [
            json.dumps([_key(name, role).hex(), *rows], separators=(",", ":"))
            for name, role, rows in found
        ]
        if not lines:
            return
        try:
            handle = os.open(self._path, _FLAGS, 0o600)
            try:
                # Begins with a line end: what an interrupted run left behind harms no line of ours.
                os.write(handle, "".join(f"\n{line}" for line in lines).encode())
            finally:
                os.close(handle)
        except OSError:
            # What cannot be kept is looked at again.
            self._is_usable = False

    def _load(self) -> None:
        try:
            data = read(self._path, _LARGEST, follow=False)
        except OSError:
            return
        for line in data.split(b"\n"):
            if not line:
                continue
            try:
                key, *rows = json.loads(line)
                self._known[bytes.fromhex(key)] = rows or None
            except (ValueError, TypeError, RecursionError):
                # The end of a run that was interrupted.
                continue

    def _prepare(self, folder: str) -> None:
        from ..cache import ignore_itself

        try:
            ignore_itself(folder)
            found = [each for each in os.scandir(folder) if each.name.startswith("history-")]
            found.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
            for each in found[_KEPT:]:
                os.unlink(each.path)
        except OSError:
            self._is_usable = False


def _key(name: str, role: str) -> bytes:
    return bytes.fromhex(digest(name.encode(), role))


def kept_rows(result: Result) -> list[Any] | None:
    """Return the rows to keep of a result, None where it is to be worked out again."""
    from ..cache import rows_of

    if result.skipped is not None and (result.skipped.failed or result.skipped.kind == "missing"):
        return None
    return rows_of(result.findings, result.skipped)
