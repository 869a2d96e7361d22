"""What the commands on a knowledge base share: how it is opened, options, progress."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.write import say

from .completing import entities
from .deploy_options import tell_place, trace

if TYPE_CHECKING:
    from hushflake.deploy.session import Trace
    from hushflake.knowledge.base import Base
    from hushflake.knowledge.coverage import Coverage

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
    """Open the knowledge base of a stack; says on standard error when the project is ours.

    Raises:
        UnreadableError: A statement failed because nothing is applied on the stack yet, or the role
            may read none of the entities.
        KnowledgeMistakeError: A statement failed because one thing is not there.
    """
    from hushflake.deploy.errors import StatementError
    from hushflake.knowledge.access import UNREADABLE_CODES
    from hushflake.knowledge.base import open_base
    from hushflake.knowledge.errors import KnowledgeMistakeError
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named:
        say("Using the shipped project, foundation.", err=True)
    tell_place(found, stack)
    with open_base(found, stack, trace=tracer(verbose)) as base:
        try:
            yield base
        except StatementError as error:
            if error.code not in UNREADABLE_CODES:
                raise
            nothing_there = base.access.explanation(base.chosen())
            if nothing_there is not None:
                raise nothing_there from None
            reason = str(error).splitlines()[0].rstrip(".")
            raise KnowledgeMistakeError(
                f"{reason}; if it is not applied yet, run hushflake apply --stack {stack}; "
                "otherwise use a role that may read it"
            ) from None


def tell_failures(found: "Iterable[Coverage]") -> None:
    """Say on standard error which texts could not be embedded, why, and what to do."""
    for item in found:
        if item.failure is not None:
            say(item.failure, err=True)


def tracer(verbose: bool) -> "Trace | None":
    """Return what shows every statement on standard error, if it is wanted."""
    return trace if verbose else None


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far work is; yields a function that takes (done, all). Quiet in a pipe."""
    with progress(label) as line:
        yield line.update


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
