"""Retires .env files, one safe step after the other; keys that others need stay in them.

backup -> import -> verify -> ignore -> untrack -> remove. Each step finds out by itself what is
left to do, so that the same command, run again after an interruption, goes on where it was.
Nothing is removed in a run that has not itself read every value back from the target.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..errors import RemediationFailureError
from ..files import failure, read_regular, sweep, sync_folder, write_atomically
from ..git import Repository
from ..ignores import NAME as GITIGNORE
from ..ignores import entry_for, missing_entries, plan_entries
from . import example
from .backup import Backup, Manifest, StoredFile, base_folder, locked
from .keeping import keep, verify
from .planning import Plan, target_of
from .reading import LARGEST

STEPS = {
    "backup": "Back up the files",
    "import": "Import the keys that are new",
    "verify": "Read every key back and compare it byte for byte",
    "ignore": "Ignore the files that go, write .env.example with names only",
    "untrack": "Take the files out of git's index",
    "remove": "Remove the files, and the keys of files that stay",
}

OnStep = Callable[[str], None]


def retire(planned: Plan, on_step: OnStep = lambda _step: None) -> Backup | None:
    """Do what a plan says. Run again after an interruption with a new plan.

    Args:
        planned: A plan with a target.
        on_step: Called with each of `STEPS` before it begins.

    Returns:
        The backup, None when there was nothing to do.

    Raises:
        RemediationError: A step stopped; what it says tells what was done.
    """
    if not planned.files and planned.unfinished is None:
        return None
    request, repository = planned.request, planned.repository
    repository.require_written_here()
    base = base_folder(repository, request.backup_folder)
    with locked(base):
        target = target_of(request)
        on_step("backup")
        backup = planned.unfinished or _new_backup(planned, base)
        _back_up(backup, planned)
        values = planned.values()
        on_step("import")
        keep(target, values)
        on_step("verify")
        verify(target, values)
        on_step("ignore")
        _ignore(backup, planned)
        on_step("untrack")
        repository.untrack([file.path for file in planned.removed])
        on_step("remove")
        _remove(planned)
        backup.manifest.state = "retired"
        backup.save()
    return backup


def _new_backup(planned: Plan, base: Path) -> Backup:
    repository = planned.repository
    manifest = Manifest(
        repository=str(repository.top),
        target=planned.request.target,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        head=repository.head,
        recipients=list(planned.request.recipients),
    )
    return Backup.create(base, manifest)


def _back_up(backup: Backup, planned: Plan) -> None:
    """Keep every file that is not certainly kept already: changed since, or encrypted."""
    known = {file.path: file for file in backup.manifest.files}
    for file in planned.files:
        old = known.get(file.path)
        keys = list(planned.decisions[file.path].goes)
        if old is not None and old.keys == keys and backup.holds(old, file.data):
            continue
        index = planned.repository.index_entry(file.path)
        if old is not None and index is None:
            index = old.index  # untracked by the run that was interrupted
        entry = StoredFile(
            file.path, mode=file.mode, mtime_ns=file.mtime_ns, index=index, keys=keys
        )
        known[file.path] = backup.store(entry, file.data)
        # The manifest is saved file by file: what it names is always there.
        backup.manifest.files = list(known.values())
        backup.save()


def _ignore(backup: Backup, planned: Plan) -> None:
    repository = planned.repository
    change = plan_entries(repository, ignored_from_now_on(planned), "Secrets are kept elsewhere")
    if change.added:
        _replace(backup, repository, GITIGNORE, change.before, change.after)
    folders: dict[str, list[str]] = {}
    for file in planned.files:
        folder = file.path.rpartition("/")[0]
        kept = planned.decisions[file.path].stays
        folders.setdefault(folder, []).extend(key for key in file.keys if key not in kept)
    for folder, keys in folders.items():
        name = f"{folder}/{example.NAME}".lstrip("/")
        path = repository.top / name
        # One that git ignores would reach nobody.
        if not keys or path.is_symlink() or repository.ignored_by_tree(name):
            continue
        before = read_regular(path, LARGEST) if path.exists() else b""
        # One that is too large to be a list of names stays as it is.
        if before is not None:
            before = before if path.exists() else None
            _replace(backup, repository, name, before, example.with_names(before, keys))


def ignored_from_now_on(planned: Plan) -> list[str]:
    """Return the entries that `.gitignore` lacks, so that no file that goes is added again."""
    if not planned.request.gitignore:
        return []
    wanted = {entry_for(file.path.rpartition("/")[2]): file.path for file in planned.removed}
    return missing_entries(planned.repository, wanted)


def _replace(
    backup: Backup, repository: Repository, name: str, before: bytes | None, after: bytes
) -> None:
    """Write a file of the work tree, with what it held before noted in the backup."""
    path = repository.top / name
    sweep(path)
    if before == after:
        return
    backup.note_change(name, before, after)
    backup.save()
    write_atomically(path, after)


def _remove(planned: Plan) -> None:
    for file in planned.files:
        path = planned.repository.top / file.path
        kept = planned.kept(file)
        try:
            now = read_regular(path, LARGEST)
            if now != file.data:
                raise RemediationFailureError(
                    f"{file.path}: was changed while it was retired, and stays; "
                    "run the same command again"
                )
            if kept is not None:
                write_atomically(path, kept)
                continue
            path.unlink()
            sync_folder(path.parent)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise failure(file.path, "removed", error) from None
