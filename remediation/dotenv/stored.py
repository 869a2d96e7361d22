"""The backups that are there: listed, encrypted afterwards, removed.

A kill at any moment loses nothing: the manifest names a file until another is there in its place,
and a backup that is being removed says so before its first file goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import RemediationError, RemediationFailureError
from ..files import failure, sync_folder, write_exclusively
from ..git import Repository
from . import age
from .backup import MANIFEST, Backup, StoredFile, base_folder, locked, sha256, state_folder
from .loaders import python_dotenv

KINDS = ("dotenv", "repair")
PURGING = "purging"


@dataclass(frozen=True)
class Stored:
    """A backup as it lies on the disk.

    Attributes:
        folder: Where it is.
        kind: `dotenv` for retired .env files, `repair` for source with moved secrets.
        backup: None when its manifest cannot be read.
        problem: Why not.
    """

    folder: Path
    kind: str
    backup: Backup | None = None
    problem: str = ""

    @property
    def files(self) -> list[StoredFile]:
        """What it holds bytes of."""
        if self.backup is None:
            return []
        manifest = self.backup.manifest
        return [file for file in (*manifest.files, *manifest.changed) if file.stored]

    @property
    def plain(self) -> list[StoredFile]:
        """What of it anybody can read who can read the folder."""
        return [file for file in self.files if not file.stored.endswith(".age")]

    @property
    def state(self) -> str:
        """The state in the manifest, `damaged` without one."""
        return self.backup.manifest.state if self.backup else "damaged"

    @property
    def created(self) -> datetime | None:
        """When it was made, None where nothing tells."""
        try:
            return datetime.fromisoformat(self.backup.manifest.created) if self.backup else None
        except ValueError:
            return None

    def keys(self) -> int | None:
        """Return how many keys it is about, None where only its owner could tell."""
        if self.backup is None:
            return None
        if self.backup.manifest.keys:
            return len({key for _path, _line, _column, key in self.backup.manifest.keys})
        counts = [_keys_of(self.backup, file) for file in self.backup.manifest.files]
        return None if None in counts else sum(count or 0 for count in counts)


def stored(bases: Sequence[tuple[str, Path]]) -> list[Stored]:
    """Return the backups below some folders, each with its kind, the oldest first."""
    found: list[Stored] = []
    for kind, base in bases:
        for manifest in sorted(base.glob(f"*/{MANIFEST}")):
            try:
                found.append(Stored(manifest.parent, kind, Backup.load(manifest.parent)))
            except RemediationError as error:
                found.append(Stored(manifest.parent, kind, problem=str(error)))
    return sorted(found, key=lambda one: one.folder.name)


def bases_of(repository: Repository, chosen: Path | None) -> list[tuple[str, Path]]:
    """Return (kind, folder) of the places where backups of a repository are."""
    if chosen is not None:
        return [(KINDS[0], base_folder(repository, chosen, make=False))]
    return [(kind, base_folder(repository, None, make=False, kind=kind)) for kind in KINDS]


def all_bases() -> list[tuple[str, Path]]:
    """Return (kind, folder) of the places where backups of all repositories are."""
    return [
        (kind, base)
        for kind in KINDS
        for base in sorted((state_folder() / kind).glob("*"))
        if base.is_dir()
    ]


def older_than(
    found: Sequence[Stored], age_of: timedelta, now: datetime | None = None
) -> list[Stored]:
    """Return the backups that were made so long ago; one without a time is not among them."""
    limit = (now or datetime.now(UTC)) - age_of
    return [one for one in found if one.created is not None and one.created < limit]


def encrypt(one: Stored, recipients: Sequence[str]) -> None:
    """Encrypt what lies open in a backup, and remove the plain text once that is certain.

    Raises:
        RemediationError: It is underway, damaged or being removed, or one is no recipient.
        RemediationFailureError: What was written is not what was to be.
    """
    age.check(recipients)
    with locked(one.folder.parent):
        backup = _usable(one)
        for files in (backup.manifest.files, backup.manifest.changed):
            for at, file in enumerate(files):
                if file.stored.endswith(".bin"):
                    files[at] = _encrypted(backup, file, recipients)
                    backup.save()
                    (backup.folder / file.stored).unlink(missing_ok=True)
        backup.manifest.recipients = list(recipients)
        backup.save()
        _sweep(backup)


def purge(one: Stored) -> None:
    """Remove a backup. Called again after an interruption, it removes what is left.

    Raises:
        RemediationError: The retirement that it belongs to is underway.
        RemediationFailureError: A file cannot be removed.
    """
    with locked(one.folder.parent):
        if one.backup is not None:
            backup = Backup.load(one.folder)
            _refuse_underway(backup)
            backup.manifest.state = PURGING
            backup.save()
        try:
            for path in _contents(one.folder):
                path.unlink()
            (one.folder / MANIFEST).unlink(missing_ok=True)
            one.folder.rmdir()
            sync_folder(one.folder.parent)
        except OSError as error:
            raise failure(one.folder, "removed", error) from None


def _contents(folder: Path) -> Iterator[Path]:
    """Yield what is in a backup but its manifest, which goes last."""
    return (path for path in sorted(folder.iterdir()) if path.name != MANIFEST)


def _usable(one: Stored) -> Backup:
    backup = Backup.load(one.folder)
    _refuse_underway(backup)
    if backup.manifest.state == PURGING:
        raise RemediationError(
            f"{one.folder}: is being removed; `hushflake dotenv backups purge` finishes that"
        )
    return backup


def _refuse_underway(backup: Backup) -> None:
    if backup.manifest.state == "underway":
        raise RemediationError(
            f"{backup.folder}: what it belongs to was interrupted: finish it with the same command "
            "again, or undo it with `hushflake dotenv restore --write`"
        )


def _encrypted(backup: Backup, file: StoredFile, recipients: Sequence[str]) -> StoredFile:
    data = backup.bytes_of(file)
    kept, decrypts = age.encrypt_provably(data, recipients)
    name = f"{Path(file.stored).stem}.age"
    path = backup.folder / name
    # Left by a run that was killed before the manifest named it.
    path.unlink(missing_ok=True)
    write_exclusively(path, kept)
    if not decrypts(backup.kept(name)):
        raise RemediationFailureError(f"{path}: does not decrypt to what was backed up")
    return replace(file, stored=name, sha256=sha256(kept))


def _sweep(backup: Backup) -> None:
    """Remove plain text that a killed run left after the manifest had named another file."""
    manifest = backup.manifest
    named = {file.stored for file in (*manifest.files, *manifest.changed)} | {MANIFEST}
    for path in _contents(backup.folder):
        if path.name not in named and path.is_file():
            path.unlink()


def _keys_of(backup: Backup, file: StoredFile) -> int | None:
    if file.keys:
        return len(file.keys)
    if file.stored.endswith(".age"):
        return None
    try:
        text = backup.bytes_of(file).decode("utf-8", "replace")
    except RemediationError:
        return None
    return len(python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n")).values())
