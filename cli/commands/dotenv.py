"""`hushflake dotenv retire` and `restore`: .env files into a source of secrets, and back."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.write import say

from ..dotenv_report import print_restoration, print_retire, restored, retire_fields
from ..errors import FINDINGS, OK
from ..groups import Group
from ..output import confirmed, is_terminal, print_json
from ..targets import CREATE, TARGETS
from .dotenv_backups import backups

if TYPE_CHECKING:
    from hushflake.remediation.dotenv.planning import Plan

_PATH = click.Path(path_type=Path)


@click.group(cls=Group)
def dotenv() -> None:
    """Retire .env files into a store, restore them, keep their backups."""


dotenv.add_command(backups)


@dotenv.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=_PATH)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help=f"Where the values go: {TARGETS}.",
)
@click.option(
    "--write", is_flag=True, help="Make the changes. Without it, only show what would happen."
)
@click.option("--check", is_flag=True, help="Exit 1 if a .env file has a key to retire.")
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
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Retire every key, also those that other programs read, and those that nothing reads.",
)
@click.option("--create", is_flag=True, help=CREATE)
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
@click.option(
    "--gitignore/--no-gitignore",
    default=None,
    help="Add what .gitignore lacks for the files that go, or not. [default: ask, on a terminal]",
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
    everything: bool,
    create: bool,
    recipients: tuple[str, ...],
    backup_dir: Path | None,
    allow_dirty: bool,
    gitignore: bool | None,
    form: str,
) -> int:
    """Import .env files into a store, verify, back up, and only then remove them.

    A key goes only when everything that reads it reads the store: what Docker Compose, a shell
    script, an npm package or a settings class needs stays in the file, and is listed with its
    reader. Finds .env files (not templates) and reads them as the code base's loader does. Stops
    with a list wherever a value could be read in two ways. With --write --to TARGET: backs up,
    imports, reads every key back and compares it byte for byte, untracks and removes files and
    keys. If interrupted, run it again to resume. `dotenv restore` undoes it. Nothing is committed,
    and git history is never rewritten.
    """
    from hushflake.remediation.dotenv import history, planning
    from hushflake.remediation.dotenv import retire as part
    from hushflake.remediation.dotenv.request import Request

    if write and not target:
        raise click.UsageError("--write needs --to: name the store for the values")
    request = Request(
        paths, target, loader, interpolation, frozenset(plain), recipients, backup_dir,
        allow_dirty, create, everything, gitignore is not False,
    )  # fmt: skip
    planned = planning.plan(Path(), request)
    backup = None
    if write:
        if gitignore is None and form != "json" and not _agreed(planned):
            planned.request = replace(request, gitignore=False)
        with progress("Retiring", quiet=form == "json") as shown:
            backup = part.retire(planned, lambda step: shown.step(part.STEPS[step]))
    held = history.held_in_history(planned.repository)
    if form == "json":
        print_json("dotenv-retire", **retire_fields(planned, backup, held))
    else:
        print_retire(planned, backup, held, write=write)
    return FINDINGS if check and not write and planned.is_open else OK


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
        print_json("dotenv-restore", written=write, **restored(planned))
    else:
        print_restoration(planned, write)
    left = planned.write or planned.complete
    return FINDINGS if check and not write and left else OK


def _agreed(planned: "Plan") -> bool:
    """Ask whether `.gitignore` may get what it lacks; where nobody can answer, --write says so."""
    from hushflake.remediation.dotenv.retire import ignored_from_now_on

    entries = ignored_from_now_on(planned)
    if not entries or not is_terminal():
        return True
    for entry in entries:
        say(f".gitignore: {entry}")
    return confirmed("Add this to .gitignore, so that nobody adds the file again?")
