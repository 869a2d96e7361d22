"""Options that the commands on a stack share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hushflake.terminal.write import say, say_block

from .completing import stacks
from .output import confirmed

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planner
    from hushflake.deploy.session import Session
    from hushflake.schema.project import Project

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def stack_options(command: CommandT) -> CommandT:
    """Add --stack, --project and --verbose."""
    for option in (
        click.option("--verbose", is_flag=True, help="Print all SQL statements to standard error."),
        click.option(
            "--project",
            metavar="DIR",
            help="The schema project; `foundation` is the shipped one. [default: this folder "
            "or the nearest parent with hushflake.yaml]",
        ),
        click.option(
            "--stack",
            metavar="NAME",
            default="local",
            show_default=True,
            help="A stack of the project: stacks/NAME.yaml.",
            shell_complete=stacks,
        ),
    ):
        command = option(command)
    return command


def selection_options(command: CommandT) -> CommandT:
    """Add --target and --exclude."""
    for option in (
        click.option(
            "--exclude",
            "excludes",
            multiple=True,
            metavar="NAME|KIND",
            help="Leave out these objects and all that depends on them. Repeatable.",
        ),
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="NAME|KIND",
            help="Only these objects and all that they depend on. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def plan_options(command: CommandT) -> CommandT:
    """Add --full and --sql: how much of a plan is shown."""
    for option in (
        click.option(
            "--sql",
            is_flag=True,
            help="List every operation with its SQL and what depends on it.",
        ),
        click.option(
            "--full",
            is_flag=True,
            help="List every operation instead of one line per entity and kind.",
        ),
    ):
        command = option(command)
    return command


def take_over_option(command: CommandT) -> CommandT:
    """Add --take-over."""
    return click.option(
        "--take-over",
        "take_over",
        multiple=True,
        metavar="NAME|KIND NAME",
        help="Also change what an object had before this project declared it: properties, columns, "
        "the grants of a role. Repeatable.",
    )(command)


def apply_options(command: CommandT) -> CommandT:
    """Add --yes, --allow-loss, --jobs and --wait."""
    for option in (
        click.option(
            "--wait",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="How long to wait while another deployment holds the stack. [default: 0]",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(1, 64),
            metavar="N",
            help="How many statements run at once. [default: 8, or `jobs` in the stack's settings]",
        ),
        click.option(
            "--allow-loss",
            multiple=True,
            metavar="NAME|TABLE.COLUMN",
            help="Allow the plan to lose data of this object, or of this column only. Repeatable.",
        ),
        click.option("--yes", is_flag=True, help="Apply without asking."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Target:
    """A stack of a project, opened."""

    planner: "Planner"
    session: "Session"


def planner_of(stack: str, project: str | None, *, quiet: bool = False) -> "Planner":
    """Return the planner of a stack; says on standard error when the shipped project is used."""
    from hushflake.deploy.planning import Planner
    from hushflake.deploy.stacks import stack_of
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named and not quiet:
        say("Using the shipped project, foundation.", err=True)
    return Planner(found, stack_of(found, stack))


@contextmanager
def opened(
    stack: str, project: str | None, verbose: bool, *, compiled: bool = False
) -> Iterator[Target]:
    """Connect to a stack; `compiled`: once its definitions have proved right."""
    from hushflake.deploy.session import connect

    planner = planner_of(stack, project)
    if compiled:
        planner.desired()
    tell_place(planner.project, stack)
    with connect(planner.project, stack, trace=trace if verbose else None) as session:
        yield Target(planner, session)


def tell_place(project: "Project", stack: str) -> None:
    """Say on standard error which account a stack is, before any credential goes there.

    The project names the connection; the user must see which of theirs that is.

    Raises:
        MistakeError: The stack does not lead to an account.
    """
    from hushflake.deploy.stacks import place_of

    place = place_of(project, stack)
    if place is not None:
        say(f"Stack {stack}: {place}", err=True)


def trace(sql: str) -> None:
    """Show a statement on standard error."""
    say_block(sql, dim=True, err=True)


def agreed(question: str, *, yes: bool, local: bool) -> bool:
    """Ask; without a terminal only `--yes` or the local stack says yes.

    Raises:
        click.UsageError: Nobody can answer.
    """
    if yes:
        return True
    if sys.stdin.isatty() and sys.stdout.isatty():
        return confirmed(question)
    if local:
        return True
    raise click.UsageError("there is no terminal for the question: read the plan, then add --yes")
