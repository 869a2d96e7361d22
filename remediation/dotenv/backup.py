"""Backups of files that are about to go: complete before anything is removed, and restorable.

A backup is a folder (0700) with the files' bytes (0600, created exclusively, on the disk before
the next step) and a `manifest.json`. It lies outside the work tree, by default below
`$XDG_STATE_HOME/hushflake`, or in a folder that git ignores. With age recipients the bytes are
encrypted; hashes are those of the stored bytes, so that a manifest tells nothing of a value.
"""

import dataclasses
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import RemediationError, RemediationFailureError
from ..files import failure, write_atomically, write_exclusively
from ..git import Repository, has_repository
from . import age

FORMAT = "hushflake.dotenv-backup/1"
MANIFEST = "manifest.json"


@dataclass
class StoredFile:
    """A file in a backup.

    Attributes:
        path: Relative to the top level of the repository.
        stored: Its name in the backup, "" for a file that did not exist before.
        sha256: Of the stored bytes, in hexadecimal.
        mode: Its permissions.
        mtime_ns: When it was last written, in nanoseconds.
        index: Mode and object name that git's index held, None when it was not tracked.
        written_sha256: Of what we put in its place, "" for a file that we remove.
        keys: Of a .env file: the keys that went. The file stays with the others, if there are any.
    """

    path: str
    stored: str = ""
    sha256: str = ""
    mode: int = 0o600
    mtime_ns: int = 0
    index: tuple[str, str] | None = None
    written_sha256: str = ""
    keys: list[str] = field(default_factory=list)


@dataclass
class Manifest:
    """What a retirement or a repair did so far.

    `state`: underway, retired, repaired, restored, purging. Of a repair `keys` holds the places
    that it names, `[path, line, column, key]`: an interrupted one goes on with the same names.
    """

    repository: str
    target: str
    created: str
    head: str = ""
    state: str = "underway"
    recipients: list[str] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    changed: list[StoredFile] = field(default_factory=list)
    keys: list[tuple[str, int, int, str]] = field(default_factory=list)


class Backup:
    """A backup folder with its manifest."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def create(cls, base: Path, manifest: Manifest) -> "Backup":
        """Make a new, empty backup below `base`."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        folder = base / f"{stamp}-{secrets.token_hex(3)}"
        try:
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
        except OSError as error:
            raise failure(folder, "made", error) from None
        backup = cls(folder, manifest)
        backup.save()
        return backup

    @classmethod
    def load(cls, folder: Path) -> "Backup":
        """Read a backup.

        Raises:
            RemediationError: It is none, or of a format that is not known here.
        """
        path = folder / MANIFEST
        try:
            document = json.loads(path.read_bytes())
            if document.pop("format") != FORMAT:
                raise RemediationError(f"{path}: is of another format than {FORMAT}")
            files = [_stored(item) for item in document.pop("files")]
            changed = [_stored(item) for item in document.pop("changed")]
            keys = [(str(a), int(b), int(c), str(d)) for a, b, c, d in document.pop("keys", [])]
            return cls(folder, Manifest(**document, files=files, changed=changed, keys=keys))
        except OSError as error:
            raise RemediationError(f"{path}: cannot be read: {error.strerror}") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise RemediationError(f"{path}: is not the manifest of a backup") from None

    def save(self) -> None:
        """Write the manifest, whole or not at all."""
        document = {"format": FORMAT, **dataclasses.asdict(self.manifest)}
        data = json.dumps(document, indent=2).encode() + b"\n"
        write_atomically(self.folder / MANIFEST, data, mode=0o600)

    def store(self, file: StoredFile, data: bytes, *, secret: bool = True) -> StoredFile:
        """Keep the bytes of a file and read them back; note them with `save`."""
        recipients = self.manifest.recipients if secret else []
        kept = age.encrypt(data, recipients) if recipients else data
        name = f"{secrets.token_hex(8)}{'.age' if recipients else '.bin'}"
        path = self.folder / name
        write_exclusively(path, kept)
        if path.read_bytes() != kept:
            raise RemediationFailureError(f"{path}: does not hold what was written to it")
        return dataclasses.replace(file, stored=name, sha256=sha256(kept))

    def note_change(
        self, name: str, before: bytes | None, after: bytes, *, secret: bool = False
    ) -> None:
        """Note a file that is about to be replaced, with what it holds; `save` comes next.

        Args:
            name: The file, relative to the top level.
            before: What it holds, None where there is none.
            after: What it will hold.
            secret: Whether what it holds is encrypted where the backup is.
        """
        changed = self.manifest.changed
        noted = next((file for file in changed if file.path == name), None)
        if noted is None:
            noted = StoredFile(name, mode=0o644)
            changed.append(noted)
            is_kept = before is None
        else:
            # What an interrupted run wrote is not what the file held before it.
            is_kept = before is None or sha256(before) == noted.written_sha256
        if before is not None and not is_kept and not (noted.stored and self.holds(noted, before)):
            changed[changed.index(noted)] = noted = self.store(noted, before, secret=secret)
        noted.written_sha256 = sha256(after)

    def bytes_of(self, file: StoredFile, identities: Sequence[Path] = ()) -> bytes:
        """Return the bytes that a file had.

        Raises:
            RemediationError: They are missing, changed, or encrypted for another identity.
        """
        path = self.folder / file.stored
        try:
            kept = path.read_bytes()
        except OSError as error:
            raise RemediationError(f"{path}: cannot be read: {error.strerror}") from None
        if sha256(kept) != file.sha256:
            raise RemediationError(f"{path}: is not what was backed up: its hash differs")
        return age.decrypt(kept, identities) if path.suffix == ".age" else kept

    def kept(self, name: str) -> bytes:
        """Return the bytes of a file of the backup as they lie on the disk."""
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise failure(self.folder / name, "read", error) from None

    def holds(self, file: StoredFile, data: bytes) -> bool:
        """Say whether a stored file is certainly `data`; an encrypted one never is."""
        path = self.folder / file.stored
        return (
            path.suffix == ".bin"
            and path.is_file()
            and sha256(data) == file.sha256
            and path.read_bytes() == data
        )


