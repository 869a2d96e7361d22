"""`hushflake migrate`: the guided whole, step by step on a branch of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.text import Text, styled
from hushflake.terminal.write import say

from ..errors import FINDINGS, OK
from ..migrate_report import print_document, print_end, print_worse
from ..output import asked, confirmed, is_terminal
from ..renamed import output_option
from ..targets import CREATE, TARGETS

if TYPE_CHECKING:
    from hushflake.remediation.migrate.migration import Migration
    from hushflake.remediation.migrate.step import Look, Options, Step

_PATH = click.Path(path_type=Path)
# Prints a line; the second parameter says whether it may be wrapped.
_Echo = Callable[..., None]


@click.command()
@click.argument("path", default=".", type=_PATH)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help=f"Where .env files go: {TARGETS}.",
)
@click.option(
    "--accessor",
    type=_PATH,
    metavar="MODULE.py",
    help="Write this accessor module. [default: the configured one, which is hushflake.config]",
)
@click.option(
    "--accessor-name",
    default="",
    metavar="DOTTED",
    help="What code imports it by. [default: found from the repository's imports]",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Retire every key of the .env files, also those that other programs read.",
)
@click.option("--create", is_flag=True, help=CREATE)
@click.option(
    "--loader",
    type=click.Choice(["auto", "python-dotenv", "decouple"]),
    default="auto",
    show_default=True,
    help="Which library's rules to read .env files by: the one that the code imports, or this one.",
)
@click.option(
    "--interpolation",
    type=click.Choice(["stop", "keep", "expand"]),
    default="stop",
    show_default=True,
    help="What to do if ${NAME} changes a value of a .env file.",
)
@click.option(
    "--requirement",
    metavar="REQUIREMENT",
    help="What is added to the project's dependencies, such as 'hushflake @ git+https://…@COMMIT'. "
    "[default: what installs this version]",
)
@click.option(
    "--try",
    "imports",
    is_flag=True,
    help="Import each changed module, before and after. Runs the project's code.",
)
@click.option(
    "--test-command",
    default="",
    metavar="COMMAND",
    help="Run the project's tests with it, before and after, such as 'pytest -q'.",
)
@click.option(
    "--python",
    type=_PATH,
    metavar="PATH",
    help="The interpreter for --try and --test-command. [default: the project's .venv, otherwise "
    "hushflake's own]",
)
@click.option(
    "--try-timeout",
    "limit",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a module may take to import.",
)
@click.option(
    "--test-timeout",
    "test_limit",
    type=click.FloatRange(0, min_open=True),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the tests may take.",
)
@click.option(
    "--branch",
    default="hushflake/migrate",
    show_default=True,
    metavar="NAME",
    help="The branch to create and work on.",
)
@click.option("--skip", multiple=True, metavar="STEP", help="Leave a step out. Repeatable.")
@click.option("--yes", is_flag=True, help="Carry out every step without asking.")
@click.option("--dry-run", is_flag=True, help="Show what each step would do, without doing it.")
@click.option(
    "--allow-dirty",
    is_flag=True,
    help="Continue even if tracked files have changes; those stay uncommitted.",
)
@click.option(
    "--age-recipient",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt the backup of .env files for this age recipient. Repeatable.",
)
@output_option(
    "Where to write the report. [default: .hushflake/report.html]",
    name="report",
    former=("--report",),
)
@click.option(
    "--hooks",
    is_flag=True,
    help="Run the repository's own commit hooks. They are programs from that repository.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def migrate(path: Path, *, yes: bool, dry_run: bool, form: str, **values: Any) -> int:
    """Migrate the repository at PATH, one confirmed step at a time.

    Inventory, dependency, accessor module, .env files, codemod, check, clean-up, report: on a
    new branch, with a commit for each step that changes files. With --try or --test-command it
    runs the project's code, before and after the rewrite, and ends with exit code 1 if something
    is worse. If interrupted, run it again to resume. It ends by printing what remains to be
    done and how to undo everything.
    """
    from hushflake.remediation.errors import WorseError
    from hushflake.remediation.migrate.migration import Migration

    if not (yes or dry_run or (is_terminal() and form == "text")):
        raise click.UsageError("without a terminal to ask on: say --yes, or --dry-run to look")
    asks = not (yes or dry_run)
    migration = Migration.open(path, _options(asks=asks, **values))
    echo: _Echo = _silent if form == "json" else say
    if migration.resumed:
        echo(f"Resuming the migration on the branch {migration.state.branch}.")
        for name in migration.uncommitted():
            echo(f"  not committed yet, goes into the next commit: {name}")
    try:
        completed = _walk(migration, yes=yes, dry_run=dry_run, echo=echo)
    except WorseError as error:
        if form == "json":
            print_document(migration, dry_run, error)
        else:
            print_worse(migration, error)
        return FINDINGS
    if form == "json":
        print_document(migration, dry_run)
    elif completed and not dry_run:
        print_end(migration)
    return OK


def _options(*, requirement: str | None, skip: tuple[str, ...], **values: Any) -> "Options":
    from hushflake.remediation.dependency.requirement import Requirement
    from hushflake.remediation.migrate.step import Options

    wanted = Requirement.parse(requirement) if requirement is not None else None
    return Options(requirement=wanted, skip=frozenset(skip), **values)


def _walk(migration: "Migration", *, yes: bool, dry_run: bool, echo: _Echo) -> bool:
    """Go through the steps; return whether all are behind us."""
    steps = list(migration.remaining())
    if not dry_run:
        # What stops a migration stops it before there is a branch.
        for step in steps[:1]:
            step.look(migration.context)
        migration.begin()
    for number, step in enumerate(steps, start=1):
        echo()
        echo(styled(f"{number}/{len(steps)}  {step.TITLE}", bold=True))
        if not _take(migration, step, yes=yes, dry_run=dry_run, echo=echo):
            echo("Stopped. Run the same command again to resume.")
            return False
    if not dry_run:
        migration.finish()
    return True


def _take(migration: "Migration", step: "Step", *, yes: bool, dry_run: bool, echo: _Echo) -> bool:
    """Show a step, ask, and carry it out. Return False to stop."""
    is_skipped = step.NAME in migration.context.options.skip
    seen = None if is_skipped else step.look(migration.context)
    for line in ["skipped"] if seen is None else seen.lines:
        echo(f"  {line}")
    for part in seen.parts if seen is not None else ():
        for line in part.lines:
            echo("    ", _of_diff(line), fit=False)
    if dry_run:
        return True
    if seen is None:
        migration.note(step, "skipped")
        return True
    if seen.idle and not migration.uncommitted():
        migration.note(step, "idle")
        return True
    answer = "y" if yes else _ask(step, seen, migration.context.options)
    if answer == "s":
        migration.note(step, "skipped")
    if answer == "y":
        migration.context.declined.clear()
        migration.context.declined.update(() if yes else _declined(seen))
        done, commit = migration.perform(step)
        for line in done.lines:
            echo(f"  {line}")
        if commit:
            echo("  ", styled(f"commit {commit[:12]}", fg="green"))
    return answer != "q"


def _declined(seen: "Look") -> list[str]:
    """Ask for each part of a step that is asked for by itself; return those not wanted."""
    several = len(seen.parts) > 1
    asked_for = [part.name for part in seen.parts if several or part.optional]
    return [name for name in asked_for if not confirmed(f"  {name}: change it?")]


def _of_diff(line: str) -> Text:
    colour = {"+": "green", "-": "red"}.get(line[:1], "")
    return styled(line, fg=colour)


def _silent(*_parts: object, **_options: object) -> None:
    """Say nothing: a JSON document is all that is printed."""


def _ask(step: "Step", seen: "Look", options: "Options") -> str:
    # Code of the project runs when somebody says so: by a flag, or here.
    wanted = "s" if seen.runs_code and not options.tries else "y"
    return asked(
        f"  {step.NAME}: do it, skip it, or quit",
        type=click.Choice(["y", "s", "q"]),
        default=wanted,
        show_choices=True,
    )
