"""Retire the .env files into the target, but for what other programs read."""

from collections.abc import Iterator
from dataclasses import replace

from ...dotenv import planning, retire
from ...dotenv.backup import Backup, backups, base_folder
from ...dotenv.request import Request
from ...dotenv.telling import told
from ...ignores import NAME as GITIGNORE
from ...wording import counted
from ..retiring import request
from ..step import Context, Done, Look, Part
from .codemod import rewritten

ORDER = 40
NAME = "dotenv"
TITLE = "Retire the .env files"


def look(context: Context) -> Look:
    planned = planning.plan(context.top, _request(context))
    files = [file.path for file in planned.reading.files]
    if not files and planned.unfinished is None:
        return Look(["there is no .env file"], idle=True)
    if not context.options.target:
        return Look([f"no --to: they stay: {', '.join(files)}"], idle=True)
    staying = list(_staying(planned))
    if not planned.files and planned.unfinished is None:
        return Look(["no key can go", *staying], idle=True)
    lines = [
        f"{file.path}: {counted(len(planned.decisions[file.path].goes), 'key')}"
        + ("" if planned.decisions[file.path].removes else ", and the file stays with the others")
        for file in planned.files
    ]
    new = counted(len(set(planned.values()) - planned.present), "key")
    lines.append(f"imports {new} to {context.options.target}")
    lines.append("backs up, verifies byte for byte, then untracks and removes")
    entries = retire.ignored_from_now_on(planned)
    part = Part(GITIGNORE, [f"+{entry}" for entry in entries], optional=True)
    return Look([*lines, *staying], parts=(part,) if entries else ())


def act(context: Context) -> Done:
    if not context.options.target:
        return Done()
    asked = replace(_request(context), gitignore=GITIGNORE not in context.declined)
    planned = planning.plan(context.top, asked)
    backup = retire.retire(planned) or _of_this_commit(context)
    if backup is None:
        return Done()
    manifest = backup.manifest
    tracked = tuple(file.path for file in manifest.files if file.index is not None)
    return Done(
        [f"backup: {backup.folder}", *_staying(planned)],
        "Take .env files out of the repository",
        (*tracked, *(file.path for file in manifest.changed)),
    )


def _staying(planned: planning.Plan) -> Iterator[str]:
    """Yield what stays, by whom it is read, and what would change that."""
    for path, decision in planned.decisions.items():
        for one in told(decision):
            keys = f"{one.named}: " if one.keys else ""
            yield f"{path} keeps {keys}{one}; to change that, {one.remedy}"
    for path, decision in planned.overruled.items():
        for one in told(decision):
            yield f"{path} loses {one.named or 'its name'} although {one}"


def _of_this_commit(context: Context) -> Backup | None:
    """Return the backup of a run that retired the files and was stopped before the commit."""
    base = base_folder(context.repository, None, make=False)
    found = [
        one
        for one in backups(base)
        if one.manifest.state == "retired" and one.manifest.head == context.repository.head
    ]
    return found[-1] if found else None


def _request(context: Context) -> Request:
    """Return the request, with the reads that the codemod will leave by its own word."""
    asked = request(context, target=context.options.target)
    if not asked.target or asked.everything or not asked.rewrites:
        return asked
    left = {
        (context.relative(edit.path), edit.line): edit.reason
        for outcome in rewritten(context, write=False).outcomes
        for edit in outcome.edits
        if edit.action == "left"
    }
    return replace(asked, left=left)
