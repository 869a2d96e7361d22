"""`hushflake dotenv backups`: what retired .env files and moved secrets have left behind."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import say, say_table

from ..errors import OK
from ..groups import Group
from ..output import confirmed, is_terminal, print_json

if TYPE_CHECKING:
    from hushflake.remediation.dotenv.stored import Stored

_PATH = click.Path(path_type=Path)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class _Age(click.ParamType[timedelta]):
    """A length of time such as `30d`."""

    name = "age"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        match = re.fullmatch(r"(\d{1,5})([hdw])", str(value))
        if match is None:
            self.fail(f"{value}: write hours, days or weeks, such as 12h, 30d or 8w", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


def _choosing(command: Callable[..., int]) -> Callable[..., int]:
    """Add what chooses the backups."""
    for option in (
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text"),
        click.option("--backup-dir", type=_PATH, help="Where they are. [default: as for retire]"),
        click.option(
            "--backup", "chosen", multiple=True, type=_PATH, metavar="FOLDER",
            help="These backups alone. Repeatable.",
        ),
        click.option("--all", "everywhere", is_flag=True, help="The backups of all repositories."),
        click.argument("path", default=".", type=_PATH),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group(cls=Group)
def backups() -> None:
    """List, encrypt or remove the backups of retired .env files and of moved secrets."""


@backups.command("list")
@_choosing
def list_(form: str, **choice: Any) -> int:
    """List the backups of the repository of PATH: time, place, keys, whether they are encrypted."""
    found = _chosen(**choice)
    if form == "json":
        print_json("dotenv-backups", backups=[_fields(one) for one in found])
    else:
        _print(found)
    return OK


@backups.command()
@_choosing
@click.option(
    "--age-recipient", "recipients", multiple=True, required=True, metavar="RECIPIENT",
    help="Encrypt for this age recipient or SSH key. Repeatable.",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Encrypt. Without it, only show what would be.")
def encrypt(recipients: tuple[str, ...], write: bool, form: str, **choice: Any) -> int:
    """Encrypt backups that lie open, and remove their plain text.

    Each file is encrypted, read back from the disk and decrypted in memory; only when it is what
    was backed up does the plain text go. `dotenv restore --identity FILE` restores from it.
    """
    from hushflake.remediation.dotenv import age, stored

    age.check(recipients)
    found = [one for one in _chosen(**choice) if one.plain and one.state not in _NOT_NOW]
    if write:
        for one in found:
            stored.encrypt(one, recipients)
    if form == "json":
        print_json("dotenv-backups", written=write, backups=[_fields(one) for one in found])
        return OK
    _print(found)
    done = "Encrypted" if write else "Would encrypt"
    say(f"{done} {_counted(found)}.{'' if write or not found else ' --write does it.'}")
    return OK


@backups.command()
@_choosing
@click.option(
    "--older-than", type=_Age(), metavar="AGE", help="Only those, such as 12h, 30d or 8w."
)
@click.option("--write", is_flag=True, help="Remove. Without it, only show what would be removed.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
def purge(older_than: timedelta | None, write: bool, yes: bool, form: str, **choice: Any) -> int:
    """Remove backups. What they hold cannot be restored afterwards; values stay in the store.

    A backup of something that was interrupted is never removed.
    """
    from hushflake.remediation.dotenv import stored

    if write and not yes and (form == "json" or not is_terminal()):
        raise click.UsageError("without a terminal to ask on: say --yes")
    found = [one for one in _chosen(**choice) if one.state != "underway"]
    if older_than is not None:
        found = stored.older_than(found, older_than)
    if form != "json":
        _print(found)
    removes = write and bool(found) and (yes or confirmed(f"Remove {_counted(found)} for good?"))
    if removes:
        for one in found:
            stored.purge(one)
    if form == "json":
        print_json("dotenv-backups", written=removes, backups=[_fields(one) for one in found])
    elif removes:
        say(f"Removed {_counted(found)}.")
    elif write:
        say("Nothing was removed.")
    else:
        say(f"Would remove {_counted(found)}.{' --write does it.' if found else ''}")
    return OK


_NOT_NOW = frozenset({"underway", "purging", "damaged"})


def _chosen(
    path: Path, chosen: tuple[Path, ...], backup_dir: Path | None, everywhere: bool
) -> "list[Stored]":
    from hushflake.remediation.dotenv import stored
    from hushflake.remediation.errors import RemediationError
    from hushflake.remediation.git import Repository

    if everywhere:
        bases = stored.all_bases()
    else:
        bases = stored.bases_of(Repository.of(path.absolute()), backup_dir)
    found = stored.stored(bases)
    if not chosen:
        return found
    wanted = [folder.resolve() for folder in chosen]
    for folder in wanted:
        if folder not in {one.folder.resolve() for one in found}:
            raise RemediationError(
                f"{folder}: is not among these backups; `hushflake dotenv backups list --all` "
                "shows all"
            )
    return [one for one in found if one.folder.resolve() in wanted]


def _print(found: "list[Stored]") -> None:
    rows = [
        (
            one.created.strftime("%Y-%m-%d %H:%M") if one.created else "unknown",
            one.state,
            one.backup.manifest.target if one.backup else "",
            "unknown" if (keys := one.keys()) is None else keys,
            _protection(one),
            str(one.folder),
        )
        for one in found
    ]
    if rows:
        say_table(
            ["made (UTC)", "state", "moved to", "keys", "encrypted", "folder"], rows, right=[3]
        )
        say()
    for one in found:
        if one.problem:
            say(f"damaged: {one.problem}")
    plain = sum(bool(one.plain) for one in found)
    if not found:
        say("No backups.")
    elif plain:
        say(f"{plain} of {len(found)} can be read by whoever reads your files.")


def _protection(one: "Stored") -> str:
    if not one.files:
        return "empty"
    return "yes" if not one.plain else "no" if len(one.plain) == len(one.files) else "partly"


def _fields(one: "Stored") -> dict[str, Any]:
    manifest = one.backup.manifest if one.backup else None
    return {
        "folder": str(one.folder),
        "kind": one.kind,
        "state": one.state,
        "created": manifest.created if manifest else None,
        "repository": manifest.repository if manifest else None,
        "target": manifest.target if manifest else None,
        "files": [file.path for file in one.files],
        "keys": one.keys(),
        "encrypted": not one.plain and bool(one.files),
        "problem": one.problem or None,
    }


def _counted(found: "list[Stored]") -> str:
    from hushflake.remediation.wording import counted

    return counted(len(found), "backup")
