"""Retire the .env files into the target."""

from ...dotenv import planning, retire
from ...dotenv.backup import Backup, backups, base_folder
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 40
NAME = "dotenv"
TITLE = "Retire the .env files"


def look(context: Context) -> Look:
    planned = planning.plan(context.top, _request(context))
    files = [file.path for file in planned.files]
    if not files and planned.unfinished is None:
        return Look(["there is no .env file"], idle=True)
    if not context.options.target:
        return Look([f"no --to: they stay: {', '.join(files)}"], idle=True)
    values = planned.values()
    lines = [f"{file.path}: {counted(len(file.values), 'key')}" for file in planned.files]
    new = counted(len(set(values) - planned.present), "key")
    lines.append(f"imports {new} to {context.options.target}")
    return Look([*lines, "backs up, verifies byte for byte, then untracks and removes"])


def act(context: Context) -> Done:
    if not context.options.target:
        return Done()
    planned = planning.plan(context.top, _request(context))
    backup = retire.retire(planned) or _of_this_commit(context)
    if backup is None:
        return Done()
    manifest = backup.manifest
    tracked = tuple(file.path for file in manifest.files if file.index is not None)
    return Done(
        [f"backup: {backup.folder}"],
        "Take .env files out of the repository",
        (*tracked, *(file.path for file in manifest.changed)),
    )


def _of_this_commit(context: Context) -> Backup | None:
    """Return the backup of a run that retired the files and was stopped before the commit."""
    base = base_folder(context.repository, None, make=False)
    found = [
        one
        for one in backups(base)
        if one.manifest.state == "retired" and one.manifest.head == context.repository.head
    ]
    return found[-1] if found else None


def _request(context: Context) -> planning.Request:
    return planning.Request(
        target=context.options.target,
        recipients=context.options.recipients,
        # The migration itself looks after changes that are not committed.
        allow_dirty=True,
    )
