"""`hushflake migrate`: the guided whole, step by step on a branch of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import OK
from ..output import is_terminal, print_json, styled

if TYPE_CHECKING:
    from hushflake.remediation.migrate.migration import Migration
    from hushflake.remediation.migrate.step import Step

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("path", default=".", type=_PATH)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help="Where .env files go: esc:ORGANISATION/PROJECT/ENVIRONMENT or keyring:NAME.",
)
@click.option(
    "--accessor",
    type=_PATH,
    metavar="MODULE.py",
    help="Write this accessor module. [default: use the one that is configured]",
)
@click.option(
    "--branch",
    default="hushflake/migrate",
    show_default=True,
    metavar="NAME",
    help="The branch to make and to work on.",
)
@click.option("--skip", multiple=True, metavar="STEP", help="Leave a step out. Repeatable.")
@click.option("--yes", is_flag=True, help="Carry out every step without asking.")
@click.option("--dry-run", is_flag=True, help="Show what each step would do, and do nothing.")
@click.option(
    "--allow-dirty",
    is_flag=True,
    help="Go on although tracked files have changes; those stay uncommitted.",
)
@click.option(
    "--age-recipient",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt the backup of .env files for this age recipient. Repeatable.",
)
@click.option(
    "--report",
    type=_PATH,
    metavar="FILE",
    help="Where the report goes. [default: .hushflake/report.html]",
)
@click.option(
    "--hooks",
    is_flag=True,
    help="Run the repository's own commit hooks: programs of whoever made it.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def migrate(
    path: Path,
    target: str,
    accessor: Path | None,
    branch: str,
    skip: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    allow_dirty: bool,
    recipients: tuple[str, ...],
    report: Path | None,
    hooks: bool,
    form: str,
) -> int:
    """Migrate the repository at PATH, one confirmed step after the other.

    Doctor, inventory, accessor module, .env files, codemod, check, clean-up, report: on a new
    branch, with a commit for each step that changes files. Interrupted, the same command goes
    on where it was. At the end it tells how to take everything back.
    """
    from hushflake.remediation.migrate.migration import Migration
    from hushflake.remediation.migrate.step import Options

    if not (yes or dry_run or (is_terminal() and form == "text")):
        raise click.UsageError("without a terminal to ask on: say --yes, or --dry-run to look")
    options = Options(
        target, accessor, branch, frozenset(skip), allow_dirty, recipients, report, hooks
    )
    migration = Migration.open(path, options)
    say: Callable[[str], None] = _silent if form == "json" else click.echo
    if migration.resumed:
        say(f"Going on with the migration on the branch {migration.state.branch}.")
        for name in migration.uncommitted():
            say(f"  not committed yet, goes into the next commit: {name}")
    completed = _walk(migration, yes=yes, dry_run=dry_run, echo=say)
    if form == "json":
        _print_json(migration, dry_run)
    elif completed and not dry_run:
        _print_end(migration)
    return OK


def _walk(migration: "Migration", *, yes: bool, dry_run: bool, echo: Callable[[str], None]) -> bool:
    """Go through the steps; return whether all are behind us."""
    steps = list(migration.remaining())
    if not dry_run:
        # What stops a migration stops it before there is a branch.
        for step in steps[:1]:
            step.look(migration.context)
        migration.begin()
    for number, step in enumerate(steps, start=1):
        echo(styled(f"\n{number}/{len(steps)}  {step.TITLE}", bold=True))
        if not _take(migration, step, yes=yes, dry_run=dry_run, echo=echo):
            echo("Stopped. The same command goes on from here.")
            return False
    if not dry_run:
        migration.finish()
    return True


def _take(
    migration: "Migration", step: "Step", *, yes: bool, dry_run: bool, echo: Callable[[str], None]
) -> bool:
    """Show a step, ask, and carry it out. Return False to stop."""
    is_skipped = step.NAME in migration.context.options.skip
    seen = None if is_skipped else step.look(migration.context)
    for line in ["skipped"] if seen is None else seen.lines:
        echo(f"  {line}")
    if dry_run:
        return True
    if seen is None:
        migration.note(step, "skipped")
        return True
    if seen.idle and not migration.uncommitted():
        migration.note(step, "idle")
        return True
    answer = "y" if yes else _ask(step)
    if answer == "s":
        migration.note(step, "skipped")
    if answer == "y":
        done, commit = migration.perform(step)
        for line in done.lines:
            echo(f"  {line}")
        if commit:
            echo(styled(f"  commit {commit[:12]}", fg="green"))
    return answer != "q"


def _silent(_line: str) -> None:
    """Say nothing: a JSON document is all that is printed."""


def _ask(step: "Step") -> str:
    answer: str = click.prompt(
        f"  {step.NAME}: do it, skip it, or quit",
        type=click.Choice(["y", "s", "q"]),
        default="y",
        show_choices=True,
    )
    return answer


def _print_end(migration: "Migration") -> None:
    from hushflake.remediation.wording import counted

    state = migration.state
    commits = [record for record in state.records if record.commit]
    click.echo(styled(f"\nDone: {counted(len(commits), 'commit')} on {state.branch}.", bold=True))
    if state.excluded:
        click.echo(f"Not committed, because they had changes of yours: {', '.join(state.excluded)}")
    click.echo("To take everything back:")
    for command in migration.undo():
        click.echo(f"  {command}")


def _print_json(migration: "Migration", dry_run: bool) -> None:
    state = migration.state
    print_json(
        "migrate",
        branch=state.branch,
        start={"branch": state.start_branch or None, "commit": state.start_commit},
        dry_run=dry_run,
        finished=state.finished,
        steps=[
            {"step": record.step, "outcome": record.outcome, "commit": record.commit or None}
            for record in state.records
        ],
        not_committed=state.excluded,
        undo=migration.undo(),
    )
