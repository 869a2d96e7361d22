"""What the commands of `hushflake config` share: the configuration itself, and its end."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import say

if TYPE_CHECKING:
    from hushflake.config.settings import Settings

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
mode_option = click.option(
    "--mode",
    type=click.Choice(["production", "development", "test", "build"]),
    help="The mode to inspect. [default: HUSHFLAKE_MODE, otherwise that of pyproject.toml]",
)


store_option = click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="SCHEME:NAME",
    help="Also read this store, before those that are configured. Repeatable.",
)


def tell_failures() -> None:
    """Say on standard error which sources do not answer: what is listed is not everything."""
    from hushflake.config.reading import process

    active = process.current()
    for error in active.failures() if active else ():
        say(f"hushflake: {error}", err=True)


def configured(command: Callable[..., int]) -> Callable[..., int]:
    """Run a command with the configuration of the repository it is called in."""

    @mode_option
    @store_option
    @functools.wraps(command)
    def wrapper(*args: Any, mode: str | None, stores: tuple[str, ...], **kwargs: Any) -> int:
        from hushflake.config import unconfigure
        from hushflake.config.project.section import load
        from hushflake.config.reading import process
        from hushflake.config.settings import settled

        process.start(_with(settled(load().permitted(), mode=mode), stores))
        try:
            return command(*args, **kwargs)
        finally:
            unconfigure()

    return wrapper


def _with(settings: "Settings", named: tuple[str, ...]) -> "Settings":
    """The settings with what the command line names: stores of ours, and of installed packages."""
    from dataclasses import replace

    from hushflake.config.sources.schemes import schemes

    ours = [name for name in named if name.partition(":")[0] in schemes()]
    others = [name for name in named if name not in ours]
    return replace(
        settings,
        stores=tuple(dict.fromkeys((*ours, *settings.stores))),
        sources=tuple(dict.fromkeys((*others, *settings.sources))),
    )
