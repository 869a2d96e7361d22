"""`hushflake dotenv retire` and `restore`: .env files into a source of secrets, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..errors import FINDINGS, OK
from ..groups import Group
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.remediation.dotenv.backup import Backup
    from hushflake.remediation.dotenv.history import Held
    from hushflake.remediation.dotenv.planning import Plan
    from hushflake.remediation.dotenv.restore import Restoration

_PATH = click.Path(path_type=Path)
_SHOWN = 10


@click.group(cls=Group)
def dotenv() -> None:
    """Retire .env files into Pulumi ESC or a keyring, or restore them."""


@dotenv.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=_PATH)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help="esc:ORGANISATION/PROJECT/ENVIRONMENT or keyring:NAME.",
)
@click.option(
    "--write", is_flag=True, help="Make the changes. Without it, only show what would happen."
)
@click.option("--check", is_flag=True, help="Exit 1 if there is a .env file to retire.")
@click.option(
    "--loader",
    type=click.Choice(["auto", "python-dotenv", "decouple"]),
    default="auto",
    show_default=True,
    help="Which library's rules to read the files by: the one that the code imports, or this one.",
)
@click.option(
    "--interpolation",
    type=click.Choice(["stop", "keep", "expand"]),
    default="stop",
    show_default=True,
    help="What to do if ${NAME} changes a value.",
)
@click.option(
    "--plain",
    multiple=True,
    metavar="KEY",
    help="Keep this key as plain text in the target; all others are secrets. Repeatable.",
)
@click.option("--create", is_flag=True, help="Create the ESC environment if it does not exist.")
@click.option(
    "--age-recipient",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt the backup for this age recipient or SSH key. Repeatable.",
)
@click.option(
    "--backup-dir", type=_PATH, help="Where to write backups. [default: outside the work tree]"
)
@click.option(
    "--allow-dirty", is_flag=True, help="Continue even if tracked files have uncommitted changes."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def retire(
    paths: tuple[Path, ...],
    target: str,
    write: bool,
    check: bool,
    loader: str,
    interpolation: Any,
    plain: tuple[str, ...],
    create: bool,
    recipients: tuple[str, ...],
    backup_dir: Path | None,
    allow_dirty: bool,
    form: str,
) -> int:
    """Import .env files into a source of secrets, verify, back up, and only then remove them.

    Finds .env files (not templates) and reads them as the code base's loader does. Stops with a
    list wherever a value could be read in two ways. With --write --to TARGET: backs up, imports,
    reads every key back and compares it byte for byte, adds ignore entries and .env.example,
    untracks and removes the files. If interrupted, run it again to resume. `dotenv restore`
    undoes it. Nothing is committed, and git history is never rewritten.
    """
    from hushflake.remediation.dotenv import history, planning
    from hushflake.remediation.dotenv import retire as part

    if write and not target:
        raise click.UsageError("--write needs --to: name the store for the values")
    request = planning.Request(
        paths, target, loader, interpolation, frozenset(plain), recipients, backup_dir,
        allow_dirty, create,
    )  # fmt: skip
    planned = planning.plan(Path(), request)
    backup = None
    if write:
        with progress("Retiring", quiet=form == "json") as shown:
            backup = part.retire(planned, lambda step: shown.step(part.STEPS[step]))
    held = history.held_in_history(planned.repository)
    if form == "json":
        _print_json(planned, backup, held)
    else:
        _print_plan(planned, write)
        _print_after(planned, backup, held)
    return FINDINGS if check and not write and planned.files else OK


@dotenv.command()
@click.argument("path", default=".", type=_PATH)
@click.option(
    "--write", is_flag=True, help="Make the changes. Without it, only show what would happen."
)
@click.option("--check", is_flag=True, help="Exit 1 if there is something to restore.")
@click.option("--backup", "chosen", type=_PATH, help="This backup. [default: the newest]")
@click.option("--backup-dir", type=_PATH, help="Where backups are. [default: as for retire]")
@click.option(
    "--identity",
    "identities",
    multiple=True,
    type=_PATH,
    metavar="FILE",
    help="An age identity that decrypts the backup. Repeatable.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def restore(
    path: Path,
    write: bool,
    check: bool,
    chosen: Path | None,
    backup_dir: Path | None,
    identities: tuple[Path, ...],
    form: str,
) -> int:
    """Restore the files that `dotenv retire` removed from the repository of PATH.

    Files are restored with their content, permissions and times, and are tracked again if git
    tracked them. Existing files are never overwritten. Values stay in the target.
    """
    from hushflake.remediation.dotenv import restore as part
    from hushflake.remediation.git import Repository

    repository = Repository.of(path.absolute())
    backup = part.find_backup(repository, backup_dir, chosen)
    planned = part.plan(repository, backup, identities)
    if write:
        part.restore(repository, planned, identities)
    if form == "json":
        print_json("dotenv-restore", written=write, **_restored(planned))
    else:
        _print_restoration(planned, write)
    return FINDINGS if check and not write and planned.write else OK


# -- retire ---------------------------------------------------------------------------------


def _print_plan(planned: "Plan", write: bool) -> None:
    if planned.unfinished is not None:
        say("Resuming an interrupted retirement.")
    rows = [
        (file.path, "tracked" if file.path in planned.tracked else "untracked", len(file.values))
        for file in planned.files
    ]
    if rows:
        say_table(["file", "in git", "keys"], rows, right=[2])
        say(f"Read as {' and '.join(planned.loaders)} reads them.")
        say()
    for path, reason in planned.reading.left:
        say(f"left: {path}: {reason}")
    for path in planned.submodules:
        say(f"left: {path}: is a submodule; retire its files by themselves")
    for use in planned.uses:
        say(
            f"{use.path}:{use.line}: {use.kind} reads {use.file}: it breaks when the file is "
            "removed"
        )
    for file in planned.files:
        for key in file.bare:
            say(f"{file.path}: {key}: has no value: it is not imported")
    if not rows:
        say("No .env file found.")
    elif not write:
        _print_intention(planned)


def _print_intention(planned: "Plan") -> None:
    keys = planned.values()
    target = planned.request.target
    if target:
        new = sorted(set(keys) - planned.present)
        say(f"{target} holds {len(planned.present)} of these keys with the same values.")
        if new:
            say(f"Would import {len(new)}: {', '.join(new)}")
        say("Would back up, verify, untrack and remove the files. --write does it.")
    else:
        say(f"Keys: {', '.join(sorted(keys))}")
        say("Name a target with --to to see what would be imported.")


def _print_after(planned: "Plan", backup: "Backup | None", held: list["Held"]) -> None:
    from hushflake.remediation.wording import counted

    if backup is not None:
        from hushflake.remediation.dotenv.targets import TargetOptions, open_target

        keys = planned.values()
        done = f"Retired {counted(len(planned.files), 'file')}, {counted(len(keys), 'key')}."
        say(styled(done, bold=True))
        say(f"Backup: {backup.folder} (hushflake dotenv restore --write restores it)")
        say("Next: git add .gitignore .env.example, look at git status, and commit.")
        if planned.tracked:
            say(
                "When teammates pull that commit, git deletes their .env: ask them to run "
                "`hushflake dotenv retire` or to copy the file away first."
            )
        target = open_target(planned.request.target, TargetOptions())
        say(target.advice(keys))
    if held:
        say()
        say(f"Git history still holds {counted(len(held), 'version')} of .env files:")
        for one in held[:_SHOWN]:
            say(f"  {one.commit[:12]} {one.path}: {', '.join(one.keys) or 'no keys'}")
        if len(held) > _SHOWN:
            say(f"  and {len(held) - _SHOWN} more (--format json lists them)")
        say(
            "Change these secrets where they are issued: anyone with a clone has them. Rewriting "
            "history does not undo that, and is left to you."
        )


def _print_json(planned: "Plan", backup: "Backup | None", held: list["Held"]) -> None:
    print_json(
        "dotenv-retire",
        target=planned.request.target or None,
        written=backup is not None,
        resumed=planned.unfinished is not None,
        loaders=list(planned.loaders),
        files=[
            {
                "path": file.path,
                "tracked": file.path in planned.tracked,
                "keys": list(file.values),
                "without_value": list(file.bare),
            }
            for file in planned.files
        ],
        present=sorted(planned.present),
        left=[{"path": path, "reason": reason} for path, reason in planned.reading.left],
        submodules=planned.submodules,
        uses=[vars(use) for use in planned.uses],
        backup=str(backup.folder) if backup else None,
        history=[{"commit": one.commit, "path": one.path, "keys": list(one.keys)} for one in held],
    )


# -- restore --------------------------------------------------------------------------------


def _restored(planned: "Restoration") -> dict[str, Any]:
    return {
        "backup": str(planned.backup.folder),
        "files": [file.path for file in planned.write],
        "there_already": [file.path for file in planned.there],
        "tracked_again": [file.path for file in planned.track],
        "reverted": [file.path for file in planned.revert],
        "left": [{"path": path, "reason": reason} for path, reason in planned.left],
    }


def _print_restoration(planned: "Restoration", write: bool) -> None:
    would = "" if write else "would be "
    for text, files in (
        ("put back", planned.write),
        ("tracked by git again", planned.track),
        ("as it was before", planned.revert),
    ):
        for file in files:
            say(f"{file.path}: {would}{text}")
    for file in planned.there:
        say(f"{file.path}: exists already, with the same content")
    for path, reason in planned.left:
        say(f"left: {path}: {reason}")
    manifest = planned.backup.manifest
    done = "moved" if manifest.keys else "retired"
    say(f"From {planned.backup.folder}, {done} to {manifest.target}.")
    say("Restored." if write else "--write does it. Values stay in the target.")
