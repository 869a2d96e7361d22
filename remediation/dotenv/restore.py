"""Puts back what a retirement took away: bytes, permissions, times, git's index.

Nothing that is there is overwritten. Values stay in the target: taking them away is not ours.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConflictError, RemediationError
from ..files import failure, read_regular, sweep, write_atomically, write_exclusively
from ..git import Repository
from . import lines
from .backup import Backup, StoredFile, backups, base_folder, locked, sha256


@dataclass
class Restoration:
    """What `restore` would do, or did. Paths are relative to the top level."""

    backup: Backup
    write: list[StoredFile] = field(default_factory=list)
    # Files that stayed with some of their keys: the others come back.
    complete: list[StoredFile] = field(default_factory=list)
    there: list[StoredFile] = field(default_factory=list)
    track: list[StoredFile] = field(default_factory=list)
    revert: list[StoredFile] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


def find_backup(repository: Repository, folder: Path | None, chosen: Path | None) -> Backup:
    """Return the backup to restore: the one named, else the newest that is not restored yet.

    Raises:
        RemediationError: There is none, or it is of another repository.
    """
    if chosen is not None:
        found = Backup.load(chosen)
        if found.manifest.state == "purging":
            raise RemediationError(f"{chosen}: is being removed, and is no longer complete")
        return found
    base = base_folder(repository, folder, make=False)
    usable = [one for one in backups(base) if one.manifest.state not in {"restored", "purging"}]
    if not usable:
        raise RemediationError(
            f"{base}: holds no backup of {repository.top} that is not restored already; "
            "name one with --backup"
        )
    return usable[-1]


def plan(repository: Repository, backup: Backup, identities: Sequence[Path] = ()) -> Restoration:
    """Compare a backup with what is there.

    Raises:
        ConflictError: A file is there with other content.
        RemediationError: The backup is damaged, or encrypted for another identity.
    """
    planned = Restoration(backup)
    conflicts = []
    for file in backup.manifest.files:
        data = backup.bytes_of(file, identities)
        now = _now(repository.top / file.path)
        if now is None:
            planned.write.append(file)
        elif now == data:
            planned.there.append(file)
        elif file.keys and now == lines.without(data, file.keys):
            planned.complete.append(file)
        else:
            conflicts.append(f"{file.path}: is there with other content; move it away first")
        if file.index is not None and repository.index_entry(file.path) != file.index:
            planned.track.append(file)
    if conflicts:
        raise ConflictError("nothing was changed:", conflicts)
    for file in backup.manifest.changed:
        if file.stored:
            backup.bytes_of(file, identities)
        _plan_revert(planned, repository, file)
    return planned


def restore(
    repository: Repository,
    planned: Restoration,
    identities: Sequence[Path] = (),
    on_step: Callable[[str], None] = lambda _step: None,
) -> None:
    """Do what a plan says. Can be run again after an interruption with a new plan."""
    backup = planned.backup
    if planned.track:
        repository.require_written_here()
    with locked(backup.folder.parent):
        for file in (*backup.manifest.files, *backup.manifest.changed):
            sweep(repository.top / file.path)
        on_step("write")
        for file in planned.write:
            _put_back(repository.top / file.path, backup.bytes_of(file, identities), file)
        for file in planned.complete:
            _complete(repository.top / file.path, backup.bytes_of(file, identities), file)
        on_step("track")
        for file in planned.track:
            _track(repository, planned, file)
        # Last: the ignore entries keep git away from half-written files until here.
        on_step("revert")
        for file in planned.revert:
            _revert(repository.top / file.path, backup, file, identities)
        backup.manifest.state = "restored"
        backup.save()


def _now(path: Path) -> bytes | None:
    try:
        return read_regular(path, 1 << 30)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failure(path, "read", error) from None


def _plan_revert(planned: Restoration, repository: Repository, file: StoredFile) -> None:
    now = _now(repository.top / file.path)
    if now is not None and sha256(now) == file.written_sha256:
        planned.revert.append(file)
    elif now is not None and not (file.stored and planned.backup.holds(file, now)):
        planned.left.append((file.path, "was changed since; it stays as it is"))


def _put_back(path: Path, data: bytes, file: StoredFile) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_exclusively(path, data, file.mode, file.mtime_ns)
    except FileExistsError:
        raise ConflictError(
            "a file appeared meanwhile; nothing of it was changed:", [str(path)]
        ) from None
    except OSError as error:
        raise failure(path, "written", error) from None


def _complete(path: Path, data: bytes, file: StoredFile) -> None:
    now = _now(path)
    if now is None or now != lines.without(data, file.keys):
        raise ConflictError("a file was changed meanwhile; nothing of it was changed:", [str(path)])
    write_atomically(path, data, file.mode)
    try:
        os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
    except OSError as error:
        raise failure(path, "written", error) from None


def _track(repository: Repository, planned: Restoration, file: StoredFile) -> None:
    assert file.index is not None  # `plan` puts no others here  # noqa: S101
    mode, object_name = file.index
    if repository.succeeds("cat-file", "-e", object_name):
        repository.put_back(file.path, mode, object_name)
    else:
        planned.left.append((file.path, "git no longer holds what was in its index; add it again"))


def _revert(path: Path, backup: Backup, file: StoredFile, identities: Sequence[Path]) -> None:
    if file.stored:
        write_atomically(path, backup.bytes_of(file, identities))
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise failure(path, "removed", error) from None