def _stored(item: dict[str, Any]) -> StoredFile:
    index = item.pop("index")
    return StoredFile(**item, index=(index[0], index[1]) if index else None)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def state_folder() -> Path:
    """Return the folder of the backups of all repositories, by kind and repository."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "hushflake"


def base_folder(
    repository: Repository, chosen: Path | None, *, make: bool = True, kind: str = "dotenv"
) -> Path:
    """Return the folder that holds the backups of a repository; make it where asked.

    Args:
        repository: Whose files are backed up.
        chosen: A folder that the user named. Inside a work tree it must be ignored by git, and
            is made so when it is new.
        make: Make it.
        kind: `dotenv`, or `repair` for backups of source.

    Raises:
        RemediationError: A folder inside a work tree that git does not ignore.
    """
    top = repository.top
    if chosen is None:
        name = f"{top.name}-{hashlib.sha256(os.fsencode(top)).hexdigest()[:12]}"
        chosen = state_folder() / kind / name
    chosen = chosen.absolute()
    if not make:
        return chosen
    is_new = not chosen.exists()
    try:
        chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise failure(chosen, "made", error) from None
    if has_repository(chosen):
        _require_ignored(chosen, is_new=is_new)
    return chosen


def _require_ignored(folder: Path, *, is_new: bool) -> None:
    holder = Repository.of(folder)
    if is_new:
        # The pattern takes in this very file: nothing of the folder is ever offered to git.
        write_exclusively(folder / ".gitignore", b"*\n")
    if not holder.ignored(folder / "any"):
        raise RemediationError(
            f"{folder}: lies in a work tree and git does not ignore it, so a backup could be "
            "committed; choose a folder outside, or one that is ignored"
        )


def backups(base: Path) -> list[Backup]:
    """Return the backups below a folder, the oldest first; what is none is passed over."""
    return [Backup.load(manifest.parent) for manifest in sorted(base.glob(f"*/{MANIFEST}"))]


@contextmanager
def locked(base: Path) -> Iterator[None]:
    """Keep a second run out.

    Raises:
        RemediationError: One is underway.
    """
    descriptor = os.open(base / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RemediationError(
                f"{base}: another retire or restore of this repository is underway; "
                "wait for it to end"
            ) from None
        yield
    finally:
        os.close(descriptor)
