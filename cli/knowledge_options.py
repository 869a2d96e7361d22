"""What the commands on a knowledge base share: how it is opened, options, progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .completing import entities
from .deploy_options import tell_place
from .output import styled

if TYPE_CHECKING:
    from hushflake.deploy.session import Trace
    from hushflake.knowledge.base import Base

_NOT_THERE = 2003  # does not exist or not authorized

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

entity_option = click.option(
    "--entity",
    "entities",
    multiple=True,
    metavar="NAME",
    help="Only this entity. Repeatable. [default: all]",
    shell_complete=entities,
)


def format_option(*forms: str) -> Callable[[CommandT], CommandT]:
    """Return the option --format with these choices; the first is the default."""
    return click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], show_default=True
    )


@contextmanager
def opened_base(stack: str, project: str | None, verbose: bool) -> "Iterator[Base]":
    """Open the knowledge base of a stack; tells on standard error when the project is ours."""
    from hushflake.deploy.errors import StatementError
    from hushflake.knowledge.base import open_base
    from hushflake.knowledge.errors import KnowledgeMistakeError
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named:
        click.echo("Using the shipped project, foundation.", err=True)
    tell_place(found, stack)
    try:
        with open_base(found, stack, trace=tracer(verbose)) as base:
            yield base
    except StatementError as error:
        if error.code != _NOT_THERE:
            raise
        reason = str(error).splitlines()[0].rstrip(".")
        raise KnowledgeMistakeError(
            f"{reason}; if nothing is applied on the stack {stack} yet, run "
            f"hushflake apply --stack {stack}; else ask for a role that may read it"
        ) from None


def tracer(verbose: bool) -> "Trace | None":
    """Return what shows every statement on standard error, if it is wanted."""
    return _trace if verbose else None


def _trace(sql: str) -> None:
    click.echo(styled(sql, dim=True), err=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal; yields a function that is told (done, all). Quiet in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def pairs_of(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """Return `name=value` texts as a mapping.

    Raises:
        click.UsageError: A text without `=`.
    """
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"{option} {text!r}: write it as field=value")
        pairs[name.strip()] = value
    return pairs
