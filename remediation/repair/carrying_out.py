"""Carries out a repair: back up -> keep -> verify -> write.

No file changes before this run has read every value back from the target. Killed at any moment,
the values are in the source, or in the backup and the target; the same command goes on.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ..dotenv.backup import Backup, Manifest, base_folder, locked
from ..dotenv.keeping import keep, verify
from ..dotenv.reading import LARGEST
from ..dotenv.targets import Target
from ..errors import RemediationError, RemediationFailureError
from ..files import failure, read_regular, sweep, write_atomically
from ..git import Repository
from ..ignores import NAME as GITIGNORE
from ..ignores import plan_entries
from .env_file import NAME as ENV_FILE
from .env_file import EnvFileTarget
from .planning import Repair, open_repair_target

STEPS = {
    "backup": "Back up the files",
    "keep": "Keep the values that are new",
    "verify": "Read every value back and compare it byte for byte",
    "write": "Write the files",
}
# No source file that is rewritten is larger.
_LARGEST_SOURCE = 1 << 28
OnStep = Callable[[str], None]


class _File(NamedTuple):
    """A file of the work tree that changes; `path` is relative to the top level."""

    path: str
    before: bytes
    after: bytes


def carry_out(repair: Repair, on_step: OnStep = lambda _step: None) -> Backup | None:
    """Do what a repair says. Run again after an interruption with a new one.

    Args:
        repair: A repair with a target, all of whose keys are decided.
        on_step: Called with each of `STEPS` before it begins.

    Returns:
        The backup, None when there was nothing to do.

    Raises:
        RemediationError: A step stopped; what it says tells what was done.
    """
    repository = repair.repository
    if repository is None or repair.undecided:
        raise RemediationError("a repair needs a repository, and a name for every key")
    changed = _files(repair, repository)
    if not changed and repair.unfinished is None:
        return None
    base = base_folder(repository, repair.request.backup_folder, kind="repair")
    with locked(base):
        target = open_repair_target(repair.request, repository)
        on_step("backup")
        backup = repair.unfinished or _new_backup(repair, repository, base)
        _back_up(backup, repair, changed)
        if target is not None:
            _keep(repository, backup, target, repair.values(), on_step)
        on_step("write")
        for file in changed:
            _write(repository.top / file.path, file)
        backup.manifest.state = "repaired"
        backup.save()
    return backup


def _files(repair: Repair, repository: Repository) -> list[_File]:
    """Return the files that change.

    Raises:
        RemediationError: One lies outside of the repository.
    """
    settings = repair.result.settings
    top = os.path.realpath(repository.top)
    found = []
    for outcome in repair.result.outcomes:
        if outcome.new is None or outcome.old is None:
            continue
        target = repair.survey.targets[settings.relative(outcome.path)]
        path = os.path.relpath(os.path.realpath(target), top)
        if path.startswith(".."):
            raise RemediationError(f"{outcome.path}: is outside the repository {top}; run it there")
        found.append(_File(path.replace(os.sep, "/"), outcome.old, outcome.new))
    return found


def _new_backup(repair: Repair, repository: Repository, base: Path) -> Backup:
    manifest = Manifest(
        repository=str(repository.top),
        target=repair.request.target,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        head=repository.head,
        recipients=list(repair.request.recipients),
    )
    return Backup.create(base, manifest)


def _back_up(backup: Backup, repair: Repair, changed: list[_File]) -> None:
    for file in changed:
        backup.note_change(file.path, file.before, file.after, secret=True)
    backup.manifest.keys = [
        (*each.place, group.key) for group in repair.plan.groups for each in group.places
    ]
    backup.save()


def _keep(
    repository: Repository,
    backup: Backup,
    target: Target,
    values: Mapping[str, str],
    on_step: OnStep,
) -> None:
    on_step("keep")
    if isinstance(target, EnvFileTarget):
        _prepare_env_file(repository, backup, target, values)
    keep(target, values)
    on_step("verify")
    verify(target, values)


def _prepare_env_file(
    repository: Repository, backup: Backup, target: EnvFileTarget, values: Mapping[str, str]
) -> None:
    """Have git ignore the file before there is anything in it, and note what it holds."""
    # An entry may be taken back behind it (`!.env`): git is asked, before and after.
    if not repository.ignored_by_tree(ENV_FILE):
        change = plan_entries(repository, [ENV_FILE], "Secrets of this machine")
        backup.note_change(GITIGNORE, change.before, change.after)
        backup.save()
        sweep(change.path)
        write_atomically(change.path, change.after)
        if not repository.ignored_by_tree(ENV_FILE):
            raise RemediationError(
                f"{change.path}: git does not ignore {ENV_FILE} although it says so; no secret "
                "was written there. Choose another target"
            )
    held = target.read(list(values))
    missing = {key: value for key, value in values.items() if key not in held}
    if missing:
        backup.note_change(ENV_FILE, target.content(), target.after(missing), secret=True)
        backup.save()
    sweep(target.path)


def _write(path: Path, file: _File) -> None:
    sweep(path)
    limit = max(LARGEST, _LARGEST_SOURCE)
    try:
        now = read_regular(path, limit)
    except OSError as error:
        raise failure(file.path, "read", error) from None
    if now == file.after:
        return
    if now != file.before:
        raise RemediationFailureError(
            f"{file.path}: was changed while it was repaired, and stays; run the same command again"
        )
    if not os.access(path, os.W_OK):
        raise RemediationFailureError(f"{file.path}: is read-only; it stays as it is")
    write_atomically(path, file.after)
